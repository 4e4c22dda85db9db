"""Sound through standard input and output, as scripts use it, and what --record leaves."""
# SPDX-License-Identifier: MIT
import json
import subprocess

import pytest

from calls import calling, ended, waiting
from lab.desk import read_raw
from lab.lab import build_folder
from lab.measure import compare
from lab.sound import RATE, level_db, loudest_tone, read_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak

pytestmark = pytest.mark.in_time


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Ten seconds of each voice, by name."""
    folder = tmp_path_factory.mktemp("said")
    return {name: speak(speaker, folder / f"{name}.wav")
            for name, speaker in (("alice", CALLER), ("bob", ANSWERER))}


def raw(samples):
    return (samples * 32767).astype("<i2").tobytes()


def piped(lab, person, folder, *arguments):
    """peal between two pipes, its events in a file: the child, to which sound is written."""
    argv = [build_folder() / "peal", *arguments, "--audio-in", "stdin", "--audio-out", "stdout",
            "--events", folder / f"{person.name}.events"]
    with open(folder / f"{person.name}.heard", "wb") as heard:
        return lab.stage.spawn(lab.network.wrap(argv), env=lab.environment(person),
                               stdin=subprocess.PIPE, stdout=heard, stderr=subprocess.DEVNULL)


def test_speech_crosses_from_pipe_to_pipe(lab, peal_built, said, tmp_path):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", "--audio-in", "silence",
                     "--audio-out", f"file:{tmp_path}/bob-hears.wav")
    caller = piped(lab, alice, tmp_path, "call", bob.jid, "--duration", str(SECONDS + 2))
    caller.stdin.write(raw(said["alice"]))  # at once: peal takes it at the pace of sound
    caller.stdin.close()                    # and the end of it does not end the call
    assert caller.wait(SECONDS + 40) == 0
    assert ended(callee) == ("success", 0)
    events = [json.loads(line) for line in (tmp_path / "alice.events").read_text().splitlines()]
    assert events[-1]["event"] == "ended" and events[-1]["duration_s"] >= SECONDS + 2
    likeness = compare(said["alice"], read_wav(tmp_path / "bob-hears.wav"))
    assert not list(likeness.faults()), likeness

    # And the other way: nothing but sound is on standard output.
    callee = waiting(lab, bob, "--auto", "--audio-in", f"file:{tmp_path}/bob-hears.wav")
    heard = read_wav(tmp_path / "bob-hears.wav")
    caller = piped(lab, alice, tmp_path, "call", bob.jid, "--duration", str(SECONDS + 2))
    assert caller.wait(SECONDS + 40) == 0
    assert ended(callee) == ("success", 0)
    likeness = compare(heard[:SECONDS * RATE], read_raw(tmp_path / "alice.heard"))
    assert not list(likeness.faults()), likeness


def test_events_do_not_mix_with_sound(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    caller = lab.peal(alice, "call", bob.jid, "--audio-out", "stdout")
    assert ended(caller) == ("usage", 2)
    assert "--events" in caller.story()


def test_both_legs_of_a_call_are_recorded(lab, peal_built, tmp_path):
    alice, bob = lab.server.friends("alice", "bob")
    folders = {name: tmp_path / name for name in ("alice", "bob")}
    callee = waiting(lab, bob, "--auto", "--audio-in", "tone:700", "--record", folders["bob"])
    caller = calling(lab, alice, bob.jid, "--duration", "3", "--audio-in", "tone:440",
                     "--record", folders["alice"])
    for program in (caller, callee):
        assert ended(program) == ("success", 0)
    for name, sent, heard in (("alice", 440, 700), ("bob", 700, 440)):
        files = sorted(folders[name].iterdir())
        assert len(files) == 2, files
        for path, pitch in zip(files, (heard, sent)):  # …-heard.wav, …-sent.wav
            samples = read_wav(path)
            assert ("heard" if pitch == heard else "sent") in path.name
            assert len(samples) > 2 * RATE
            assert level_db(samples) == pytest.approx(-15, abs=2)
            hertz, share = loudest_tone(samples[RATE // 2:2 * RATE])
            assert hertz == pytest.approx(pitch, abs=2) and share > 0.9, path
