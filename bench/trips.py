"""How many round trips it takes from picking up to hearing something, part by part, at both ends.

Calls over the link laboratory, by turns without delay and with 100 ms of round trip: what a call takes
longer over the long way, in units of that, is what it waits for on the wire; what it takes without is
its own work (and its jitter buffer's). Ends with status 1 if the first sound needs a whole round trip
more than it should, 77 where there can be no laboratory.
"""
# SPDX-License-Identifier: MIT
import json
import os
import statistics

from lab.link import Link, Unavailable
from lab.trips import LADDER, PARTS, TARGET, answering, call, without_nagle

ROUND_MS = 100
CALLS = int(os.environ.get("PEAL_BENCH_CALLS", "15"))
SIDES = ("callee", "caller")


def measure(link):
    """The calls, by the round trip in ms."""
    alice, bob = link.server.friends("alice", "bob")
    callee = answering(link, bob)
    found = {0: [], ROUND_MS: []}
    for number in range(CALLS + 1):
        for round_trip, calls in found.items():
            link.set(delay=round_trip / 2)
            one = call(link, alice, callee, bob)
            if number:  # the first warms the server and the page cache
                calls.append(one)
    return found


def median(calls, side, part):
    return statistics.median(getattr(one, side)[part] for one in calls)


def print_table(found):
    print(f"{'ms after the accept, median':<30}{'near':>8}{'far':>8}{'round trips':>14}{'ladder':>8}"
          f"   of {CALLS} calls each")
    for side in SIDES:
        for part in PARTS:
            near, far = (median(calls, side, part) for calls in found.values())
            print(f"{side + ': ' + part:<30}{near:>8.0f}{far:>8.0f}{(far - near) / ROUND_MS:>14.2f}"
                  f"{LADDER[side][part]:>8.1f}")


def main():
    try:
        with Link("peal-trips") as link:
            without_nagle(link)
            found = measure(link)
    except Unavailable as why:
        print(f"setup --lab: skipped: {why}")
        return 77
    print_table(found)
    near, far = (statistics.median(one.sound() for one in calls) for calls in found.values())
    trips = (far - near) / ROUND_MS
    signaling = (median(found[ROUND_MS], "callee", "signaling")
                 - median(found[0], "callee", "signaling")) / ROUND_MS
    print(f"first sound at both sides: {far:.0f} ms at {ROUND_MS} ms round trip: {signaling:.2f} of signaling and "
          f"{trips - signaling:.2f} of media, and {near:.0f} ms of work and jitter buffer (aim: 1 and 3.5)")
    print(json.dumps({"bench": "setup-lab", "far_ms": round(far), "near_ms": round(near),
                      "signaling_trips": round(signaling, 2), "media_trips": round(trips - signaling, 2)}))
    return int(trips > TARGET + 1)
