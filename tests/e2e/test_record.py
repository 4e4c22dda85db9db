"""What --record leaves: two files that lie on each other, whole whatever ends the call, and none that costs it."""
# SPDX-License-Identifier: MIT
import signal
import subprocess

import pytest

from calls import ended
from lab.measure import WINDOW, aligned, correlation, delay, envelope
from lab.sound import RATE, read_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak

pytestmark = pytest.mark.in_time

TOGETHER_MS = 100


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    for name, speaker in (("alice", CALLER), ("bob", ANSWERER)):
        speak(speaker, folder / f"{name}.wav")
    return folder


def talk(lab, said, folders, *more):
    """A call in which both speak and record; the two programs."""
    alice, bob = lab.server.friends("alice", "bob")

    def arguments(name):
        return ["--audio-in", f"file:{said}/{name}.wav", "--audio-out", "none", "--record", folders[name]]
    callee = lab.peal(bob, "answer", "--auto", "--once", *arguments("bob"))
    callee.wait("online")
    return lab.peal(alice, "call", bob.jid, *arguments("alice"), *more), callee


def legs(folder):
    """The samples of what was heard and sent."""
    heard, sent = sorted(folder.iterdir())
    assert heard.name.endswith("-heard.wav") and sent.name.endswith("-sent.wav")
    return read_wav(heard), read_wav(sent)


def alike(said, recorded):
    part, _ = aligned(said, recorded)
    return correlation(envelope(said, WINDOW), envelope(part, WINDOW))


def test_both_legs_lie_on_each_other(lab, peal_built, said, tmp_path):
    """Each side's two files tell how long after the one voice the other began; both sides tell the same."""
    folders = {name: tmp_path / name for name in ("alice", "bob")}
    for program in talk(lab, said, folders, "--duration", str(SECONDS + 2)):
        assert ended(program, SECONDS + 40) == ("success", 0)
    voices = {name: read_wav(said / f"{name}.wav") for name in folders}
    after = {}
    for name, other in (("alice", "bob"), ("bob", "alice")):
        heard, sent = legs(folders[name])
        assert alike(voices[name], sent) > 0.95
        assert alike(voices[other], heard) > 0.9
        began = {name: delay(voices[name], sent), other: delay(voices[other], heard)}
        after[name] = (began["bob"] - began["alice"]) * 1000 / RATE
    # Alice hears Bob later than he says it, and he her: twice the path.
    assert abs(after["alice"] - after["bob"]) <= TOGETHER_MS, after


def test_files_are_whole_when_a_signal_ends_the_call(lab, peal_built, said, tmp_path):
    """Sizes in the headers tell all that is there; and a record of the next call stands beside."""
    folders = {name: tmp_path / name for name in ("alice", "bob")}
    caller, callee = talk(lab, said, folders)
    for program in (caller, callee):
        program.wait("media")
    caller.wait("stats")
    caller.signal(signal.SIGTERM)
    assert caller.finish(30) == 143
    callee.finish(30)
    for path in (*folders["alice"].iterdir(), *folders["bob"].iterdir()):
        data = path.read_bytes()
        assert int.from_bytes(data[4:8], "little") == len(data) - 8, path
        assert len(read_wav(path)) > RATE / 2, path


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system that a second of sound fills."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "peal-small", folder],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"this user may not mount: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_costs_the_record_and_not_the_call(lab, peal_built, said, tmp_path, small_disk):
    folders = {"alice": small_disk, "bob": tmp_path / "bob"}
    caller, callee = talk(lab, said, folders, "--duration", "5")
    error = caller.wait("error", cause="file")
    assert "--record" in error["text"] and "No space left" in error["text"], error
    assert "the call goes on" in error["hint"]
    for program in (caller, callee):
        assert ended(program) == ("success", 0)
    assert len(legs(folders["bob"])[0]) > 4 * RATE
    assert not callee.all("error")
