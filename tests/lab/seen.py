"""What a recorded picture shows: which colours are in its corners, and whether it moves."""
# SPDX-License-Identifier: MIT
import dataclasses
import os
import subprocess

import numpy as np

WIDE, HIGH = 32, 24  # of what is looked at of each frame
AT = [(2, 2), (WIDE - 3, 2), (2, HIGH - 3), (WIDE - 3, HIGH - 3)]  # corners: from the left, the upper ones first
CHANGED = 40  # of 255: more than any coder does to a picture that stands still
COLOURS = {"black": (0, 0, 0), "grey": (110, 110, 110), "white": (255, 255, 255), "red": (255, 0, 0),
           "green": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0), "cyan": (0, 255, 255),
           "magenta": (255, 0, 255)}
OURS = ["red", "green", "blue", "yellow"]         # `--video-in test`
THEIRS = ["blue", "yellow", "cyan", "magenta"]    # tests/peers/webrtc/src/picture.mjs


@dataclasses.dataclass(frozen=True)
class Seen:
    frames: int
    moves: int      # frames that differ from those before them
    corners: list   # of the last frame


def thumbnails(path):
    """All frames of a file, small: an array of n × HIGH × WIDE × 3."""
    raw = f"video/x-raw,format=RGB,width={WIDE},height={HIGH}"
    output = subprocess.run(
        ["gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "decodebin", "!", "videoconvert", "!", "videoscale",
         "add-borders=false", "!", raw, "!", "fdsink", "fd=1", "sync=false"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60, env={**os.environ, "NO_COLOR": "1"})
    size = WIDE * HIGH * 3
    whole = len(output.stdout) // size
    if not whole:
        raise AssertionError(f"no picture in {path}: {output.stderr.decode(errors='replace')[-500:]}")
    return np.frombuffer(output.stdout[:whole * size], np.uint8).reshape(whole, HIGH, WIDE, 3).astype(int)


def nearest(pixel):
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOURS[name], pixel)))


def look(path):
    frames = thumbnails(path)
    bright = frames @ np.array([1, 2, 1]) / 4
    moved = (np.abs(np.diff(bright, axis=0)) > CHANGED).any(axis=(1, 2))
    return Seen(len(frames), int(moved.sum()), [nearest(frames[-1][y, x]) for x, y in AT])
