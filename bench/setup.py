#!/usr/bin/python3
"""How long from picking up to hearing something: peal through a real server, and two webrtcbin in the same run.

Clock: the callee's accept. Of both sides the later counts. The caller is a new process for every
call, as it is for a person; the callee waits, as it does for a person. Prints medians, p90, and
the parts of a call: signaling (to the callee's session-accept), ICE, DTLS, pipeline (first packet
to first decoded sound, jitter buffer included).

With --lab: over the link laboratory, in round trips instead, each part at each side; see lab/trips.py
for the ladder and bench/trips.py for what is printed.

webrtcbin's clock is its create-offer, with no server between the two. It is measured in a process
that has made a call before, and as the first call of a process, as peal's caller is. What counts is
its first packet: the first one that it gives out at both ends, after its jitter buffer of 200 ms.
"""
# SPDX-License-Identifier: MIT
import datetime
import json
import os
import statistics
import subprocess
import sys

import trips
from lab.lab import Lab
from lab.stage import polite_signals

CALLS = int(os.environ.get("PEAL_BENCH_CALLS", "50"))
REFERENCE_CALLS = 10
STAGES = ("received", "packet", "decoded")  # what a line of bench-webrtcbin has
AIM_MS, AIM_RATIO = 100, 0.25


def at(event):
    """The event's own time in ms."""
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() * 1000


def last_call(callee, sid):
    return {kind: callee.wait(kind, call=sid) for kind in ("incoming", "accepted", "connected", "media")}


def one_call(lab, alice, callee, bob):
    caller = lab.peal(alice, "call", bob.jid, "--duration", "0.4", "--audio-in", "tone",
                      "--audio-out", "none")
    mine = {kind: caller.wait(kind) for kind in ("outgoing", "ringing", "accepted", "connected", "media")}
    theirs = last_call(callee, mine["connected"]["call"])
    status = caller.finish()
    assert status == 0, caller.story()
    callee.wait("ended", call=mine["connected"]["call"])
    picked_up = at(theirs["incoming"])  # --auto accepts in the same breath
    return {
        "propose to ringing": at(mine["ringing"]) - at(mine["outgoing"]),
        "accept to connected": max(at(mine["connected"]), at(theirs["connected"])) - picked_up,
        "accept to first sound": max(at(mine["media"]), at(theirs["media"])) - picked_up,
        "  signaling": at(theirs["accepted"]) - picked_up,
        "  ICE": max(side["connected"]["ice_ms"] for side in (mine, theirs))
                 - (at(theirs["accepted"]) - picked_up),
        "  DTLS": max(side["connected"]["secured_ms"] - side["connected"]["ice_ms"]
                      for side in (mine, theirs)),
        "  pipeline": max(at(side["media"]) - at(side["connected"]) for side in (mine, theirs)),
    }


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def peal_calls():
    with Lab("peal-bench") as lab:
        alice, bob = lab.server.friends("alice", "bob")
        callee = lab.peal(bob, "answer", "--auto", "--audio-in", "tone", "--audio-out", "none")
        callee.wait("online")
        one_call(lab, alice, callee, bob)  # warms the server and the page cache
        return [one_call(lab, alice, callee, bob) for _ in range(CALLS)]


def reference(program, calls, before):
    """What webrtcbin took in one process: a row for each call, ms."""
    lines = subprocess.run([program, str(calls), str(before)], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return [dict(zip(STAGES, map(float, line.split()))) for line in lines]


def references(program):
    """By the words they are printed with."""
    found = {"in a used process": reference(program, REFERENCE_CALLS, 1),
             "in a new process": sum((reference(program, 1, 0) for _ in range(REFERENCE_CALLS)), [])}
    for words, calls in found.items():
        if not calls:
            raise SystemExit(f"setup: no call between two webrtcbin came about {words}")
    return found


def print_table(heading, calls):
    print(f"{heading:<30}{'median':>8}{'p90':>8}   of {len(calls)} calls")
    for part in calls[0]:
        values = [call[part] for call in calls]
        print(f"{part:<30}{statistics.median(values):>8.0f}{percentile(values, .9):>8.0f}")


def main():
    polite_signals()
    if "--lab" in sys.argv:
        sys.exit(trips.main())
    calls = peal_calls()
    print_table("peal, ms", calls)
    sound = statistics.median(call["accept to first sound"] for call in calls)
    ratios = {}
    for words, others in references(sys.argv[1]).items():
        print_table(f"webrtcbin {words}", others)
        ratios[words] = sound / statistics.median(call["packet"] for call in others)
    print(f"first sound {sound:.0f} ms (aim: under {AIM_MS});", "; ".join(
        f"{ratio:.2f} of webrtcbin's first packet {words}" for words, ratio in ratios.items()),
        f"(aim: at most {AIM_RATIO})")
    print(json.dumps({"bench": "setup", "first_sound_ms": sound,
                      "ratio": round(ratios["in a used process"], 3)}))


if __name__ == "__main__":
    main()
