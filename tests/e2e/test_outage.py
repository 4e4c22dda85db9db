"""A call outlives its XMPP streams: cut off for ten seconds, or the server restarted, nobody hears a gap,
and whoever hangs up afterwards ends it for both."""
# SPDX-License-Identifier: MIT
import os

import numpy as np
import pytest

from calls import ended
from lab.measure import Limits, aligned, correlation, envelope, longest_gap
from lab.server import Server
from lab.sound import RATE, level_db, read_wav, write_wav
from lab.speech import ANSWERER, CALLER, speak

pytestmark = pytest.mark.in_time

OUTAGE = 10      # s
COMES_BACK = 30  # s: at first at once, then ever later
GOOD_BYE = 5     # s until both have heard of a hang-up
BUFFERED = 1     # s that may be under way at the end

# Every one in `./dev soak`.
CUTS = {"callee-forgotten": 2, "caller-resumed": 60, "caller-forgotten": 2, "callee-resumed": 60}
TRIED = list(CUTS) if "PEAL_SOAK" in os.environ else list(CUTS)[:1]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Twenty seconds for each: both texts, in another order."""
    folder = tmp_path_factory.mktemp("said")
    texts = [speak(speaker, folder / "text.wav") for speaker in (CALLER, ANSWERER)]
    write_wav(folder / "alice.wav", np.concatenate(texts))
    write_wav(folder / "bob.wav", np.concatenate(texts[::-1]))
    return folder


@pytest.fixture
def server(lab, request):
    """A server of its own, which may be stopped; it forgets a session after so many seconds."""
    server = Server(lab.stage, lab.network, lab.turn, forgets=request.param)
    yield server
    server.stop()


class Talk:
    """Alice calls Bob, each on a way of their own to the server; until one presses q."""

    def __init__(self, lab, server, said, folder):
        self.said, self.folder = said, folder
        alice, bob = server.friends("alice", "bob")
        self.ways = [lab.relay(server=server) for _ in range(2)]
        self.callee = self.start(lab, server, bob, self.ways[1], "answer", "--auto", "--once")
        self.callee.wait("online")
        self.caller = self.start(lab, server, alice, self.ways[0], "call", bob.jid)
        self.both = self.caller, self.callee
        for program in self.both:
            program.wait("media")

    def start(self, lab, server, person, way, *command):
        return lab.peal(person, *command, "--server", way[0], "--ca", server.ca, "--resource", person.name,
                        "--audio-in", f"file:{self.said}/{person.name}.wav",
                        "--audio-out", f"file:{self.folder}/{person.name}-hears.wav", keys=True)

    def goes_on_for(self, seconds):
        """By the clock of the call itself: it tells of itself each second."""
        for program in self.both:
            until = len(program.all("stats")) + seconds
            program.wait_until(lambda p=program, n=until: len(p.all("stats")) >= n, seconds + 30,
                               f"{seconds} s of the call")

    def is_heard(self, seconds):
        """What each said, for so long at least, the other heard, and without a gap."""
        for speaker, listener in (("alice", "bob"), ("bob", "alice")):
            said = read_wav(self.said / f"{speaker}.wav")
            heard = read_wav(self.folder / f"{listener}-hears.wav")
            heard, _ = aligned(said, heard[:-BUFFERED * RATE])
            length = min(len(said), len(np.trim_zeros(heard, "b")))
            assert length >= seconds * RATE, f"{speaker} was heard for {length / RATE:.1f} s only"
            said, heard = said[:length], heard[:length]
            gap = longest_gap(said, heard, level_db(heard) - level_db(said))
            alike = correlation(envelope(said), envelope(heard))
            print(f"{speaker} for {length / RATE:.1f} s: alike {alike:.3f}, longest gap {gap:.0f} ms")
            assert gap <= Limits.gap_ms and alike >= Limits.correlation, speaker

    def ends_for_both(self, program):
        program.press("q")
        for each in self.both:
            assert ended(each, GOOD_BYE) == ("success", 0)


def comes_back(program, times, resumed):
    program.wait_until(lambda: len(program.all("online")) > times, COMES_BACK, "way back")
    assert program.all("online")[times]["resumed"] == resumed
    assert len({event["jid"] for event in program.all("online")}) == 1
    assert program.all("offline")[-1]["reason"]


@pytest.mark.parametrize("server, who", [(CUTS[name], name) for name in TRIED], indirect=["server"],
                         ids=TRIED)
def test_a_side_cut_off_for_ten_seconds(lab, peal_built, server, said, tmp_path, who):
    talk = Talk(lab, server, said, tmp_path)
    side = 0 if who.startswith("caller") else 1
    cut, relay = talk.both[side], talk.ways[side][1]
    talk.goes_on_for(1)
    for word in ("hold", "cut"):
        relay.say(word)
        relay.wait(word)
    cut.wait("offline")
    talk.goes_on_for(OUTAGE)
    relay.say("go")
    comes_back(cut, 1, resumed=who.endswith("resumed"))
    talk.goes_on_for(2)
    talk.ends_for_both(talk.caller)
    talk.is_heard(OUTAGE + 1)


@pytest.mark.parametrize("server", [60], indirect=True)
def test_the_server_restarts(lab, peal_built, server, said, tmp_path):
    talk = Talk(lab, server, said, tmp_path)
    talk.goes_on_for(1)
    server.stop()
    for program in talk.both:
        program.wait("offline")
    server.start()
    for program in talk.both:
        comes_back(program, 1, resumed=False)
    talk.goes_on_for(2)
    talk.ends_for_both(talk.callee)
    talk.is_heard(3)
