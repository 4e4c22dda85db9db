"""The link laboratory does to packets what it was asked to, between two networks, and leaves nothing behind."""
# SPDX-License-Identifier: MIT
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from lab.lab import ROOT
from lab.link import Link, Unavailable
from lab.stage import wait_for

PORT = 7000
CLEAN = {"delay": 0, "jitter": 0, "overtake": 0, "loss": 0, "burst_loss": 0, "reorder": 0, "dup": 0, "rate": 0, "down": 0}
CHUNK = 50  # fits into every queue on the way


@pytest.fixture(scope="module")
def whole_link(peal_built):
    try:
        with Link("peal-link-test") as link:
            yield link
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def link(whole_link):
    yield whole_link
    whole_link.sweep()
    whole_link.set(**CLEAN)


class Stream:
    """Datagrams from one side to the other. Nothing else is on the link: every frame is known."""

    def __init__(self, link, way="there", size=200):
        here, there = (link.left, link.right) if way == "there" else (link.right, link.left)
        program = ["/usr/bin/python3", ROOT / "tests" / "lab" / "datagrams.py"]
        self.hops = (link.near, link.far) if way == "there" else (link.far, link.near)
        self.way, self.link, self.total, self.frames = way, link, 0, []
        self.receiver = link.run([*program, "receive", there.address, PORT], "receiver", where=there, lines=True)
        self.receiver.wait("ready")
        self.sender = link.run([*program, "send", there.address, PORT, size], "sender", where=here, lines=True)
        self.sender.wait("ready")
        self.before = self.counts()
        self.reports = 0

    def counts(self):
        return [hop.count()[self.way] for hop in self.hops]

    def since(self, hop, word):
        return self.counts()[hop][word] - self.before[hop][word]

    def settled(self):
        """Whether all that left has come, or is known to be lost."""
        near, far = self.counts()
        self.reports += 1
        self.receiver.say("report")
        self.frames += self.receiver.wait_until(lambda: self.receiver.all("got")[self.reports - 1:], 30, "got")[0]["frames"]
        return (near["taken"] - self.before[0]["taken"] == self.total and not near["inside"] and not far["inside"]
                and near["given"] - self.before[0]["given"] == far["taken"] - self.before[1]["taken"]
                and far["given"] - self.before[1]["given"] == len(self.frames))

    def settle(self):
        wait_for(self.settled, self.receiver.child, "the last frame", patience=60)

    def send(self, count, every_ms=0):
        """Sends so many, no more at once than there is room for, and waits for what comes of them."""
        for first in range(0, count, CHUNK):
            self.push(min(CHUNK, count - first), every_ms)
            self.settle()
        return self

    def push(self, count, every_ms=0):
        self.total += count
        self.sender.say(f"{count} {every_ms}")
        self.sender.wait("sent", total=self.total)

    @property
    def numbers(self):
        return [number for number, _, _ in self.frames]

    @property
    def took_ms(self):
        return [1000 * (came - sent) for _, sent, came in self.frames]

    @property
    def lost(self):
        return sorted(set(range(self.total)) - set(self.numbers))


def mean_run(numbers):
    """How many follow one another, in the mean."""
    runs = sum(1 for number in numbers if number - 1 not in set(numbers))
    return len(numbers) / runs


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_link_delays_and_does_nothing_else(link, way):
    link.set(delay=40)
    stream = Stream(link, way).send(100, 2)
    assert stream.numbers == list(range(100))
    assert 40 <= min(stream.took_ms) < 240


def test_directions_may_differ(link):
    link.set("there", loss=100)
    assert not Stream(link).send(10).frames
    assert len(Stream(link, "back").send(10).frames) == 10


def test_frames_are_lost_by_chance_and_the_seed_says_which(link):
    lost = []
    for seed in (7, 7, 8):
        link.set(loss=10)
        link.far.seed(seed)
        lost.append(Stream(link).send(1000).lost)
        link.sweep()
    assert lost[0] == lost[1] != lost[2]
    assert all(70 <= len(one) <= 130 for one in lost)


def test_frames_are_lost_in_bursts(link):
    link.set(burst_loss=20, burst=3)
    link.far.seed(7)
    stream = Stream(link).send(2000)
    assert 300 <= len(stream.lost) <= 500
    assert 2.4 < mean_run(stream.lost) < 3.6


def test_jitter_spreads_in_order_or_out_of_it(link):
    link.set(delay=10, jitter=40)
    stream = Stream(link).send(200, 2)
    assert stream.numbers == list(range(200))
    assert min(stream.took_ms) >= 10 and max(stream.took_ms) >= 40
    link.set(overtake=1)
    link.sweep()
    stream = Stream(link).send(200, 2)
    assert sorted(stream.numbers) == list(range(200)) != stream.numbers


def test_some_are_held_back_and_some_come_twice(link):
    link.set(reorder=20, gap=30, dup=10)
    stream = Stream(link).send(200)
    assert len(stream.frames) == 200 + stream.since(1, "doubled") > 200
    assert stream.since(1, "held") > 0 and not stream.lost


def test_a_slow_link_makes_wait_and_drops_what_finds_no_room(link):
    """Frames of 1,000 bytes at 80 kbit/s, 0.1 s each; nine have room. A tenth may, if we sleep meanwhile."""
    link.set(rate=80, queue=9.5)
    stream = Stream(link, size=1000 - 42)
    stream.push(40)
    stream.settle()
    first, last = stream.frames[0], stream.frames[-1]
    assert 9 <= len(stream.frames) < 40 and stream.numbers == list(range(len(stream.numbers)))
    assert stream.since(1, "overflowed") == 40 - len(stream.frames)
    assert last[2] - first[1] >= 0.1 * len(stream.frames)


def test_a_link_goes_down_and_comes_back(link):
    link.set(down=1)
    stream = Stream(link).send(10)
    link.set(down=0)
    assert stream.send(10).numbers == list(range(10, 20))


def test_words_that_mean_nothing_are_refused(link):
    for wrong in ({"los": 5}, {"loss": 101}, {"loss": float("nan")}):
        with pytest.raises(ValueError):
            link.set(**wrong)
    assert len(Stream(link).send(10).frames) == 10


def test_the_server_is_reached_from_both_sides(link):
    look = "import socket, sys; socket.create_connection((sys.argv[1], sys.argv[2]), 30)"
    for side in (link.left, link.right):
        side.run(sys.executable, "-c", look, *link.server.address.split(":"))


def networks():
    """The network namespaces that some process is in."""
    found = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(path))
        except OSError:
            pass
    return found


ALONE = """
import json, os, signal
from lab.link import Link
with Link("peal-link-alone") as link:
    places = [place.holder.pid for place in (link.network, link.left, link.right)]
    print(json.dumps([os.readlink(f"/proc/{pid}/ns/net") for pid in places]), flush=True)
    END
"""


@pytest.mark.parametrize("end", ["pass", "signal.pause()"])
def test_nothing_is_left_of_it(whole_link, tmp_path, end):
    """Not when it ends, and no process and no network when it is killed outright."""
    child = subprocess.Popen([sys.executable, "-c", ALONE.replace("END", end)], stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "TMPDIR": str(tmp_path)})
    child.stdout.readline()  # the seed
    mine = child.stdout.readline()
    assert mine.count("net:") == 3, mine
    if end != "pass":
        child.send_signal(signal.SIGKILL)
    child.wait(30)
    wait_for(lambda: not any(f'"{one}"' in mine for one in networks()), whole_link.near.program.child, "the end of it")
    assert end != "pass" or not list(tmp_path.iterdir())
