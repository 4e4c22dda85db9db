#!/usr/bin/python3
"""How a voice survives bad networks: peal to peal, and libwebrtc to libwebrtc over the same link in the same run.

Each row is a new call of each kind, both ends speaking, through the link laboratory with the same
seed; all that a row does to packets it does in both directions, from when both are connected. Printed
are the means of the two directions:

  concealed   share of what was played that had to be invented, as each counts it itself
  delay, worst
              mouth to ear in ms, measured in the sound: half of the speech, and 19 of 20 parts of it,
              came within that; frame, link, jitter buffer and all, but no device's buffers
  spoilt      share of all 20 ms of speech whose spectrum is another than what was said
  R, MOS      ITU-T G.107 from delay and concealed share, by the same function for both

The line of JSON at the end also has how late, in ms, the emulator was at worst (`stalled`): where that
is much, the machine had no turns to give, and the row says little.

`voice.py PROGRAM [ROW…]`: PROGRAM is bench-voice. PEAL_BENCH_SECONDS says how long a row speaks.
"""
# SPDX-License-Identifier: MIT
import json
import os
import subprocess
import sys

import numpy as np

from lab.conversation import Conversation, End, peal_end
from lab.lab import PEERS
from lab.lateness import measure
from lab.link import Link
from lab.sound import RATE
from lab.speech import ANSWERER, CALLER, speak
from lab.stage import polite_signals

SECONDS = float(os.environ.get("PEAL_BENCH_SECONDS", "25"))
BEFORE, AFTER = 1, 1.5  # s of silence: a call begins quietly, and the last words take their time
SEED = 4
DELAY = 10              # ms one way, of every row but the LAN
BURST = 3               # packets
CALM = {"delay": 0, "loss": 0, "burst_loss": 0, "jitter": 0, "overtake": 0}
ROWS = {
    "clean LAN": {},
    **{f"loss {share} %": {"loss": share} for share in (2, 5, 10, 20)},
    **{f"bursts {share} %": {"burst_loss": share, "burst": BURST} for share in (2, 5, 10, 20)},
    **{f"jitter {spread} ms": {"jitter": spread} for spread in (20, 40, 80)},
    "loss 5 %, jitter 40 ms": {"loss": 5, "jitter": 40},
    "bursts 10 %, jitter 80 ms": {"burst_loss": 10, "burst": BURST, "jitter": 80},
    "jitter 40 ms, overtaking": {"jitter": 40, "overtake": 1},
}
AIM_MS = 120            # mouth to ear on a clean LAN
SLACK = {"R": 1, "spoilt": 0.01, "delay": 5}  # less than this is no difference


def peal_ends(link):
    """A call between two peals that is connected."""
    alice, bob = link.server.friends("alice", "bob")
    callee = peal_end(link, link.right, bob, "answer", "--auto", "--once")
    callee.wait("online")
    return [peal_end(link, link.left, alice, "call", bob.jid), callee]


def peal_connect(ends):
    for end in ends:
        end.wait("media")


def peal_concealed(end, _before):
    return end.news_of("stats")["concealed"]


def hurried():
    """libwebrtc's main thread passes the sound: it gets the turns that peal's threads ask for."""
    first = ["chrt", "--rr", "1"]
    return first if not subprocess.run([*first, "true"], capture_output=True).returncode else []


def webrtc_ends(link):
    def end(where, word):
        return End(link, where, f"webrtc-{word}", lambda events, orders: [
            *hurried(), "node", PEERS / "voice.mjs", word, events, orders])
    return [end(link.left, "offer"), end(link.right, "answer")]


def webrtc_connect(ends):
    for one, other in (ends, ends[::-1]):
        other.order(json.dumps(one.wait("description")["description"]))
    for end in ends:
        end.wait("state", state="connected")


def webrtc_concealed(end, before):
    begun = next(iter(end.all("stats")[:before][-1:]), {"concealedSamples": 0, "totalSamplesReceived": 0})
    now = end.news_of("stats")
    played = now["totalSamplesReceived"] - begun["totalSamplesReceived"]
    return (now["concealedSamples"] - begun["concealedSamples"]) / played


KINDS = {"peal": (peal_ends, peal_connect, peal_concealed),
         "libwebrtc": (webrtc_ends, webrtc_connect, webrtc_concealed)}


def hold(link, kind, settings, speech):
    """One call; what both directions of it measured."""
    make, connect, concealed = KINDS[kind]
    link.set(**CALM)
    ends = make(link)
    with Conversation(*ends) as conversation:
        connect(ends)
        link.far.seed(SEED)
        link.set(**{"delay": DELAY if settings else 0, **settings})
        before = [len(end.all("stats")) for end in ends]
        link.far.count()
        conversation.talk(speech)
        counted = link.far.count()
        shares = [concealed(end, count) for end, count in zip(ends, before)]
    found = [measure(one.spoken(), other.listened()) for one, other in (ends, ends[::-1])]
    return {"concealed": float(np.mean(shares)),
            "stalled": max(counted[way]["late_us"] for way in ("there", "back")) / 1000,
            **{name: float(np.mean([getattr(one, field) for one in found]))
               for name, field in (("delay", "delay_ms"), ("worst", "worst_ms"), ("spoilt", "spoilt"))}}


def rate(program, figures, settings):
    """Adds R and MOS; the ratio of a burst's length to chance's is that of the link (G.107 §7.5)."""
    ratio = max(1, BURST * (1 - settings["burst_loss"] / 100)) if "burst_loss" in settings else 1
    line = f"{figures['delay']} {figures['concealed']} {ratio}\n"
    told = subprocess.run([program], input=line, check=True, capture_output=True, text=True).stdout.split()
    return {**figures, "R": float(told[0]), "MOS": float(told[1])}


def worse(mine, other):
    """In what a row of peal's is worse than the reference's, by more than chance."""
    return [name for name, slack in SLACK.items()
            if (mine[name] < other[name] - slack if name == "R" else mine[name] > other[name] + slack)]


def print_row(row, kind, got):
    print(f"{row:<27}{kind:<10}{100 * got['concealed']:>8.2f} %{got['delay']:>8.0f}{got['worst']:>8.0f}"
          f"{100 * got['spoilt']:>8.1f} %{got['R']:>7.1f}{got['MOS']:>6.2f}", flush=True)


def main():
    polite_signals()
    program, *wanted = sys.argv[1:]
    table = {}
    with Link("peal-voice", seed=SEED) as link:
        voices = [speak(speaker, link.folder / f"{speaker.voice}.wav") for speaker in (CALLER, ANSWERER)]
        speech = [np.concatenate([np.zeros(BEFORE * RATE), np.resize(voice, int(SECONDS * RATE)),
                                  np.zeros(int(AFTER * RATE))]) for voice in voices]
        print(f"{'link':<27}{'':<10}{'concealed':>10}{'delay':>8}{'worst':>8}{'spoilt':>10}{'R':>7}{'MOS':>6}")
        for row in wanted or ROWS:
            table[row] = {kind: rate(program, hold(link, kind, ROWS[row], speech), ROWS[row]) for kind in KINDS}
            for kind, got in table[row].items():
                print_row(row, kind, got)
    behind = {row: worse(kinds["peal"], kinds["libwebrtc"]) for row, kinds in table.items()}
    for row, names in behind.items():
        if names:
            print(f"worse than libwebrtc over {row}: {', '.join(names)}")
    if "clean LAN" in table:
        print(f"mouth to ear {table['clean LAN']['peal']['delay']:.0f} ms (aim: under {AIM_MS})")
    print(json.dumps({"bench": "voice", "seconds": SECONDS, "rows": table, "worse": {
        row: names for row, names in behind.items() if names}}))


if __name__ == "__main__":
    main()
