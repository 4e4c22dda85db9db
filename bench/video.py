#!/usr/bin/python3
"""A picture over bad networks: peal to peal, and libwebrtc to libwebrtc over the same link in the same run.

Each row is a new call of each kind, both ends speaking and one showing a picture (bench-video paints it:
the test picture under a noise), through the link laboratory with the same seed. Printed are:

  frames      shown each second, and the size of the last
  frozen      seconds of pauses of more than 200 ms between two frames, and how many pauses there were
  bitrate     kbit/s that passed the link toward who sees, headers and the voice within, on the mean
  later       how much later than the frame was painted it was shown, ms, of half of them
  lips        by how much the picture is later than the voice (mouth to ear, as in bench/voice), ms; it
              cannot be said where the sound is not found
  invented    share of the voice that had to be
  adapted, recovered (of the drop)
              seconds until pictures came within 400 ms again after it began; until four fifths of the
              bitrate before it passed again after it ended

and a drawing of bitrate against capacity in PEAL_BENCH_SVG (default: bench-video.svg of the build folder).

`video.py PROGRAM [ROW…]`: PROGRAM is bench-video. PEAL_BENCH_SECONDS stretches or shrinks the rows, whose
phases take 20 s each without it.
"""
# SPDX-License-Identifier: MIT
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import numpy as np

from lab.conversation import Conversation, End, peal_end
from lab.lab import PEERS, build_folder
from lab.lateness import measure
from lab.link import Link
from lab.sound import RATE
from lab.speech import ANSWERER, CALLER, speak
from lab.stage import polite_signals
from voice import hurried, peal_connect, peal_concealed, webrtc_concealed, webrtc_connect

PHASE = float(os.environ.get("PEAL_BENCH_SECONDS", "20"))
SEED = 5
WIDTH, HEIGHT, FPS = 640, 360, 30
MOST = 1700             # kbit/s of the picture: what libwebrtc gives one of this size at most
FREEZE = 0.2            # s
WIDE, NARROW = 4000, 600  # kbit/s
USUAL = {"delay": 40, "rate": WIDE, "queue": 75, "loss": 0}
# The settings of the phases of each row, one after the other.
ROWS = {
    "40 ms": [{}],
    **{f"loss {share} %": [{"loss": share}] for share in (2, 5, 10)},
    "drop": [{}, {"rate": NARROW}, {}],
}
STEP = 0.25             # s between two looks at what has passed
LATE = 0.4              # s: pictures that come within that are in time


def paint(link, program, where):
    """What both kinds of caller show, until nobody reads any more."""
    return link.stage.spawn(["sh", "-c", 'exec "$0" paint "$1" "$2" "$3" >"$4"', program, WIDTH, HEIGHT, FPS, where])


def peal_ends(link, program):
    alice, bob = link.server.friends("alice", "bob")
    for name in ("frames.y4m", "seen.mkv"):
        (link.folder / name).unlink(missing_ok=True)
    os.mkfifo(link.folder / "frames.y4m")
    callee = peal_end(link, link.right, bob, "answer", "--auto", "--once", "--video", "--video-in", "none",
                      "--video-out", f"file:{link.folder}/seen.mkv")
    callee.wait("online")
    caller = peal_end(link, link.left, alice, "call", bob.jid, "--video",
                      "--video-in", f"file:{link.folder}/frames.y4m", "--video-out", "none",
                      "--size", f"{WIDTH}x{HEIGHT}", "--max-bitrate", f"{MOST}k")
    paint(link, program, link.folder / "frames.y4m")
    return [caller, callee]


def peal_seen(link, program, callee):
    """(when, width, height, when it was painted) of each frame, in s of one clock."""
    first = callee.wait("media", content="video")["_at"]
    lines = subprocess.run([program, "read", link.folder / "seen.mkv"], check=True, capture_output=True,
                           text=True).stdout.split("\n")
    for at, width, height, _, painted in (map(float, line.split()) for line in lines if line):
        yield first + at / 1000, int(width), int(height), painted / 1000 if painted >= 0 else None


def webrtc_ends(link, program):
    def end(where, word, *more):
        return End(link, where, f"webrtc-{word}", lambda events, orders: [
            *hurried(), "node", PEERS / "video.mjs", word, events, orders, *more])
    pipe = link.folder / "frames.raw"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    paint(link, program, pipe)
    return [end(link.left, "offer", pipe, MOST * 1000), end(link.right, "answer")]


def webrtc_seen(_link, _program, callee):
    for event in callee.all("frames"):
        for at, width, height, painted in event["frames"]:
            yield at / 1000, width, height, painted / 1000 if painted >= 0 else None


KINDS = {"peal": (peal_ends, peal_connect, peal_concealed, peal_seen),
         "libwebrtc": (webrtc_ends, webrtc_connect, webrtc_concealed, webrtc_seen)}


class Course(threading.Thread):
    """Sets the phases of a row when their time has come, and looks at what passes."""

    def __init__(self, link, phases):
        super().__init__(daemon=True)
        self.link, self.phases = link, phases
        self.begun = time.monotonic()
        self.changes, self.looks, self.late_us = [], [], 0

    def run(self):
        passed = self.link.far.count()["there"]["bytes"]
        end = self.begun + len(self.phases) * PHASE
        for step in itertools.count(1):
            phase = int((time.monotonic() - self.begun) / PHASE)
            if phase >= len(self.changes) and phase < len(self.phases):
                self.link.set(**{**USUAL, **self.phases[phase]})
                self.changes.append(time.monotonic())
            time.sleep(max(0, self.begun + step * STEP - time.monotonic()))
            now, count = time.monotonic(), self.link.far.count()["there"]
            self.looks.append((now, count["bytes"] - passed))
            passed, self.late_us = count["bytes"], max(self.late_us, count["late_us"])
            if now >= end:
                return

    def bitrates(self):
        """(when, kbit/s until then)."""
        times = np.array([self.begun, *(at for at, _ in self.looks)])
        return list(zip(times[1:], np.array([got for _, got in self.looks]) * 8e-3 / np.diff(times)))


def pauses(times, begun, end):
    """Those between frames that are longer than a freeze, of what lies between the two moments."""
    inside = [begun, *sorted(at for at in times if begun < at < end), end]
    gaps = np.diff(inside)
    return gaps[gaps > FREEZE]


def adapted(course, frames):
    """Seconds until every later frame of the phase is in time."""
    begun, end = course.changes[1:3]
    late = [at for at, _, _, painted in frames if begun < at < end and painted and at - painted > LATE]
    return max(late, default=begun) - begun


def recovered(course):
    begun, end = course.changes[1], course.changes[2]
    before = np.mean([rate for at, rate in course.bitrates() if begun - PHASE / 2 < at <= begun])
    rates = [(at, rate) for at, rate in course.bitrates() if at > end]
    smooth = [np.mean([rate for _, rate in rates[max(0, i - 3):i + 1]]) for i in range(len(rates))]
    return next((at - end for (at, _), rate in zip(rates, smooth) if rate >= 0.8 * before), None)


def watch(link, kind, phases, speech, program):
    """One call; what was seen and heard in it."""
    make, connect, concealed, seen = KINDS[kind]
    link.set(**USUAL)
    ends = make(link, program)
    with Conversation(*ends) as conversation:
        connect(ends)
        link.far.seed(SEED)
        before = len(ends[1].all("stats"))
        course = Course(link, phases)
        course.start()
        conversation.talk(speech)
        course.join()
        share = concealed(ends[1], before)
    frames = list(seen(link, program, ends[1]))
    return course, frames, figures(course, frames, share, measure(ends[0].spoken(), ends[1].listened()))


def figures(course, frames, share, sound):
    begun, end = course.begun, course.looks[-1][0]
    inside = [frame for frame in frames if begun < frame[0] < end]
    gaps = pauses([at for at, *_ in frames], begun, end)
    delays = [1000 * (at - painted) for at, _, _, painted in inside if painted]
    later = float(np.median(delays)) if delays else None
    return {"frames": len(inside) / (end - begun), "size": f"{inside[-1][1]}x{inside[-1][2]}" if inside else "none",
            "frozen": float(gaps.sum()), "freezes": len(gaps),
            "bitrate": float(np.mean([rate for _, rate in course.bitrates()])), "later": later,
            "lips": later - sound.delay_ms if later is not None and sound.delay_ms == sound.delay_ms else None,
            "invented": share, "stalled": course.late_us / 1000,
            **({"adapted": adapted(course, frames), "recovered": recovered(course)}
               if len(course.phases) == 3 else {})}


# --- what is shown ---

COLOURS = {"peal": "#c0392b", "libwebrtc": "#2471a3"}
WIDTH_S, HEIGHT_KBIT = 12, 0.06  # of the drawing: dots for each


def line(points, colour, height, dash=""):
    path = " ".join(f"{40 + WIDTH_S * x:.1f},{height - HEIGHT_KBIT * y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" {dash}/>'


def panel(row, courses, top):
    """Capacity (grey), bitrates, and below them the pauses of each kind."""
    height = HEIGHT_KBIT * MOST * 1.3
    out = [f'<g transform="translate(0,{top:.0f})"><text x="40" y="12">{row}</text>']
    capacity = [(i * PHASE + edge * PHASE, min(phase.get("rate", WIDE), MOST * 1.25))
                for i, phase in enumerate(ROWS[row]) for edge in (0, 1)]
    out.append(line(capacity, "#999", height, 'stroke-dasharray="5 3"'))
    for lane, (kind, (course, frames)) in enumerate(courses.items()):
        out.append(line([(at - course.begun, min(rate, 1.25 * MOST)) for at, rate in course.bitrates()],
                        COLOURS[kind], height))
        times = [course.begun, *(at for at, *_ in frames), course.looks[-1][0]]
        for begun, end in itertools.pairwise(sorted(times)):
            if end - begun > FREEZE and end <= times[-1] and begun >= course.begun:
                out.append(f'<rect x="{40 + WIDTH_S * (begun - course.begun):.1f}" y="{height + 4 + 7 * lane:.0f}"'
                           f' width="{WIDTH_S * (end - begun):.1f}" height="5" fill="{COLOURS[kind]}"/>')
    for rate in range(0, int(MOST * 1.3), 500):
        out.append(f'<text x="36" y="{height - HEIGHT_KBIT * rate + 3:.0f}" text-anchor="end">{rate}</text>')
    for second in range(0, int(len(ROWS[row]) * PHASE) + 1, 10):
        out.append(f'<text x="{40 + WIDTH_S * second}" y="{height + 30:.0f}" text-anchor="middle">{second} s</text>')
    return "\n".join([*out, "</g>"]), height + 44


def draw(table, path):
    body, top = [], 24
    for row, courses in table.items():
        text, height = panel(row, courses, top)
        body.append(text)
        top += height
    legend = "".join(f'<text x="{40 + 90 * i}" y="14" fill="{colour}">{kind}</text>'
                     for i, (kind, colour) in enumerate(COLOURS.items()))
    width = 60 + WIDTH_S * PHASE * max(len(ROWS[row]) for row in table)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{top:.0f}"'
                    f' font-family="sans-serif" font-size="10"><rect width="100%" height="100%" fill="#fff"/>{legend}'
                    f'<text x="230" y="14">kbit/s; dashed: what the link takes; bars: nothing new for over'
                    f' {FREEZE * 1000:.0f} ms</text>\n' + "\n".join(body) + "\n</svg>\n", encoding="utf-8")


def number(value, form):
    return "?" if value is None else format(value, form)


def print_row(row, kind, got):
    print(f"{row:<12}{kind:<10}{got['frames']:>7.1f}{got['size']:>10}{got['frozen']:>8.2f}{got['freezes']:>5}"
          f"{got['bitrate']:>9.0f}{number(got['later'], '.0f'):>7}{number(got['lips'], '.0f'):>6}"
          f"{100 * got['invented']:>9.2f} %"
          + (f"   adapted {got['adapted']:.1f} s, recovered {number(got['recovered'], '.1f')} s"
             if "adapted" in got else ""), flush=True)


def main():
    polite_signals()
    program, *wanted = sys.argv[1:]
    table, drawn = {}, {}
    with Link("peal-video", seed=SEED) as link:
        voices = [speak(speaker, link.folder / f"{speaker.voice}.wav") for speaker in (CALLER, ANSWERER)]
        print(f"{'link':<12}{'':<10}{'frames':>7}{'size':>10}{'frozen':>8}{'':>5}{'bitrate':>9}{'later':>7}"
              f"{'lips':>6}{'invented':>11}")
        for row in wanted or ROWS:
            length = int((len(ROWS[row]) * PHASE + 1) * RATE)
            speech = [np.resize(voice, length) for voice in voices]
            table[row], drawn[row] = {}, {}
            for kind in KINDS:
                course, frames, table[row][kind] = watch(link, kind, ROWS[row], speech, program)
                drawn[row][kind] = (course, frames)
                print_row(row, kind, table[row][kind])
    drawing = pathlib.Path(os.environ.get("PEAL_BENCH_SVG", build_folder() / "bench-video.svg"))
    draw(drawn, drawing)
    behind = [row for row, kinds in table.items() if kinds["peal"]["frozen"] > kinds["libwebrtc"]["frozen"] + FREEZE]
    print(f"more frozen than libwebrtc over: {', '.join(behind) or 'none'}; drawn in {drawing}")
    print(json.dumps({"bench": "video", "phase": PHASE, "rows": table, "worse": behind}))


if __name__ == "__main__":
    main()
