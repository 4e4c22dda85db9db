"""Voice calls with a browser, Chromium without a screen: called and calling, with each codec it has."""
# SPDX-License-Identifier: MIT
import os
import re
import shutil

import pytest

from calls import ended
from lab.lab import ROOT
from lab.sound import RATE, loudest_tone, read_wav

OURS, THEIRS = 660, 1000  # Hz
PATIENCE = 60             # s: a browser starts slowly on a busy machine

pytestmark = [pytest.mark.in_time,
              pytest.mark.skipif(not shutil.which("chromium"), reason="not installed: chromium")]


def hears_us(peer):
    """It heard our tone, at last."""
    return peer.wait_until(lambda: [one for one in peer.all("stats") if one["purity"] > 0.9
                                    and abs(one["hertz"] - OURS) < 10], PATIENCE, "tone of ours")


def both_hear(peal, peer, folder):
    peal.wait("media", PATIENCE)
    seen = hears_us(peer)[0]
    peal.wait_until(lambda: len(peal.all("stats")) > 2, PATIENCE, "seconds of sound")
    peer.say("hangup")
    assert ended(peal, PATIENCE) == ("success", 0)
    assert seen["dtls"] == "connected" and seen["srtp"], seen
    assert peal.first("connected")["encryption"] == "dtls-srtp"
    heard = read_wav(folder / "heard.wav")
    halves = [loudest_tone(heard[at:at + RATE // 2]) for at in range(0, len(heard) - RATE // 2, RATE // 4)]
    pitch, share = max(halves, key=lambda half: half[1])
    assert pitch == pytest.approx(THEIRS, rel=0.01) and share > 0.9, halves
    return seen


def sound(folder, *arguments):
    return ["--audio-in", f"tone:{OURS}", "--audio-out", f"file:{folder}/heard.wav", *arguments]


def peal_calls(lab, folder, ours, theirs, invited=True):
    alice, bob = lab.server.friends("alice", "bob")
    peer = lab.webrtc(bob, "--resource", "web", "--tone", THEIRS, *theirs, engine="chromium")
    peer.wait("ready", PATIENCE)
    print(peer.first("engine")["version"], "after", peer.first("ready")["t"], "s of its own")
    to = bob.jid if invited else f"{bob.jid}/web"
    return lab.peal(alice, "call", to, *sound(folder, *ours)), peer


def chromium_calls(lab, folder, ours, theirs, invited=True):
    alice, bob = lab.server.friends("alice", "bob")
    peal = lab.peal(bob, "answer", "--auto", "--once", *sound(folder, *ours))
    peal.wait("online")
    asks = ["--invite"] if invited else []
    return peal, lab.webrtc(alice, "--to", bob.jid, "--tone", THEIRS, *asks, *theirs, engine="chromium")


PLACES = [peal_calls, chromium_calls]
# What a browser has, and we too: the rows of our own table.
ROWS = re.findall(r'\.name = "(\w+)"', (ROOT / "media" / "codecs.c").read_text())
CODECS = [name for name in ("opus", "G722", "PCMU", "PCMA") if name in ROWS]
ALL = [(place, codec, invited) for place in PLACES for codec in CODECS for invited in (True, False)]
# A browser takes its seconds to start: each codec and each way once, the whole matrix in `./dev soak`.
# Opus, called by us, is also what test_hold.py talks with it.
TRIED = ALL if "PEAL_SOAK" in os.environ else [
    (PLACES[at % 2], codec, at % 4 < 2) for at, codec in enumerate(CODECS, 1)]


def name(case):
    place, codec, invited = case
    return "-".join([place.__name__.replace("_", "-"), codec, "invited" if invited else "direct-offer"])


@pytest.mark.parametrize("case", TRIED, ids=name)
def test_a_browser_and_peal_hear_one_another(lab, peal_built, tmp_path, case):
    place, codec, invited = case
    peal, peer = place(lab, tmp_path, ["--codec", codec], ["--codecs", codec], invited)
    assert both_hear(peal, peer, tmp_path)["codec"] == f"audio/{codec}"
    assert peal.first("connected")["codec"] == codec

