"""What a test program leaves running is found and ended, and so is everything on Ctrl-C."""
# SPDX-License-Identifier: MIT
import os
import pathlib
import signal
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
START = "import sys\nfrom lab import tidy\ntidy.adopt()\n"
LEAVER = START + """
tidy.run(["sh", "-c", "setsid sleep 1000 & :"])
print(*tidy.end_orphans())
print(*tidy.children())
"""
WAITER = START + """
from lab.stage import polite_signals
polite_signals()
tidy.run(["sh", "-c", "trap '' INT; setsid sh -c 'echo $$; exec sleep 1000' & wait"])
"""


def start(script):
    return subprocess.Popen([sys.executable, "-c", script], cwd=TESTS, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_a_process_left_behind_is_named_and_ended():
    told, _ = start(LEAVER).communicate(timeout=30)
    assert told == "sleep\n\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_leaving_early_leaves_nobody(number):
    waiter = start(WAITER)
    sleeper = int(waiter.stdout.readline())
    waiter.send_signal(number)
    waiter.communicate(timeout=30)
    assert waiter.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.kill(sleeper, 0)
