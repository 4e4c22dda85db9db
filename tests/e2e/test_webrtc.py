"""Voice calls with libwebrtc: caller and callee, with and without XEP-0353 and trickle, on any path."""
# SPDX-License-Identifier: MIT
import itertools

import pytest

from calls import ended
from lab.sound import loudest_tone, read_wav

OURS, THEIRS = 660, 1000  # Hz
SECONDS = 3


def flags(trickle, relay, no_trickle="--no-trickle", relay_only="--relay-only"):
    return [*([] if trickle else [no_trickle]), *([relay_only] if relay else [])]


def sound(folder):
    return ["--audio-in", f"tone:{OURS}", "--audio-out", f"file:{folder}/heard.wav"]


def peal_calls(lab, folder, invite, ours, theirs):
    alice, bob = lab.server.friends("alice", "bob")
    peer = lab.webrtc(bob, "--resource", "web", "--tone", THEIRS, *theirs)
    peer.wait("ready")
    to = bob.jid if invite else f"{bob.jid}/web"
    return lab.peal(alice, "call", to, "--duration", str(SECONDS), *sound(folder), *ours), peer


def peer_calls(lab, folder, invite, ours, theirs):
    alice, bob = lab.server.friends("alice", "bob")
    peal = lab.peal(bob, "answer", "--auto", "--once", *sound(folder), *ours)
    peal.wait("online")
    asked = ["--invite"] if invite else []
    return peal, lab.webrtc(alice, "--to", bob.jid, "--tone", THEIRS, "--duration", SECONDS,
                            *asked, *theirs)


MATRIX = list(itertools.product(
    (peal_calls, peer_calls), (True, False), (True, False), (False, True)))


def name(case):
    place, invite, trickle, relay = case
    return "-".join([place.__name__.replace("_", "-"), "invited" if invite else "direct-offer",
                     "trickle" if trickle else "all-at-once", "relayed" if relay else "host"])


@pytest.mark.parametrize("case", MATRIX, ids=name)
def test_the_tone_is_heard_on_both_sides(lab, peal_built, tmp_path, case):
    place, invite, trickle, relay = case
    peal, peer = place(lab, tmp_path, invite, flags(trickle, relay),
                       flags(trickle, relay, relay_only="--relay"))
    result = peer.wait("result", 40)
    assert ended(peal) == ("success", 0)
    assert result["ok"], result
    assert result["hertz"] == pytest.approx(OURS, rel=0.01)
    assert bool(peer.first("invite")) == invite
    connected = peal.first("connected")
    assert connected["encryption"] == "dtls-srtp"
    assert connected["path"] == ("relayed" if relay else "direct")
    heard = read_wav(tmp_path / "heard.wav")
    pitch, share = loudest_tone(heard[-2 * 48000:-24000])
    assert pitch == pytest.approx(THEIRS, rel=0.01) and share > 0.9
