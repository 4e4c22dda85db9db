"""A program under test that tells what happens as JSON lines: started, watched, waited for.

Waiting is for events, with a deadline; a program that leaves without the event fails at once.
"""
# SPDX-License-Identifier: MIT
import json
import os
import pty
import signal
import subprocess
import threading
import time

PATIENCE = 30


class Missing(AssertionError):
    """An event that a test waits for did not come."""


class Program:
    """`word` is the field that names an event: "event" for peal, "ev" for the Node peer.

    With `keys` its standard input is a terminal, and press() types there; with `lines` a pipe.
    """

    def __init__(self, stage, argv, name, *, env=None, word="event", keys=False, lines=False):
        self.name, self.word, self.stage = name, word, stage
        self.argv = [str(part) for part in argv]
        self.events, self.noise = [], []
        self.log = stage.folder / f"{name}.log"
        self.news = threading.Condition()
        self.closed = False
        self.started = time.monotonic()
        self.fingers, stdin = pty.openpty() if keys else (None, subprocess.DEVNULL)
        with open(self.log, "ab") as log:
            self.child = stage.spawn(
                self.argv, env=env, stdout=subprocess.PIPE, stderr=log, text=True, errors="replace",
                terminal=keys, stdin=subprocess.PIPE if lines else stdin)
        if keys:
            os.close(stdin)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            with self.news:
                if isinstance(event, dict) and self.word in event:
                    event["_at"] = time.monotonic()
                    self.events.append(event)
                else:
                    self.noise.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.closed = True
            self.news.notify_all()

    def all(self, kind, **fields):
        """The events so far of that kind with those values."""
        return [event for event in self.events if event[self.word] == kind
                and all(event.get(key) == value for key, value in fields.items())]

    def first(self, kind, **fields):
        found = self.all(kind, **fields)
        return found[0] if found else None

    def wait(self, kind, patience=PATIENCE, **fields):
        """The first event of that kind with those values, waited for."""
        return self.wait_until(lambda: self.first(kind, **fields), patience, f"{kind} {fields or ''}")

    def wait_until(self, ready, patience, what):
        deadline = time.monotonic() + patience
        with self.news:
            while True:
                found = ready()
                if found:
                    return found
                left = deadline - time.monotonic()
                if self.closed or left <= 0:
                    why = "it left" if self.closed else f"{patience} s are over"
                    raise Missing(f"{self.name}: no {what.strip()}; {why}\n{self.story()}")
                self.news.wait(left)

    def finish(self, patience=PATIENCE):
        """Waits for its end; the exit status."""
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            raise Missing(f"{self.name} did not leave in {patience} s\n{self.story()}") from None
        with self.news:
            self.news.wait_for(lambda: self.closed, 5)
        return self.child.returncode

    def signal(self, number=signal.SIGINT):
        self.child.send_signal(number)

    def press(self, keys):
        """Types at its terminal."""
        os.write(self.fingers, keys.encode())

    def say(self, line):
        """Writes a line to its standard input."""
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def stop(self):
        self.stage.end(self.child)
        if self.fingers is not None:
            os.close(self.fingers)
            self.fingers = None

    def story(self, lines=30):
        """What it said last, for the message of a failed test."""
        told = [json.dumps({key: value for key, value in event.items() if key != "_at"})
                for event in self.events if event[self.word] != "stats"]
        log = self.log.read_text(errors="replace").splitlines()
        return "\n".join([f"--- {self.name}: {' '.join(self.argv)}", *told[-lines:],
                          *(f"(not an event) {line}" for line in self.noise[-lines:]),
                          f"--- {self.log.name}", *log[-lines:]])
