"""A stage: the child processes of one run and its scratch folder; leaving it ends and removes all.

Children end with us however we end: on the way out of `with`, on Ctrl-C, on SIGTERM through
`polite_signals`, and by the kernel's parent-death signal when we are killed outright.
"""
# SPDX-License-Identifier: MIT
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class Unready(AssertionError):
    """A server of the laboratory did not come up."""


class Stage:
    def __init__(self, name="peal"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.keep = bool(os.environ.get("PEAL_KEEP"))
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def spawn(self, argv, *, terminal=False, **options):
        """Starts a child in its own session, so that Ctrl-C reaches it through us and in order.

        With `terminal` its standard input is one, and becomes that of the session.
        """
        # Who lost us before it asked for the signal looks once whether we are still its parent.
        mortal = ["setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"',
                  str(os.getpid()), *map(str, argv)]
        session = ["setsid", "--ctty"] if terminal else []
        child = subprocess.Popen([*session, *mortal], start_new_session=not terminal, **options)
        self.children.append(child)
        return child

    def end(self, child, patience=3):
        """Ends one child: asks, waits, insists."""
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child in self.children:
            self.children.remove(child)

    def close(self):
        for child in reversed(self.children[:]):
            self.end(child)
        if self.keep:
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def polite_signals():
    """Turns a request to end into an exception, so that every `with` is left in order.

    Also Ctrl-C, where we were started by a shell's `&`, which makes its children deaf to it.
    """
    def leave(number, _frame):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def free_port(kind=socket.SOCK_STREAM):
    """A port of 127.0.0.1 that nobody has just now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def hears(child, port, kind="tcp"):
    """Whether somebody in the network of `child` waits at that IPv4 port."""
    waiting = {"tcp": "0A", "udp": "07"}[kind]
    try:
        rows = pathlib.Path(f"/proc/{child.pid}/net/{kind}").read_text().splitlines()[1:]
    except OSError:
        return False
    cells = [row.split() for row in rows]
    return any(cell[1].endswith(f":{port:04X}") and cell[3] == waiting for cell in cells)


def wait_for(ready, child, what, patience=15):
    """Asks `ready` until it says so; fails when `child` is gone or patience is over."""
    deadline = time.monotonic() + patience
    while not ready():
        if child.poll() is not None:
            raise Unready(f"{what} left with status {child.returncode}")
        if time.monotonic() > deadline:
            raise Unready(f"{what} was not ready within {patience} s")
        time.sleep(0.02)
