"""Runs a program so that nothing stays of it: what it left running is found, told and ended.

A test program puts its children into sessions of their own, so a signal to the group does not reach
them, and when it is killed they lose their parent. `adopt` makes such orphans children of ours.
"""
# SPDX-License-Identifier: MIT
import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 10


def adopt():
    """From now on whoever descends from us and loses its parent becomes our child."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    """The process ids and names of our children, the dead that nobody has waited for left out."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = stat.read_text(errors="replace").split("(", 1)[1].rsplit(")", 1)
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found[int(stat.parent.name)] = name
    return found


def reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def gone_within(seconds):
    """Whether all our children leave by themselves in that time."""
    deadline = time.monotonic() + seconds
    while children():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    reap()
    return True


def end_orphans():
    """Ends our children, and theirs as they become ours; the names of those that did not leave alone."""
    names = []
    for number, seconds in ((0, 2), (signal.SIGTERM, 5), (signal.SIGKILL, 5), (signal.SIGKILL, 5)):
        found = children()
        if number == signal.SIGTERM:
            names = sorted(found.values())
        for child in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)
        if gone_within(seconds):
            break
    return names


def run(argv, **options):
    """Runs a program to its end, and its status; when we have to leave, ends it and its children."""
    child = subprocess.Popen(argv, **options)
    try:
        return child.wait()
    except BaseException:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE)
        end_orphans()
        raise
