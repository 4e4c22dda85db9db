"""How late, and how much worse, speech comes out of a call than it went in: a ruler for calls that adapt.

The delay changes in mid-call where a jitter buffer learns. So each window of speech is looked for by
itself, where its waveform fits best; its delay is that of its middle, by the clock.
"""
# SPDX-License-Identifier: MIT
import dataclasses

import numpy as np

from lab.sound import RATE, resample

COARSE = 8000                 # Hz: where the voice is
WINDOW, HOP = RATE * 2 // 5, RATE // 5
LONGEST = 1.0                 # s: nobody holds a conversation later than that
ALIKE = 0.6                   # of a perfect fit: this is what was said
SPOKEN_DB = -25               # a part this far under the mean level says too little
FRAME = RATE // 50
EDGES = np.geomspace(100, 7000, 17)  # Hz: 16 bands
FLOOR_DB = 30                 # under the level of the speech: below nothing is heard
SPOILT_DB = 6.0               # two spectra further apart in the mean sound like something else


@dataclasses.dataclass(frozen=True)
class Timed:
    """Samples, and when they passed: the part that begins with sample `firsts[k]` did at `times[k]`."""
    samples: np.ndarray
    firsts: np.ndarray
    times: np.ndarray

    def when(self, index):
        """When that sample passed, as the sound of a part takes its time."""
        part = max(np.searchsorted(self.firsts, index, "right") - 1, 0)
        return self.times[part] + (index - self.firsts[part]) / RATE

    def at(self, when):
        """The first sample of the part that was passing then."""
        return int(self.firsts[np.clip(np.searchsorted(self.times, when, "right") - 1, 0, len(self.times) - 1)])


@dataclasses.dataclass(frozen=True)
class Lateness:
    """NaN: nothing was recognised."""
    delay_ms: float           # of the middle one of all windows
    worst_ms: float           # 19 of 20 are not later
    found: float              # share of the windows that were recognised
    spoilt: float             # share of all 20 ms of speech that sound otherwise


def best_fit(window, region):
    """Where in `region` `window` fits best, and how well: 1 is perfectly."""
    if len(region) < len(window):
        return 0, 0.0
    size = 1 << (len(region) + len(window)).bit_length()
    spectrum = np.fft.rfft(region, size) * np.conj(np.fft.rfft(window, size))
    fit = np.fft.irfft(spectrum, size)[:len(region) - len(window) + 1]
    total = np.concatenate([[0], np.cumsum(region ** 2)])
    power = (total[len(window):] - total[:len(total) - len(window)]) * (window @ window)
    like = fit / np.sqrt(np.maximum(power, 1e-12))
    best = int(np.argmax(like))
    return best, float(like[best])


def spectra(samples, starts):
    """The power in each band of the 20 ms from each start."""
    frames = np.stack([samples[start:start + FRAME] for start in starts]) * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    frequencies = np.fft.rfftfreq(FRAME, 1 / RATE)
    return np.stack([power[:, (frequencies >= low) & (frequencies < high)].sum(axis=1)
                     for low, high in zip(EDGES, EDGES[1:])], axis=1)


def spoilt_share(said, heard, pairs):
    """Of all 20 ms of speech: the share whose spectrum is another. `pairs` say where the same 200 ms begin."""
    starts = [(mine + offset, other + offset) for mine, other in pairs for offset in range(0, HOP, FRAME)
              if 0 <= other + offset <= len(heard) - FRAME]
    if not starts:
        return 1.0
    one, other = spectra(said, [start for start, _ in starts]), spectra(heard, [start for _, start in starts])
    level = one.sum(axis=1).mean()
    other *= level / max(other.sum(axis=1).mean(), 1e-12)
    floor = level / len(one[0]) * 10 ** (-FLOOR_DB / 10)
    apart = np.abs(10 * np.log10((one + floor) / (other + floor))).mean(axis=1)
    return float(np.mean(apart[one.sum(axis=1) > level * 10 ** (SPOKEN_DB / 10)] > SPOILT_DB))


def windows(said):
    """Where those begin in which something is said."""
    level = np.sqrt(np.mean(said ** 2)) * 10 ** (SPOKEN_DB / 20)
    return [start for start in range(0, len(said) - WINDOW, HOP)
            if np.sqrt(np.mean(said[start:start + WINDOW] ** 2)) > level]


def measure(said, heard):
    """Two Timed: what passed the microphone, and what passed the speaker."""
    small = resample(said.samples, RATE, COARSE), resample(heard.samples, RATE, COARSE)
    ratio, delays, pairs, lag = RATE // COARSE, [], [], None
    spoken = windows(said.samples)
    for start in spoken:
        now = said.when(start)
        low, high = heard.at(now) // ratio, (heard.at(now + LONGEST) + WINDOW) // ratio
        best, like = best_fit(small[0][start // ratio:(start + WINDOW) // ratio], small[1][low:high])
        middle = start + (WINDOW - HOP) // 2
        if like > ALIKE:
            lag = (low + best) * ratio - start
            delays.append(heard.when(middle + lag) - said.when(middle))
        if lag is not None:  # one that is spoilt too much to be recognised is where the last one was
            pairs.append((middle, middle + lag))
    if not delays:
        return Lateness(np.nan, np.nan, 0.0, 1.0)
    return Lateness(1000 * float(np.median(delays)), 1000 * float(np.percentile(delays, 95)),
                    len(delays) / len(spoken), spoilt_share(said.samples, heard.samples, pairs))
