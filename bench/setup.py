#!/usr/bin/python3
"""How long from picking up to hearing something: peal through a real server, and two webrtcbin in the same run.

Clock: the callee's accept. Of both sides the later counts. The caller is a new process for every
call, as it is for a person; the callee waits, as it does for a person. Prints medians, p90, and
the parts of the median call: signaling (to the callee's session-accept), ICE, DTLS, pipeline
(first packet to first decoded sound, jitter buffer included).
"""
# SPDX-License-Identifier: MIT
import datetime
import json
import os
import statistics
import subprocess
import sys

from lab.lab import Lab
from lab.stage import polite_signals

CALLS = int(os.environ.get("PEAL_BENCH_CALLS", "50"))
REFERENCE_CALLS = 10
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


def reference(program):
    lines = subprocess.run([program, str(REFERENCE_CALLS)], check=True, capture_output=True,
                           text=True).stdout.split()
    times = [float(line) for line in lines if float(line) > 0]
    if not times:
        raise SystemExit("setup: no call between two webrtcbin came about")
    return times


def main():
    polite_signals()
    calls = peal_calls()
    webrtcbin = reference(sys.argv[1])
    print(f"{'ms':<24}{'median':>8}{'p90':>8}   of {len(calls)} calls")
    for part in calls[0]:
        values = [call[part] for call in calls]
        print(f"{part:<24}{statistics.median(values):>8.0f}{percentile(values, .9):>8.0f}")
    print(f"{'webrtcbin, no server':<24}{statistics.median(webrtcbin):>8.0f}"
          f"{percentile(webrtcbin, .9):>8.0f}   of {len(webrtcbin)} calls")
    sound = statistics.median(call["accept to first sound"] for call in calls)
    ratio = sound / statistics.median(webrtcbin)
    print(f"first sound {sound:.0f} ms (aim {AIM_MS}), {ratio:.2f} of webrtcbin (aim {AIM_RATIO})")
    print(json.dumps({"bench": "setup", "first_sound_ms": sound, "ratio": round(ratio, 3)}))


if __name__ == "__main__":
    main()
