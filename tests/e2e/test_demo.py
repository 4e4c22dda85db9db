"""The demo does what it says, leaves what it names, and leaves nothing else; also on Ctrl-C."""
# SPDX-License-Identifier: MIT
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from lab.lab import build_folder

TESTS = pathlib.Path(__file__).resolve().parents[1]


def start(folder):
    scratch = folder / "scratch"
    scratch.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "lab.demo"], cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PEAL_BUILD": str(build_folder()), "PYTHONPATH": str(TESTS),
             "TMPDIR": str(scratch)})


def left_behind(folder):
    """Programs that were started for this demo: they have its scratch folder in their environment."""
    found = []
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in environment.read_bytes():
                found.append((environment.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def wait_for_nobody(folder):
    deadline = time.monotonic() + 10
    while left_behind(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_behind(folder) == []
    assert list((folder / "scratch").iterdir()) == []


@pytest.mark.in_time
def test_the_demo_tells_and_leaves_what_it_promises(peal_built, tmp_path):
    demo = start(tmp_path)
    told, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, told
    for word in ("path", "encryption", "codec", "set-up", "loss", "seen", "heard"):
        assert told.count(f"\n  {word}") == 2, told
    assert "direct" in told and "dtls-srtp" in told and "alike" in told
    [folder] = tmp_path.glob("demo-*")
    assert str(folder) in told
    assert {path.name for path in folder.iterdir()} == {
        "alice-says.wav", "alice-hears.wav", "bob-says.wav", "bob-hears.wav",
        "alice-sees.mkv", "bob-sees.mkv", "alice-to-bob.png", "bob-to-alice.png"}
    wait_for_nobody(tmp_path)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_demo_ends_everything_when_it_is_ended(peal_built, tmp_path, number, status):
    demo = start(tmp_path)
    while "connected" not in (line := demo.stdout.readline()):
        assert line, "it ended by itself"
    demo.send_signal(number)
    demo.communicate(timeout=30)
    assert demo.returncode == status
    wait_for_nobody(tmp_path)
