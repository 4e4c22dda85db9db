"""A person at a desk calls: what the microphone hears is sent, what comes is played."""
# SPDX-License-Identifier: MIT
import pytest

from calls import calling, ended, waiting
from lab.desk import MICROPHONE, SPEAKER, Desk, missing, read_raw
from lab.sound import RATE, level_db, loudest_tone, read_wav, tone, write_wav

HERE, THERE = 440, 700  # Hz: what is said at the desk, and by the other side
SECONDS = 5


@pytest.fixture
def desk(stage):
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())} (Debian: pulseaudio, pulseaudio-utils)")
    return Desk(stage)


def loudest_second(samples):
    starts = range(0, max(1, len(samples) - RATE), RATE // 4)
    return max((samples[start:start + RATE] for start in starts), key=level_db)


def is_heard(samples, hertz, level):
    """A second of it is that tone and little else, about as loud as it was said."""
    second = loudest_second(samples)
    found, share = loudest_tone(second)
    assert found == pytest.approx(hertz, abs=2), f"{found} Hz"
    assert share > 0.9
    assert level_db(second) == pytest.approx(level, abs=3)


@pytest.mark.parametrize("microphone, speaker", [
    ("mic", "speaker"), (f"device:{MICROPHONE}", f"device:{SPEAKER}")])
def test_a_desk_with_a_microphone_and_a_speaker(lab, peal_built, desk, tmp_path, microphone, speaker):
    said = tone(HERE, SECONDS + 5)
    write_wav(tmp_path / "said.wav", said)
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", "--audio-in", f"tone:{THERE}",
                     "--audio-out", f"file:{tmp_path}/heard.wav")
    recorder = desk.record(tmp_path / "played.raw")
    caller = calling(lab, alice, bob.jid, "--duration", str(SECONDS), "--audio-in", microphone,
                     "--audio-out", speaker, "--processing", "none",  # which takes a tone for noise
                     env=desk.environment)
    caller.wait("connected")
    desk.say(tmp_path / "said.wav")
    for program in (caller, callee):
        assert ended(program) == ("success", 0)
    desk.stage.end(recorder)
    is_heard(read_wav(tmp_path / "heard.wav"), HERE, level_db(said))
    is_heard(read_raw(tmp_path / "played.raw"), THERE, level_db(said))


def test_a_device_that_is_not_there_is_named(lab, peal_built, desk):
    alice, bob = lab.server.friends("alice", "bob")
    waiting(lab, bob, "--auto")
    caller = calling(lab, alice, bob.jid, "--audio-out", "device:Gramophone", env=desk.environment)
    assert ended(caller) == ("media", 8)
    assert "Gramophone" in caller.story() and SPEAKER in caller.story()
