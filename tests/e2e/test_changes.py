"""A picture comes and goes in a call between two peals, from both sides, while a tone runs that must not break."""
# SPDX-License-Identifier: MIT
import os

import numpy as np
import pytest

from calls import ended
from lab.seen import OURS, look
from lab.sound import RATE, level_db, read_wav

pytestmark = pytest.mark.in_time

PATIENCE = 30
TIMES = 25 if "PEAL_SOAK" in os.environ else 5
WINDOW = RATE // 200   # 5 ms
LONGEST = 0.060        # s that the tone may be away
SILENT_DB = -40


def longest_gap(path):
    """The longest silence between the first and the last sound, s."""
    sound = read_wav(path)
    windows = sound[:len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
    loud = np.flatnonzero([level_db(window) > SILENT_DB for window in windows])
    return float(np.diff(loud).max() - 1) * WINDOW / RATE


class Pair:
    """A call between two who may show their pictures."""

    def __init__(self, lab, folder):
        self.folder, (alice, bob) = folder, lab.server.friends("alice", "bob")
        self.callee = lab.peal(bob, "answer", "--auto", "--once", *self.options("bob"), lines=True)
        self.callee.wait("online")
        self.caller = lab.peal(alice, "call", bob.jid, *self.options("alice"), lines=True)
        self.both = (self.caller, self.callee)
        for program in self.both:
            program.wait("media", PATIENCE, content="audio")

    def options(self, name):
        return ["--video-in", "test", "--video-out", f"file:{self.folder}/{name}.mkv", "--size", "160x120",
                "--fps", "10", "--audio-in", "tone", "--audio-out", f"file:{self.folder}/{name}.wav"]

    def heard(self, name):
        return longest_gap(self.folder / f"{name}.wav")

    def switch(self, program, on):
        program.say(f"video {'on' if on else 'off'}")

    def agree(self, *contents):
        """Both have these contents, and no others, at last."""
        for program in self.both:
            program.wait_until(lambda p=program: contents_of(p) == {"audio", *contents}, PATIENCE,
                               f"contents {contents}, has {contents_of(program)}")

    def shows(self, seer):
        """Another second in which somebody saw frames that were not there before."""
        name = sorted(contents_of(seer) - {"audio"})[0]
        before = seer.all("stats", content=name)
        start = before[-1].get("frames", 0) if before else 0
        seer.wait_until(lambda: [one for one in seer.all("stats", content=name)[len(before):]
                                 if one.get("frames", 0) > start], PATIENCE, f"frames of {name}")

    def end(self):
        self.caller.say("hangup")
        for program in self.both:
            assert ended(program, PATIENCE) == ("success", 0)


def contents_of(program):
    """As the events tell it, from the first to the last."""
    there = {event["content"] for event in program.all("connected") if event["content"] == "audio"}
    for event in program.events:
        if event["event"] == "content-added":
            there.add(event["content"])
        elif event["event"] == "content-removed":
            there.discard(event["content"])
    return there


def added(program):
    return [event["content"] for event in program.all("content-added")]


def test_a_picture_comes_and_goes_and_the_tone_goes_on(lab, peal_built, tmp_path):
    pair = Pair(lab, tmp_path)
    for number in range(TIMES):
        shower, seer = pair.both if number % 2 == 0 else reversed(pair.both)
        pair.switch(shower, True)
        shower.wait_until(lambda n=number: len(added(shower)) == n + 1, PATIENCE, "content-added")
        pair.agree(added(shower)[-1])
        pair.shows(seer)
        pair.switch(shower, False)
        pair.agree()
    pair.end()
    gaps = {name: pair.heard(name) for name in ("alice", "bob")}
    print(f"longest gaps: {gaps}")
    assert max(gaps.values()) <= LONGEST, gaps
    for program in pair.both:
        assert added(program) == added(pair.caller) and len(added(program)) == TIMES
        assert [event["by"] for event in program.all("content-added")] == [
            "local" if (number % 2 == 0) == (program is pair.caller) else "remote" for number in range(TIMES)]


def test_both_show_their_pictures_at_once(lab, peal_built, tmp_path):
    """One of the two proposals that cross gives way, and both pictures are seen."""
    pair = Pair(lab, tmp_path)
    for program in pair.both:
        pair.switch(program, True)
    for program in pair.both:
        program.wait_until(lambda p=program: added(p), PATIENCE, "content-added")
    pair.agree(added(pair.caller)[-1])
    for program in pair.both:
        pair.shows(program)
    pair.end()
    for name in ("alice", "bob"):
        assert look(tmp_path / f"{name}.mkv").corners == OURS
        assert pair.heard(name) <= LONGEST
