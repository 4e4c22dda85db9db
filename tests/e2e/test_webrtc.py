"""Voice calls with libwebrtc: caller and callee, with and without XEP-0353 and trickle, on any path."""
# SPDX-License-Identifier: MIT
import itertools
import signal

import pytest

from calls import ended, waiting
from lab.sound import loudest_tone, read_wav

pytestmark = pytest.mark.in_time

OURS, THEIRS = 660, 1000  # Hz
SECONDS = 3


def flags(trickle, relay, no_trickle="--no-trickle", relay_only="--relay-only"):
    return [*([] if trickle else [no_trickle]), *([relay_only] if relay else [])]


def sound(folder):
    return ["--audio-in", f"tone:{OURS}", "--audio-out", f"file:{folder}/heard.wav",
            "--trace", folder / "trace"]


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


def both_hear(peal, peer, folder):
    result = peer.wait("result", 40)
    assert ended(peal) == ("success", 0)
    assert result["ok"], result
    assert result["hertz"] == pytest.approx(OURS, rel=0.01)
    assert peal.first("connected")["encryption"] == "dtls-srtp"
    heard = read_wav(folder / "heard.wav")
    pitch, share = loudest_tone(heard[-2 * 48000:-24000])
    assert pitch == pytest.approx(THEIRS, rel=0.01) and share > 0.9


@pytest.mark.parametrize("case", MATRIX, ids=name)
def test_the_tone_is_heard_on_both_sides(lab, peal_built, tmp_path, case):
    place, invite, trickle, relay = case
    peal, peer = place(lab, tmp_path, invite, flags(trickle, relay),
                       flags(trickle, relay, relay_only="--relay"))
    both_hear(peal, peer, tmp_path)
    assert bool(peer.first("invite")) == invite
    assert ("transport-info" in (tmp_path / "trace").read_text()) == trickle
    assert peal.first("connected")["path"] == ("relayed" if relay else "direct")


@pytest.mark.parametrize("place", [peal_calls, peer_calls])
def test_both_sides_can_agree_on_pcmu(lab, peal_built, tmp_path, place):
    peal, peer = place(lab, tmp_path, True, ["--codec", "opus,pcmu"], ["--codecs", "PCMU"])
    both_hear(peal, peer, tmp_path)
    assert peal.first("connected")["codec"] == "PCMU"


@pytest.mark.parametrize("trickle", [True, False], ids=["trickle", "all-at-once"])
@pytest.mark.parametrize("invite", [True, False], ids=["invited", "direct-offer"])
def test_the_voice_is_taken_from_an_offer_with_a_picture(lab, peal_built, tmp_path, invite, trickle):
    peal, peer = peer_calls(lab, tmp_path, invite, flags(trickle, False), ["--video", *flags(trickle, False)])
    both_hear(peal, peer, tmp_path)


@pytest.mark.parametrize("invite", [True, False], ids=["invited", "direct-offer"])
@pytest.mark.parametrize("answer, cause", [("decline", "declined"), ("busy", "busy")])
def test_libwebrtc_does_not_want_to_talk(lab, peal_built, tmp_path, answer, cause, invite):
    peal, peer = peal_calls(lab, tmp_path, invite, [], ["--answer", answer])
    assert ended(peal) == (cause, 5)
    assert not peal.all("accepted")


@pytest.mark.parametrize("invite", [True, False], ids=["invited", "direct-offer"])
def test_we_do_not_want_to_talk(lab, peal_built, invite):
    alice, bob = lab.server.friends("alice", "bob")
    peal = waiting(lab, bob)  # no terminal, nobody to ask
    peer = lab.webrtc(alice, "--to", bob.jid, *(["--invite"] if invite else []))
    assert ended(peal) == ("declined", 5)
    assert peer.wait("refused" if invite else "ended").get("reason", "decline") == "decline"
    assert not peer.all("accepted")


def test_libwebrtc_vanishes(lab, peal_built, tmp_path):
    peal, peer = peer_calls(lab, tmp_path, True, [], [])
    peal.wait("media")
    peer.signal(signal.SIGKILL)
    peal.wait("ended", patience=15)
    assert ended(peal) == ("lost", 10)
