"""Hold and mute in running calls, from each side: who is on hold hears nothing, and afterwards all is as before."""
# SPDX-License-Identifier: MIT
import datetime
import os
import shutil

import numpy as np
import pytest

from calls import ended
from lab.sound import RATE, level_db, loudest_tone, read_wav

pytestmark = pytest.mark.in_time

OURS, THEIRS = 660, 1000  # Hz: of the caller; of whom it calls
SILENT_DB = -50
WINDOW = RATE // 10
PAUSE = 12      # windows of silence that are meant; a machine that stood still for a moment makes shorter ones
PATIENCE = 60   # s: a browser starts slowly on a busy machine
BACK = 2        # s that a way back from hold or mute may take
HELD = 25 if "PEAL_SOAK" in os.environ else 3  # s: longer than a path may be silent


def goes_on(*programs, seconds=2):
    """For so long by the clocks of the calls themselves, which tell of themselves each second."""
    for program in programs:
        until = len(program.all("stats")) + seconds
        program.wait_until(lambda p=program, n=until: len(p.all("stats")) >= n, PATIENCE + seconds,
                           f"{seconds} s more")


class Heard:
    """What a file holds: a tone, and the pauses in it."""

    def __init__(self, path, pitch):
        sound = read_wav(path)
        self.windows = sound[:len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
        self.pitch = pitch
        loud = np.array([level_db(window) > SILENT_DB for window in self.windows], int)
        first, last = np.flatnonzero(loud)[[0, -1]]
        starts = first + 1 + np.flatnonzero(np.diff(loud[first:last + 1]) < 0)
        ends = first + 1 + np.flatnonzero(np.diff(loud[first:last + 1]) > 0)
        self.pauses = [(a, b) for a, b in zip(starts, ends) if b - a >= PAUSE]
        self.parts = list(zip([first, *(b for _, b in self.pauses)], [*(a for a, _ in self.pauses), last + 1]))
        self.loud = loud

    def is_broken_by(self, *pauses):
        """The tone, with silence for about as long as each pause, and the tone again after each."""
        found = [(b - a) * WINDOW / RATE for a, b in self.pauses]
        assert len(found) == len(pauses), (found, pauses)
        for length, pause in zip(found, pauses):
            assert length < pause + BACK, (found, pauses)
        for a, b in self.parts:
            pitch, share = loudest_tone(self.windows[a:b][self.loud[a:b] == 1].ravel())
            assert pitch == pytest.approx(self.pitch, rel=0.01) and share > 0.5, (a, b, pitch, share)


def between(program, kind, by, start, end):
    """How many seconds passed between two events, by the clock of whom they are told to."""
    times = [datetime.datetime.fromisoformat(program.first(kind, by=by, reason=reason)["time"])
             for reason in (start, end)]
    return (times[1] - times[0]).total_seconds()


def test_two_peals_hold_and_mute_one_another(lab, peal_built, tmp_path):
    alice, bob = lab.server.friends("alice", "bob")
    callee = lab.peal(bob, "answer", "--auto", "--once", "--audio-in", f"tone:{THEIRS}",
                      "--audio-out", f"file:{tmp_path}/bob.wav", keys=True)
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, "--audio-in", f"tone:{OURS}",
                      "--audio-out", f"file:{tmp_path}/alice.wav", keys=True)
    for program in (caller, callee):
        program.wait("media")
    goes_on(caller, callee)
    caller.press("h")
    callee.wait("hold", by="remote", reason="hold")
    goes_on(caller, callee, seconds=HELD)
    caller.press("h")
    callee.wait("hold", by="remote", reason="unhold")
    goes_on(caller, callee)
    callee.press("m")
    caller.wait("mute", by="remote", reason="mute")
    goes_on(caller, callee, seconds=3)
    callee.press("m")
    caller.wait("mute", by="remote", reason="unmute")
    goes_on(caller, callee)
    caller.press("q")
    for program in (caller, callee):
        assert ended(program) == ("success", 0)
    held = between(callee, "hold", "remote", "hold", "unhold")
    muted = between(caller, "mute", "remote", "mute", "unmute")
    Heard(tmp_path / "bob.wav", OURS).is_broken_by(held)
    Heard(tmp_path / "alice.wav", THEIRS).is_broken_by(held, muted)


class Browser:
    """libwebrtc, in Node or in Chromium, as it hears us: by its own measure, once a second."""

    def __init__(self, program):
        self.program = program

    def hears(self, something):
        """From now on, at last: two measures in a row, the first of which may hold the change."""
        def is_so(one):
            tone = one["purity"] > 0.9 and abs(one["hertz"] - OURS) < 10
            return tone if something else one["level"] < 0.001
        start = len(self.program.all("stats"))
        self.program.wait_until(
            lambda: any(is_so(a) and is_so(b) for a, b in zip(self.program.all("stats")[start:],
                                                              self.program.all("stats")[start + 1:])),
            PATIENCE, "tone of ours" if something else "silence")


@pytest.mark.parametrize("engine", ["node", "chromium"])
def test_libwebrtc_and_peal_hold_and_mute_one_another(lab, peal_built, tmp_path, engine):
    if engine == "chromium" and not shutil.which("chromium"):
        pytest.skip("not installed: chromium")
    alice, bob = lab.server.friends("alice", "bob")
    peer = lab.webrtc(bob, "--resource", "web", "--tone", THEIRS, "--timeout", "200", engine=engine)
    peer.wait("ready", PATIENCE)
    peal = lab.peal(alice, "call", bob.jid, "--audio-in", f"tone:{OURS}",
                    "--audio-out", f"file:{tmp_path}/heard.wav", keys=True)
    peal.wait("media", PATIENCE)
    browser = Browser(peer)
    browser.hears(True)

    peer.say("hold")  # its tone goes on all the same
    peal.wait("hold", by="remote", reason="hold")
    browser.hears(False)
    peer.say("resume")
    peal.wait("hold", by="remote", reason="unhold")
    browser.hears(True)

    peal.press("h")
    peer.wait("hold")
    browser.hears(False)
    peal.press("h")
    peer.wait("resumed")
    browser.hears(True)

    peal.press("m")
    assert peer.wait("mute")["content"]
    browser.hears(False)
    peal.press("m")
    peer.wait("unmute")
    browser.hears(True)

    peer.say("mute")
    peal.wait("mute", by="remote", reason="mute")
    goes_on(peal, seconds=3)
    peer.say("unmute")
    peal.wait("mute", by="remote", reason="unmute")
    goes_on(peal)
    peal.press("q")
    assert ended(peal) == ("success", 0)
    Heard(tmp_path / "heard.wav", THEIRS).is_broken_by(
        between(peal, "hold", "remote", "hold", "unhold"),
        between(peal, "hold", "local", "hold", "unhold"),
        between(peal, "mute", "remote", "mute", "unmute"))
