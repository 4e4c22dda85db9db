"""The libwebrtc peer calls itself: what it says of a call can be trusted before peal is in one."""
# SPDX-License-Identifier: MIT
import pytest


def talk(lab, caller, callee, to, *, answer=(), call=()):
    bob = lab.webrtc(callee, "--tone", "440", *answer)
    bob.wait("ready")
    alice = lab.webrtc(caller, "--to", to, "--duration", "2", *call)
    return alice, bob


@pytest.mark.parametrize("call, both, path", [
    ([], [], "host"),
    (["--invite"], ["--no-trickle"], "host"),
    (["--invite", "--codecs", "PCMU"], ["--relay"], "relay"),
])
@pytest.mark.in_time
def test_a_tone_is_heard_on_both_sides(lab, call, both, path):
    caller, callee = lab.server.friends("alice", "bob")
    alice, bob = talk(lab, caller, callee, callee.jid, answer=both, call=[*call, *both])
    for peer, hertz in ((alice, 440), (bob, 1000)):
        result = peer.wait("result", 40)
        assert result["ok"] and result["reason"] == "success"
        assert result["hertz"] == pytest.approx(hertz, rel=0.01)
        assert result["local"] == path or path == "host" and result["local"] == "prflx"
        assert result["codec"] == ("audio/PCMU" if "PCMU" in call else "audio/opus")
        assert peer.finish() == 0
    assert bool(bob.first("invite", verb="propose")) == ("--invite" in call)


@pytest.mark.parametrize("answer, reason", [("decline", "decline"), ("busy", "busy")])
@pytest.mark.parametrize("invite", [[], ["--invite"]])
def test_a_refusal_arrives(lab, answer, reason, invite):
    caller, callee = lab.server.friends("alice", "bob")
    alice, _ = talk(lab, caller, callee, callee.jid, answer=["--answer", answer], call=invite)
    if invite:
        assert alice.wait("invite", verb="reject")["reason"] == reason
        alice.wait("refused")
    else:
        assert alice.wait("ended")["reason"] == reason
    assert alice.finish() == 1


def test_a_wrong_password_is_told_apart(lab):
    caller, callee = lab.server.friends("alice", "bob")
    alice = lab.webrtc(caller, "--password", callee.password)
    assert alice.finish() == 2
