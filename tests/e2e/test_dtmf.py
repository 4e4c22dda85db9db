"""Keys of a telephone (RFC 4733): each that one side dials the other is told of once and in order,
and the sound goes on after them."""
# SPDX-License-Identifier: MIT
import signal

import pytest

from calls import calling, ended, waiting
from lab.sound import loudest_tone, read_wav

HERTZ = 660


def keys(program):
    return "".join(event["digit"] for event in program.all("dtmf"))


def seconds_go_by(program, seconds):
    """So many `stats` that are not there yet."""
    seen = len(program.all("stats"))
    program.wait_until(lambda: len(program.all("stats")) >= seen + seconds, 30, "more seconds")


def dialled(lab, folder, digits, *arguments):
    """A call in which the caller plays a tone and dials."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", "--audio-out", f"file:{folder}/heard.wav")
    caller = calling(lab, alice, bob.jid, "--audio-in", f"tone:{HERTZ}", "--dtmf", digits, *arguments)
    return caller, callee


def hung_up(caller, callee):
    caller.signal(signal.SIGINT)
    assert ended(callee) == ("success", 0)
    assert ended(caller)[1] == 130


@pytest.mark.parametrize("codec", ["opus", "pcmu"])
def test_each_key_is_told_once_and_the_sound_goes_on(lab, peal_built, tmp_path, codec):
    caller, callee = dialled(lab, tmp_path, "12,#d", "--codec", codec)
    callee.wait("dtmf", digit="D")
    seconds_go_by(callee, 3)
    hung_up(caller, callee)
    assert keys(callee) == "12#D", callee.story()
    assert not caller.all("dtmf") and not caller.all("error")
    for event in callee.all("dtmf"):
        assert event["via"] == "rtp" and event["content"], event
        assert 20 <= event["duration_ms"] <= 100, event
    pitch, share = loudest_tone(read_wav(tmp_path / "heard.wav")[-48000:-24000])
    assert pitch == pytest.approx(HERTZ, rel=0.01) and share > 0.5


def test_what_is_no_key_is_refused_at_once(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    caller = calling(lab, alice, bob.jid, "--dtmf", "12 34")
    assert ended(caller) == ("usage", 2)
    assert '--dtmf 12 34: " " is no key' in caller.events[-1].get("reason", "") + caller.story()
    assert not caller.all("outgoing")
