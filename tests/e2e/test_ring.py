"""What a speaker plays until somebody picks up: the bell of who is called, the ringback tone of who calls."""
# SPDX-License-Identifier: MIT
import numpy as np
import pytest

from calls import ended
from lab.desk import Desk, missing, read_raw
from lab.sound import RATE, tone, write_wav
from lab.stage import wait_for

pytestmark = pytest.mark.in_time

BELL, RINGBACK, OWN = (659.3, 523.3), (425,), (880,)  # Hz
TALK = 2000                                           # Hz: what the other side says, far from all of these
LOUD_DB, QUIET_DB = -40, -55
SECOND = 2 * RATE  # bytes


@pytest.fixture
def desk(stage):
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())} (Debian: pulseaudio, pulseaudio-utils)")
    return Desk(stage)


def strongest_db(samples, pitches):
    """How loud the loudest of those tones is, dB below a full square wave."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) * 2 ** 1.5 / len(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    return 20 * np.log10(max(spectrum[np.abs(frequencies - pitch) < 8].max() for pitch in pitches) + 1e-9)


class Played:
    """What the loudspeaker of a desk plays, as it grows."""

    def __init__(self, desk, path):
        self.path, self.child = path, desk.record(path)

    def size(self):
        return self.path.stat().st_size

    def waits_for(self, ready, what):
        wait_for(ready, self.child, what, patience=60)

    def rings(self, pitches):
        """Half a second of one of those tones was played by now, at last."""
        def is_there():
            heard = read_raw(self.path)
            return any(strongest_db(heard[at:at + RATE // 4], pitches) > LOUD_DB
                       for at in range(0, len(heard) - RATE // 4, RATE // 4))
        self.waits_for(is_there, f"a tone of {pitches}")

    def is_left_with(self, pitches, since):
        """After a second of grace the voice is heard, for two seconds, and none of those tones."""
        start = since + SECOND
        self.waits_for(lambda: self.size() > start + 2 * SECOND, "two seconds more")
        rest = read_raw(self.path)[start // 2:]
        assert strongest_db(rest, (TALK,)) > LOUD_DB
        assert strongest_db(rest, pitches) < QUIET_DB


def at_desk(desk, *arguments):
    return dict(env=desk.environment, keys=True), [
        "--audio-in", "tone", "--audio-out", "speaker", "--processing", "none", *arguments]


def elsewhere():
    return ["--audio-in", f"tone:{TALK}", "--audio-out", "none"]


@pytest.mark.parametrize("own", [False, True], ids=["bell", "own-file"])
def test_who_is_called_hears_the_bell_until_the_call_is_taken(lab, peal_built, desk, tmp_path, own):
    alice, bob = lab.server.friends("alice", "bob")
    write_wav(tmp_path / "own.wav", tone(OWN[0], 0.5))
    flags = ["--ringtone", f"file:{tmp_path}/own.wav"] if own else []
    pitches = OWN if own else BELL
    options, sound = at_desk(desk, *flags)
    played = Played(desk, tmp_path / "played.raw")
    callee = lab.peal(bob, "answer", "--once", *sound, **options)
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, *elsewhere(), keys=True)
    callee.wait("incoming")
    played.rings(pitches)
    callee.press("a")
    callee.wait("media")
    played.is_left_with(pitches, played.size())
    caller.press("q")
    assert ended(callee) == ("success", 0)


def test_who_calls_hears_that_it_rings_there(lab, peal_built, desk, tmp_path):
    alice, bob = lab.server.friends("alice", "bob")
    options, sound = at_desk(desk)
    played = Played(desk, tmp_path / "played.raw")
    callee = lab.peal(bob, "answer", "--once", *elsewhere(), keys=True)
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, *sound, **options)
    caller.wait("ringing")
    played.rings(RINGBACK)
    callee.press("a")
    caller.wait("media")
    played.is_left_with(RINGBACK, played.size())
    caller.press("q")
    assert ended(caller) == ("success", 0)


@pytest.mark.parametrize("arguments", [["--ringtone", "none"], ["--auto"]], ids=["none", "auto"])
def test_nothing_rings_where_nobody_is_asked(lab, peal_built, desk, tmp_path, arguments):
    alice, bob = lab.server.friends("alice", "bob")
    options, sound = at_desk(desk, *arguments)
    played = Played(desk, tmp_path / "played.raw")
    callee = lab.peal(bob, "answer", "--once", *sound, **options)
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, *elsewhere(), keys=True)
    callee.wait("incoming")
    if "--auto" not in arguments:
        played.waits_for(lambda size=played.size(): played.size() > size + SECOND, "a second of ringing")
        callee.press("a")
    callee.wait("media")
    played.waits_for(lambda size=played.size(): played.size() > size + SECOND, "a second of the call")
    assert strongest_db(read_raw(played.path), BELL) < QUIET_DB
    caller.press("q")
    assert ended(callee) == ("success", 0)


def test_a_ringtone_that_is_not_there(lab, peal_built):
    for word in ("file:/nowhere.wav", "loud"):
        program = lab.peal(lab.server.friends("alice", "bob")[0], "answer", "--ringtone", word)
        assert ended(program) == ("usage", 2)
        assert "--ringtone" in program.story()
