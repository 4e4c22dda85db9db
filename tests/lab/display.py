"""A display without a screen (Xvfb) that can be looked at: its dots lie in a file."""
# SPDX-License-Identifier: MIT
import os
import struct
import subprocess

import numpy

from lab.stage import wait_for


class Display:
    """`name` is what DISPLAY takes."""

    def __init__(self, stage, width=960, height=600):
        self.folder = stage.folder / "display"
        self.folder.mkdir(exist_ok=True)
        reading, writing = os.pipe()
        self.child = stage.spawn(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-fbdir", str(self.folder),
             "-nolisten", "tcp", "-noreset"], pass_fds=[writing], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = ":" + told.readline().strip()
        wait_for(lambda: (self.folder / "Xvfb_screen0").exists(), self.child, "a display")

    def picture(self):
        """Its dots as rows of (red, green, blue)."""
        raw = (self.folder / "Xvfb_screen0").read_bytes()  # XWD: a header of big-endian words, then colours
        header = struct.unpack(">25I", raw[:100])
        size, width, height, per_line, colours = header[0], header[4], header[5], header[12], header[19]
        dots = numpy.frombuffer(raw, numpy.uint8, per_line * height, size + colours * 12)
        return dots.reshape(height, per_line // 4, 4)[:, :width, 2::-1]
