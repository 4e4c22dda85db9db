"""Nothing of the laboratory outlives it, however it ends."""
# SPDX-License-Identifier: MIT
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from lab.stage import Stage, Unready, wait_for

TESTS = pathlib.Path(__file__).resolve().parent.parent
SCENE = """
import subprocess, sys, time
from lab.stage import Stage, polite_signals
polite_signals()
with Stage() as stage:
    child = stage.spawn(["sh", "-c", "echo up; exec sleep 60"], stdout=subprocess.PIPE)
    child.stdout.readline()
    (stage.folder / "a file").write_text("x")
    print(child.pid, stage.folder, flush=True)
    time.sleep(60)
"""


def gone(pid, patience=5):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_children_end_with_the_stage(number):
    scene = subprocess.Popen([sys.executable, "-c", SCENE], cwd=TESTS, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pid, folder = scene.stdout.readline().split()
    os.kill(scene.pid, number)
    assert scene.wait(10) != 0
    assert gone(int(pid))
    if number == signal.SIGKILL:
        subprocess.run(["rm", "-r", folder], check=True)
    assert not pathlib.Path(folder).exists()


def test_a_child_that_will_not_listen_is_killed(stage):
    child = stage.spawn(["sh", "-c", "trap '' TERM; echo deaf; exec sleep 60"],
                        stdout=subprocess.PIPE)
    child.stdout.readline()
    stage.end(child, patience=0.2)
    assert child.returncode == -signal.SIGKILL


def test_a_server_that_leaves_is_noticed_at_once(stage):
    child = stage.spawn(["false"])
    with pytest.raises(Unready, match="status 1"):
        wait_for(lambda: False, child, "it")


def test_scratch_is_kept_when_asked(monkeypatch):
    monkeypatch.setenv("PEAL_KEEP", "1")
    with Stage() as stage:
        pass
    assert stage.folder.is_dir()
    stage.folder.rmdir()
