"""The test picture (media/pattern.h) read back from what is seen: a screen, a window, a terminal."""
# SPDX-License-Identifier: MIT
import dataclasses

import numpy

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
CORNERS = {"red": (0, 0), "green": (1, 0), "blue": (0, 1), "yellow": (1, 1)}  # right, lower
COLUMNS, ROWS = 16, 4
CHECK = 0xa5
NEAR = 180  # in sum: other matrices of colours and coarse terminals take their share


@dataclasses.dataclass(frozen=True)
class Seen:
    frame: int
    time_ms: int


def middle(picture, left, top, width, height):
    """The mean colour of what no neighbour reaches."""
    box = picture[round(top + height / 4):max(round(top + height * 3 / 4), round(top + height / 4) + 1),
                  round(left + width / 4):max(round(left + width * 3 / 4), round(left + width / 4) + 1)]
    return box.reshape(-1, 3).mean(axis=0)


def corners(picture):
    """The colour in each corner, by where it belongs; None where it is none of the four."""
    height, width = picture.shape[:2]
    return {name: colour_of(middle(picture, right * width * 3 / 4, lower * height * 3 / 4, width / 4, height / 4))
            for name, (right, lower) in CORNERS.items()}


def colour_of(mean):
    apart = {name: numpy.abs(mean - numpy.array(colour)).sum() for name, colour in COLOURS.items()}
    best = min(apart, key=apart.get)
    return best if apart[best] < NEAR else None


def read(picture):
    """What its blocks say, or None."""
    height, width = picture.shape[:2]
    bits = 0
    for row in range(ROWS):
        for column in range(COLUMNS):
            box = (width * (1 / 10 + column * 0.8 / COLUMNS), height * (1 / 3 + row / 3 / ROWS),
                   width * 0.8 / COLUMNS, height / 3 / ROWS)
            bits = bits << 1 | int(middle(picture, *box).mean() > 127)
    octets = bits.to_bytes(8, "big")
    check = CHECK
    for octet in octets[:7]:
        check ^= octet
    if check != octets[7]:
        return None
    return Seen(int.from_bytes(octets[:3], "big"), int.from_bytes(octets[3:7], "big"))


def trim(picture, background=24):
    """The part of it that is not dark all over: its bars cut away."""
    if not picture.size:
        return picture
    lit = picture.max(axis=2) > background
    rows, columns = numpy.flatnonzero(lit.any(axis=1)), numpy.flatnonzero(lit.any(axis=0))
    if not len(rows):
        return picture[:0, :0]
    return picture[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
