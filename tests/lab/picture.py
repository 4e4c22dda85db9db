"""Spectrograms as PNG files: what was said above, what was heard below, a tick each second."""
# SPDX-License-Identifier: MIT
import struct
import zlib

import numpy as np

from lab.sound import RATE

SIZE = 2048                    # 43 ms
STEP = RATE // 100             # one column each 10 ms
ROWS = 256                     # up to TOP, low notes at the bottom
TOP = 12000
FLOOR_DB = -75
# Black over violet and orange to white: dark is quiet, on paper too.
COLOURS = np.array([(0, 0, 0), (60, 15, 110), (180, 45, 90), (250, 140, 40), (255, 255, 230)])


def spectrogram(samples):
    """Levels in dB below the loudest: rows from TOP Hz down to 0, a column each 10 ms."""
    columns = max(1, (len(samples) - SIZE) // STEP + 1)
    padded = np.pad(samples, (0, SIZE))
    frames = np.stack([padded[column * STEP:column * STEP + SIZE] for column in range(columns)])
    power = np.abs(np.fft.rfft(frames * np.hanning(SIZE), axis=1)) ** 2
    edges = np.linspace(0, TOP * SIZE / RATE, ROWS + 1)
    rows = np.stack([power[:, int(low):max(int(high), int(low) + 1)].mean(axis=1)
                     for low, high in zip(edges, edges[1:])])
    return 10 * np.log10(rows[::-1] + 1e-20)


def colour(decibels, loudest):
    """RGB of each level."""
    place = np.clip((decibels - loudest - FLOOR_DB) / -FLOOR_DB, 0, 1) * (len(COLOURS) - 1)
    below = np.minimum(place.astype(int), len(COLOURS) - 2)
    share = (place - below)[..., None]
    return (COLOURS[below] * (1 - share) + COLOURS[below + 1] * share).astype(np.uint8)


def ruler(width):
    """A white strip with a tick each second."""
    strip = np.full((12, width, 3), 255, np.uint8)
    strip[2:10, ::RATE // STEP] = 0
    return strip


def pair(said, heard):
    """The picture of both, on one scale of colours, as an array of RGB."""
    both = [spectrogram(samples) for samples in (said, heard)]
    width = max(one.shape[1] for one in both)
    loudest = both[0].max()
    panels = [colour(np.pad(one, ((0, 0), (0, width - one.shape[1])), constant_values=-200), loudest)
              for one in both]
    return np.concatenate([panels[0], ruler(width), panels[1]])


def write_png(path, pixels):
    """Writes an array of RGB rows."""
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)], 1)

    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(lines.tobytes(), 6)) + chunk(b"IEND", b""))
