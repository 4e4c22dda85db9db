"""How busy the machine was while something was measured that needs its turns in time.

A story that fails on a machine that has no turns to give is told again, a few times; one that fails on
a calm machine has failed.
"""
# SPDX-License-Identifier: MIT
import os
import pathlib
import re
import threading
import time

BUSY = 0.5     # the share of the time in which somebody waited for a core
PATIENCE = 20  # s to wait for a calm moment
BEAT = 0.02    # s
LATE = 0.15    # s by which a beat is late on a machine that stood still, as virtual ones do
PRESSURE = pathlib.Path("/proc/pressure/cpu")


def waited():
    """Seconds since the machine started in which somebody waited for a core; None: it does not say."""
    try:
        return int(re.search(r"some .*total=(\d+)", PRESSURE.read_text())[1]) / 1e6
    except (OSError, TypeError):
        return None


class Heart:
    """Beats on a thread of its own from when it is made, and knows by how much a beat was late."""

    def __init__(self, clock=time.monotonic):
        self.clock, self.stopped, self.latest = clock, threading.Event(), 0.0
        self.thread = threading.Thread(target=self.beat, daemon=True)
        self.thread.start()

    def beat(self):
        before = self.clock()
        while not self.stopped.wait(BEAT):
            now = self.clock()
            self.latest, before = max(self.latest, now - before - BEAT), now

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return self.latest


class Stall:
    """Begins when it is made, ends when it is asked."""

    def __init__(self, clock=time.monotonic, pressure=waited, load=os.getloadavg, heart=Heart):
        self.clock, self.pressure, self.load = clock, pressure, load
        self.began, self.before, self.heart = clock(), pressure(), heart()

    def busy(self):
        if self.heart.stop() > LATE:
            return True
        now = self.pressure()
        if now is None or self.before is None:
            return self.load()[0] > 2 * os.cpu_count()
        return now - self.before > BUSY * (self.clock() - self.began)


def wait_for_calm(patience=PATIENCE):
    """Until two seconds went by in which few waited."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        stall = Stall()
        time.sleep(2)
        if not stall.busy():
            return


def patiently(story, before_again=lambda: None, attempts=4, begin=Stall, rest=wait_for_calm):
    """Tells `story` again if it failed and the machine was too busy; its result."""
    for left in reversed(range(attempts)):
        stall = begin()
        try:
            return story()
        except AssertionError:
            if not left or not stall.busy():
                raise
        before_again()
        rest()
