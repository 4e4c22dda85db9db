"""A person at a desk calls: what the microphone hears is sent, what comes is played."""
# SPDX-License-Identifier: MIT
import threading

import numpy as np
import pytest

from calls import calling, ended, waiting
from lab.desk import MICROPHONE, SPEAKER, Desk, missing, read_raw
from lab.measure import aligned, correlation, envelope
from lab.program import Missing
from lab.sound import RATE, level_db, loudest_tone, read_wav, tone, write_wav
from lab.speech import ANSWERER, CALLER, speak

pytestmark = pytest.mark.in_time

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


def is_tone(samples, hertz):
    """Whether its last half second is that tone and little else."""
    last = samples[-RATE // 2:]
    return len(last) == RATE // 2 and level_db(last) > -40 and loudest_tone(last)[0] == pytest.approx(hertz, abs=3)


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


# --- devices that vanish in a call, and return ---

LOUD, STILL = -30, -80  # dB: a tone, and the silence that is sent instead


class Conversation:
    """A call from the desk that goes on until it is ended; what both sides say are tones without end."""

    def __init__(self, lab, desk, folder, microphone, speaker):
        self.lab, self.desk, self.folder = lab, desk, folder
        write_wav(folder / "said.wav", tone(HERE, 120))
        alice, bob = lab.server.friends("alice", "bob")
        self.there = waiting(lab, bob, "--auto", "--audio-in", f"tone:{THERE}")
        self.here = calling(lab, alice, bob.jid, "--audio-in", microphone, "--audio-out", speaker,
                            "--processing", "none", env=desk.environment)
        self.here.wait("connected")

    def news(self, flag, state):
        """Waits until the desk has told that often that the device is "gone", or "back"."""
        return self.here.wait("device", feature=flag, state=state)

    def hears(self, condition, what):
        """Waits for a second in which the other side heard what is wanted, all of it after now."""
        told = len(self.there.all("stats"))
        self.there.wait_until(lambda: any(condition(event.get("level_db", -100))
                                          for event in self.there.all("stats")[told + 1:]), 60, what)

    def both_are_heard(self, name):
        speech = self.desk.say(self.folder / "said.wav")
        self.hears(lambda level: level > LOUD, "the tone of the desk")
        recorder = self.desk.record(self.folder / name)
        self.here.wait_until(lambda: is_tone(read_raw(self.folder / name), THERE), 60, "the tone at the desk")
        for child in (recorder, speech):
            self.desk.stage.end(child)

    def end(self):
        for program in (self.here, self.there):
            assert not program.all("ended"), "the call ended by itself"
        self.here.signal()
        assert ended(self.there) == ("success", 0)
        assert self.here.finish() == 130


def test_a_sound_server_that_restarts_in_a_call(lab, peal_built, desk, tmp_path):
    call = Conversation(lab, desk, tmp_path, "mic", "speaker")
    call.both_are_heard("before.raw")
    desk.switch_off()
    call.news("audio-in", "gone")
    call.news("audio-out", "gone")
    call.hears(lambda level: level < STILL, "silence")
    desk.switch_on()
    call.news("audio-out", "back")
    call.news("audio-in", "back")
    call.both_are_heard("after.raw")
    call.end()


def test_devices_that_are_pulled_out_in_a_call_and_put_in_again(lab, peal_built, desk, tmp_path):
    """The server would go on with others; who named a device gets that one or none."""
    call = Conversation(lab, desk, tmp_path, f"device:{MICROPHONE}", "device:desk loud")
    call.both_are_heard("before.raw")
    other = desk.record(tmp_path / "other.raw", "wire.monitor")
    for name, flag in (("microphone", "audio-in"), ("speaker", "audio-out")):
        desk.unplug(name)
        call.news(flag, "gone")
    call.hears(lambda level: level < STILL, "silence")
    desk.stage.end(other)
    assert level_db(read_raw(tmp_path / "other.raw")[-RATE:]) < STILL, "played on another device"
    desk.plug_speaker()
    desk.plug_microphone()
    call.news("audio-out", "back")
    call.news("audio-in", "back")
    call.both_are_heard("after.raw")
    call.end()


# --- echo ---

LEARNED = 3  # seconds in a row
PATIENCE = 20  # s
CALLS = 5
NEAR_PIECES, PIECE = 3, 3 * RATE // 2


class Returned:
    """What comes back to the one who speaks, without end, from a desk whose microphone hears its
    loudspeaker. His `stats` tell how loud he speaks, and what comes back."""

    def __init__(self, lab, desk, folder, processing):
        self.file, self.desk, self.talking = folder / f"{processing}.wav", desk, True
        alice, bob = lab.server.friends("alice", "bob")
        self.there = waiting(lab, bob, "--auto", "--audio-in", "stdin", "--audio-out", f"file:{self.file}",
                             lines=True)
        self.here = calling(lab, alice, bob.jid, "--audio-in", f"device:Monitor of {SPEAKER}", "--audio-out", "speaker",
                            "--processing", processing, env=desk.environment)
        self.mouth = threading.Thread(target=self.talk, args=[read_wav(folder / "far.wav")], daemon=True)
        self.mouth.start()

    def talk(self, far):
        """The pipe takes no more than what is due, and half a second."""
        data = (far * 32767).astype("<i2").tobytes()
        with self.there.child.stdin.buffer as pipe:
            while self.talking:
                for at in range(0, len(data), 4800):
                    if self.talking:
                        pipe.write(data[at:at + 4800])

    def stop_talking(self):
        self.talking = False
        self.mouth.join(PATIENCE)
        self.until(lambda: self.seconds()[-1][0] < -60, "the end of the speech")

    def seconds(self):
        """How loud each second was said, and what came back."""
        return [(event.get("sent_level_db", -100), event.get("level_db", -100)) for event in self.there.all("stats")]

    def until(self, ready, what):
        self.there.wait_until(ready, PATIENCE, what)

    def loses(self, least, most, what):
        """Waits for some seconds in a row in which what came back was by so much weaker than what was said."""
        self.until(lambda: len(self.seconds()) >= LEARNED and all(
            said > -40 and least < said - heard < most for said, heard in self.seconds()[-LEARNED:]), what)
        return [said - heard for said, heard in self.seconds()[-LEARNED:]]

    def say(self, path):
        """Somebody who sits there says it; waits until it must have been sent."""
        self.desk.say(path, "speaker").wait(60)
        told = len(self.seconds())
        self.until(lambda: len(self.seconds()) > told + 1, "what was said last to be sent")

    def end(self):
        self.here.signal()
        assert ended(self.there) == ("success", 0) and self.here.finish() == 130
        return read_wav(self.file)


def likeness(near, back):
    """The middle one of how alike pieces are: each is found on its own, since a machine that halts
    leaves a gap in what is said."""
    return float(np.median([correlation(envelope(piece), envelope(aligned(piece, back)[0]))
                            for piece in near.reshape(NEAR_PIECES, PIECE)]))


def a_call_without_echo(lab, desk, folder):
    """The first of some calls whose canceller has learned, and by how much it is better: where the machine is busy
    just when speaker and microphone begin, their times may be so far off that it does not in that call."""
    for attempt in range(CALLS):
        call = Returned(lab, desk, folder, "echo,noise,gain")
        try:
            return call, call.loses(20, 200, "echo that is gone")
        except Missing:
            call.stop_talking()
            call.end()
            if attempt + 1 == CALLS:
                raise


def test_echo_is_taken_out_and_who_sits_there_is_heard(lab, peal_built, desk, tmp_path):
    """At least 20 dB of the echo is gone, once the canceller has learned: on an idle machine within two seconds, where
    sound stumbles it begins anew. Without it nearly all comes back, so that the measure can fail. What is said at the desk
    keeps its envelope: 0.98 on an idle machine under noise suppression and gain control; of another text it is 0.5."""
    speak(CALLER, tmp_path / "far.wav")
    near = speak(ANSWERER, tmp_path / "near.wav")[:NEAR_PIECES * PIECE]
    write_wav(tmp_path / "near.wav", near)
    plain = Returned(lab, desk, tmp_path, "none")
    without = plain.loses(-6, 6, "echo")
    plain.stop_talking()
    plain.end()
    clean, with_it = a_call_without_echo(lab, desk, tmp_path)
    after = len(clean.seconds())
    clean.stop_talking()
    clean.say(tmp_path / "near.wav")
    alike = likeness(near, clean.end()[after * RATE:])
    print(f"echo: {np.mean(without):.1f} dB down without, {np.mean(with_it):.1f} with, after {after} s;"
          f" near speech: alike {alike:.3f}")
    assert alike > 0.8


# --- names ---

def test_devices_are_named_and_the_systems_choice_is_marked(lab, peal_built, desk):
    program = lab.peal(lab.server.friends("alice")[0], "devices", env=desk.environment)
    assert program.finish() == 0
    found = {(event["feature"], event["name"]): event["state"] for event in program.all("device")}
    assert found["audio-in", MICROPHONE] == found["audio-out", SPEAKER] == "default"
    assert found["audio-in", f"Monitor of {SPEAKER}"] == "present"


@pytest.mark.parametrize("name, words", [
    ("Gramophone", ["not found", SPEAKER]), ("", ["--audio-out"]), ("n", ["any of", "Null Output", "Needle"])])
def test_a_name_that_means_no_device_or_several(lab, peal_built, desk, name, words):
    desk.plug("other", "module-null-sink", "sink_name=other", "sink_properties=device.description=Needle")
    alice, bob = lab.server.friends("alice", "bob")
    waiting(lab, bob, "--auto")
    caller = calling(lab, alice, bob.jid, "--audio-out", f"device:{name}", env=desk.environment)
    assert ended(caller) == (("media", 8) if name else ("usage", 2))
    assert all(word in caller.story() for word in words)
