"""Two ends of a call between pipes, in one clock: what each said and heard, and when.

An end is a program that takes raw sound (S16LE, 48 kHz, mono) on its standard input as a microphone
would give it, 10 ms every 10 ms, and writes what is to be played as soon as it is due. So what the
buffers of a device would add is in no figure.
"""
# SPDX-License-Identifier: MIT
import contextlib
import json
import os
import selectors
import subprocess
import threading
import time

import numpy as np

from lab.lab import build_folder
from lab.lateness import Timed
from lab.program import Missing
from lab.sound import RATE

CHUNK = RATE // 100
SILENCE = bytes(2 * CHUNK)
PATIENCE = 60


def hurry():
    """Turns before others for this thread, where they are granted: we are the clock."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(2))


class End:
    """One program; `argv` gets the descriptors of events and orders to put into its command line."""

    def __init__(self, lab, where, name, argv, **options):
        self.name, self.log = name, lab.folder / f"{name}.log"
        events, told = os.pipe()
        listened, self.orders = os.pipe()
        with open(self.log, "ab") as log:
            self.child = lab.stage.spawn(where.wrap(argv(told, listened)), stdin=subprocess.PIPE, stderr=log,
                                         stdout=subprocess.PIPE, pass_fds=(told, listened), **options)
        os.close(told)
        os.close(listened)
        for pipe in (self.child.stdin, self.child.stdout):
            os.set_blocking(pipe.fileno(), False)
        self.stage, self.events, self.news = lab.stage, [], threading.Condition()
        self.said = np.zeros(0, "<i2")
        self.written = []     # when each chunk of it was
        self.heard, self.arrivals = bytearray(), []  # (when, how many bytes there were before)
        threading.Thread(target=self.listen, args=(os.fdopen(events),), daemon=True).start()

    def listen(self, lines):
        with lines:
            for line in lines:
                event = {**json.loads(line), "_at": time.monotonic()}
                with self.news:
                    self.events.append(event)
                    self.news.notify_all()
        with self.news:
            self.events.append({"event": "(the end)"})
            self.news.notify_all()

    def all(self, kind, **fields):
        return [event for event in self.events if event["event"] == kind
                and all(event.get(key) == value for key, value in fields.items())]

    def wait(self, kind, **fields):
        """The first event of that kind with those values, waited for."""
        with self.news:
            self.news.wait_for(lambda: self.all(kind, **fields) or self.all("(the end)"), PATIENCE)
        found = self.all(kind, **fields)
        if not found:
            raise Missing(f"{self.name}: no {kind} {fields}\n{self.events[-5:]}\n{self.log.read_text()[-2000:]}")
        return found[0]

    def news_of(self, kind):
        """The next event of that kind."""
        known = len(self.all(kind))
        with self.news:
            self.news.wait_for(lambda: self.all(kind)[known:] or self.all("(the end)"), PATIENCE)
        if not self.all(kind)[known:]:
            raise Missing(f"{self.name}: no further {kind}")
        return self.all(kind)[known]

    def order(self, line):
        os.write(self.orders, line.encode() + b"\n")

    def stop(self):
        self.stage.end(self.child)
        os.close(self.orders)
        for pipe in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def spoken(self):
        """What it said, as it passed the microphone: the 10 ms before they were written."""
        times = np.array(self.written[:len(self.said) // CHUNK]) - CHUNK / RATE
        return Timed(self.said[:len(times) * CHUNK] / 2 ** 15, np.arange(len(times)) * CHUNK, times)

    def listened(self):
        """What it heard, from when it came."""
        samples = np.frombuffer(bytes(self.heard[:len(self.heard) // 2 * 2]), "<i2") / 2 ** 15
        times, firsts = zip(*self.arrivals)
        return Timed(samples, np.array(firsts) // 2, np.array(times))

    # What follows runs on the conversation's thread.

    def say(self, number):
        """The chunk of that number, silence after the last; a program that does not read loses it."""
        chunk = self.said[number * CHUNK:(number + 1) * CHUNK]
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(self.child.stdin.fileno(), chunk.tobytes() or SILENCE)
        self.written.append(time.monotonic())

    def hear(self):
        """What has come; False: nothing will any more."""
        try:
            data = os.read(self.child.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return True
        if data:
            self.arrivals.append((time.monotonic(), len(self.heard)))
            self.heard += data
        return bool(data)


class Conversation:
    """Keeps the clock of both ends from its making on; `talk` lets them speak, silence follows until it is left."""

    def __init__(self, *ends):
        self.ends, self.over, self.spoken = ends, threading.Event(), threading.Event()
        self.chunks, self.number, self.due = 0, 0, None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for end in self.ends:
            end.stop()

    def talk(self, speech):
        """Each end says its array (of one length, floats in ±1); returns when the last of it is said."""
        for end, samples in zip(self.ends, speech):
            end.said = (samples * 32767).astype("<i2")
        self.chunks = len(speech[0]) // CHUNK
        if not self.spoken.wait(PATIENCE + 2 * len(speech[0]) / RATE):
            raise Missing("the conversation's clock stands still")

    def run(self):
        hurry()
        with selectors.DefaultSelector() as selector:
            for end in self.ends:
                selector.register(end.child.stdout, selectors.EVENT_READ, end)
            while not self.over.is_set():
                for key, _ in selector.select(self.tick()):
                    if not key.data.hear():
                        selector.unregister(key.fileobj)

    def tick(self):
        """Says what is due; how long until more is."""
        if not self.chunks:
            return CHUNK / RATE
        self.due = self.due or time.monotonic()
        if time.monotonic() >= self.due:
            for end in self.ends:
                end.say(self.number)
            self.number, self.due = self.number + 1, self.due + CHUNK / RATE
            if self.number == self.chunks:
                self.spoken.set()
        return max(0, self.due - time.monotonic())


def peal_end(lab, where, person, *arguments):
    """peal as `person`: "call" with a JID, or "answer"."""
    return End(lab, where, f"{person.name}-peal", lambda events, _: [
        build_folder() / "peal", *arguments, "--audio-in", "stdin", "--audio-out", "stdout",
        "--events", f"fd:{events}"], env=lab.environment(person))
