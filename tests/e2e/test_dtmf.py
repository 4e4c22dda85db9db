"""Keys of a telephone (RFC 4733): each that one side dials the other is told of once and in order,
and the sound goes on after them."""
# SPDX-License-Identifier: MIT
import shutil
import signal

import pytest

from calls import calling, ended, waiting
from lab.sound import RATE, loudest_tone, read_wav

pytestmark = pytest.mark.in_time

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
    last = read_wav(tmp_path / "heard.wav")[-2 * RATE:]
    parts = [loudest_tone(last[at:at + RATE // 2]) for at in range(0, len(last) - RATE // 2, RATE // 4)]
    pitch, share = max(parts, key=lambda part: part[1])
    assert pitch == pytest.approx(HERTZ, rel=0.01) and share > 0.9, parts


def test_what_is_no_key_is_refused_at_once(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    caller = calling(lab, alice, bob.jid, "--dtmf", "12 34")
    assert ended(caller) == ("usage", 2)
    assert '--dtmf 12 34: " " is no key' in caller.events[-1].get("reason", "") + caller.story()
    assert not caller.all("outgoing")


def test_a_browser_dials(lab, peal_built):
    """Chromium's RTCDTMFSender says a key for 100 or 120 ms, and the end of it three times at once."""
    if not shutil.which("chromium"):
        pytest.skip("not installed: chromium")
    alice, bob = lab.server.friends("alice", "bob")
    browser = lab.webrtc(bob, "--resource", "web", engine="chromium")
    browser.wait("ready", 60)
    peal = calling(lab, alice, f"{bob.jid}/web")
    peal.wait("media")
    browser.say("dtmf 19#D0")
    peal.wait("dtmf", 60, digit="0")
    assert keys(peal) == "19#D0", peal.story()
    for event in peal.all("dtmf"):
        assert 20 <= event["duration_ms"] <= 140, event
    seconds_go_by(peal, 1)
    browser.say("hangup")
    assert ended(peal) == ("success", 0)


def test_libwebrtc_understands_our_keys(lab, peal_built):
    """It tells no page of them, but plays each key's two tones where otherwise there is silence."""
    alice, bob = lab.server.friends("alice", "bob")
    peer = lab.webrtc(bob, "--resource", "web")
    peer.wait("ready")
    peal = calling(lab, alice, f"{bob.jid}/web", "--audio-in", "silence", "--dtmf", ",5555555555")

    def heard(loud, since=0):
        return [one for one in peer.all("stats")
                if one["t"] > since and (one["level"] > 0.02 if loud else one["level"] < 0.001)]
    tones = peer.wait_until(lambda: heard(True), 30, "tones")
    peer.wait_until(lambda: heard(False, tones[0]["t"]), 30, "silence after them")
    assert peer.all("stats")[-1]["lost"] == 0
    assert "audio/telephone-event" in [one.get("codec") for one in peer.all("stats")]
    peer.say("hangup")
    assert ended(peal) == ("success", 0)
    assert not peal.all("error")
