"""How alike what was heard is to what was said: numbers, and the limits they must keep.

Both are cut into windows of 20 ms; the envelope is the level of each. Alignment finds one delay for
the whole recording, so a stretch that was lost, doubled or slowed down cannot hide.
"""
# SPDX-License-Identifier: MIT
import argparse
import dataclasses
import sys

import numpy as np

from lab.sound import RATE, level_db, read_wav

WINDOW = RATE // 50           # 20 ms
HOP = RATE // 200             # 5 ms: the grain of a gap
FINE = RATE // 1000           # 1 ms: the grain of the alignment
BANDS = [(centre / 2 ** 0.5, centre * 2 ** 0.5)
         for centre in (62.5, 125, 250, 500, 1000, 2000, 4000, 8000)]
QUIET_DB = -35                # a window this far under the speech's own level says nothing
SILENT_DB = -25               # heard this far under what was said: not heard
VOICED = 0.6                  # of a perfect period


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a call has to keep, and nowhere else."""
    correlation: float = 0.95
    band_correlation: float = 0.90
    level_db: float = 3.0
    pitch_percent: float = 1.0
    gap_ms: float = 60.0


@dataclasses.dataclass(frozen=True)
class Likeness:
    delay_ms: float
    correlation: float
    bands: tuple
    level_db: float
    pitch_percent: float
    gap_ms: float

    def faults(self, limits=Limits()):
        """One sentence for each limit that is not kept."""
        # Written so that "not a number" is a fault.
        if not self.correlation >= limits.correlation:
            yield f"envelopes correlate by {self.correlation:.3f}, not {limits.correlation}"
        for (low, high), value in zip(BANDS, self.bands):
            if not value >= limits.band_correlation:
                yield (f"from {low:.0f} to {high:.0f} Hz they correlate by {value:.3f},"
                       f" not {limits.band_correlation}")
        if not abs(self.level_db) <= limits.level_db:
            yield f"the level is {self.level_db:+.1f} dB off, more than {limits.level_db}"
        if not abs(self.pitch_percent) <= limits.pitch_percent:
            yield f"the pitch is {self.pitch_percent:+.2f} % off, more than {limits.pitch_percent}"
        if not self.gap_ms <= limits.gap_ms:
            yield f"a gap of {self.gap_ms:.0f} ms, longer than {limits.gap_ms:.0f}"

    def __str__(self):
        return (f"alike {self.correlation:.3f} (by octave {min(self.bands):.3f} to"
                f" {max(self.bands):.3f}), level {self.level_db:+.1f} dB,"
                f" pitch {self.pitch_percent:+.2f} %, longest gap {self.gap_ms:.0f} ms")


def envelope(samples, window=WINDOW):
    """The level of each whole window."""
    count = len(samples) // window
    return np.sqrt(np.mean(samples[:count * window].reshape(count, window) ** 2, axis=1))


def correlation(one, other):
    """Pearson's; 0 where one of them does not move at all."""
    one, other = one - one.mean(), other - other.mean()
    norm = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / norm) if norm > 1e-12 else 0.0


def delay(said, heard):
    """How many samples later `heard` is, where the envelopes fit best; to a millisecond."""
    one, other = envelope(said, FINE), envelope(heard, FINE)
    if not len(other):
        return 0
    size = 1 << (len(one) + len(other)).bit_length()
    spectrum = np.conj(np.fft.rfft(one - one.mean(), size)) * np.fft.rfft(other - other.mean(), size)
    fit = np.fft.irfft(spectrum, size)
    best = int(np.argmax(fit))
    return (best - size if best > len(other) else best) * FINE


def aligned(said, heard):
    """`heard` cut and padded to lie on `said`, and its delay in samples."""
    late = delay(said, heard)
    start, pad = max(late, 0), max(-late, 0)
    part = heard[start:start + len(said) - pad]
    return np.pad(part, (pad, len(said) - pad - len(part))), late


def band(samples, low, high):
    """What of the sound is between two frequencies."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies >= high)] = 0
    return np.fft.irfft(spectrum, len(samples))


def sliding(samples):
    """The level of windows that overlap: one every HOP."""
    total = np.concatenate([[0], np.cumsum(samples ** 2)])
    starts = np.arange(0, len(samples) - WINDOW + 1, HOP)
    return np.sqrt(np.maximum(total[starts + WINDOW] - total[starts], 0) / WINDOW)


def speaking(levels, reference):
    return levels > reference * 10 ** (QUIET_DB / 20)


def longest_gap(said, heard, level):
    """The longest time, in ms, in which something was said and nothing heard."""
    spoken, got = sliding(said), sliding(heard / 10 ** (level / 20))
    deaf = speaking(spoken, np.sqrt(np.mean(said ** 2))) & (got < spoken * 10 ** (SILENT_DB / 20))
    longest = run = 0
    for silent in deaf:
        run = run + 1 if silent else 0
        longest = max(longest, run)
    return 1000 * ((longest - 1) * HOP + WINDOW) / RATE if longest else 0.0


def pitches(samples):
    """The pitch in Hz of each 50 ms that is voiced, every 10 ms; 0 where it is not."""
    size, step = RATE // 20, RATE // 100
    short, long = RATE // 400, RATE // 60
    found = []
    for start in range(0, len(samples) - size + 1, step):
        frame = samples[start:start + size] - samples[start:start + size].mean()
        power = np.abs(np.fft.rfft(frame, 2 * size)) ** 2
        like = np.fft.irfft(power)[:size]
        if like[0] < 1e-6 * size:
            found.append(0.0)
            continue
        like = like / like[0] * size / (size - np.arange(size))
        best = short + int(np.argmax(like[short:long]))
        found.append(RATE / (best + bend(like, best)) if like[best] >= VOICED else 0.0)
    return np.array(found)


def bend(values, at):
    """Where between the neighbours the top of a parabola through them lies."""
    before, top, after = values[at - 1:at + 2]
    curve = before - 2 * top + after
    return 0.5 * (before - after) / curve if curve else 0.0


def pitch_difference(said, heard):
    """In percent, the middle one of all moments that are voiced in both and no octave apart."""
    one, other = pitches(said), pitches(heard)
    both = (one > 0) & (other > 0)
    ratio = other[both] / one[both]
    ratio = ratio[np.abs(ratio - 1) < 0.2]
    return 100 * (float(np.median(ratio)) - 1) if len(ratio) >= 20 else np.nan


def compare(said, heard, top=RATE / 2):
    """How alike `heard` (as long as it likes) is to `said`; both at 48 kHz.

    `top` is what the codec can carry, in Hz: nothing above it counts, nor a band that reaches there.
    """
    if top < RATE / 2:
        said, heard = band(said, 0, top), band(heard, 0, top)
    heard, late = aligned(said, heard)
    bands = tuple(correlation(envelope(band(said, *edges)), envelope(band(heard, *edges)))
                  for edges in BANDS if edges[1] <= top)
    level = level_db(heard) - level_db(said)
    return Likeness(delay_ms=1000 * late / RATE, bands=bands, level_db=level,
                    correlation=correlation(envelope(said), envelope(heard)),
                    pitch_percent=pitch_difference(said, heard),
                    gap_ms=longest_gap(said, heard, max(level, -60)))


def main():
    parser = argparse.ArgumentParser(description="Compares two WAV files of speech.")
    parser.add_argument("said")
    parser.add_argument("heard")
    options = parser.parse_args()
    likeness = compare(read_wav(options.said), read_wav(options.heard))
    print(likeness)
    faults = list(likeness.faults())
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
