"""The ruler: it passes what a good call does to speech, and sees each thing a bad one does."""
# SPDX-License-Identifier: MIT
import dataclasses

import numpy as np
import pytest

from lab import measure
from lab.sound import RATE, resample
from lab.speech import ANSWERER, CALLER, speak


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    return speak(CALLER, tmp_path_factory.mktemp("speech") / "said.wav")


def faults(said, heard):
    return " | ".join(measure.compare(said, heard).faults())


def silence(seconds):
    return np.zeros(round(seconds * RATE))


def without(samples, low, high):
    return samples - measure.band(samples, low, high)


def longest_word(samples):
    """Where the longest stretch without a pause begins, in samples."""
    levels = measure.sliding(samples)
    quiet = np.flatnonzero(~measure.speaking(levels, np.sqrt(np.mean(samples ** 2))))
    longest = int(np.argmax(np.diff(quiet)))
    return int(quiet[longest]) * measure.HOP + measure.WINDOW


def with_gap(samples, milliseconds):
    heard = samples.copy()
    at = longest_word(samples)
    heard[at:at + milliseconds * RATE // 1000] = 0
    return heard


def test_the_same_is_alike(speech):
    likeness = measure.compare(speech, speech)
    assert list(likeness.faults()) == []
    assert likeness.correlation == pytest.approx(1)
    assert likeness.delay_ms == 0 and likeness.gap_ms == 0


@pytest.mark.parametrize("late", [0.0137, 0.4, 3.0])
def test_delay_alone_is_no_fault(speech, late):
    heard = np.concatenate([silence(late), speech, silence(1.5)])
    likeness = measure.compare(speech, heard)
    assert likeness.delay_ms == pytest.approx(1000 * late, abs=1)
    assert list(likeness.faults()) == []


def test_a_lost_beginning_shows(speech):
    heard = speech[RATE // 2:]
    likeness = measure.compare(speech, heard)
    assert likeness.delay_ms == pytest.approx(-500, abs=1)
    assert likeness.gap_ms > 200


def test_noise_as_of_a_codec_is_no_fault(speech):
    noise = np.random.default_rng(1).normal(0, 1, len(speech)) * np.abs(speech) * 0.05
    assert faults(speech, speech + noise) == ""


@pytest.mark.parametrize("decibels, bad", [(-2.5, False), (2.5, False), (-6, True), (4, True)])
def test_level(speech, decibels, bad):
    found = measure.compare(speech, speech * 10 ** (decibels / 20))
    assert found.level_db == pytest.approx(decibels, abs=0.01)
    assert ("level" in " ".join(found.faults())) == bad
    assert found.gap_ms == 0


@pytest.mark.parametrize("octave", range(len(measure.BANDS)))
def test_a_band_that_is_missing_is_named(speech, octave):
    low, high = measure.BANDS[octave]
    found = faults(speech, without(speech, low, high))
    assert f"from {low:.0f} to {high:.0f} Hz" in found


@pytest.mark.parametrize("milliseconds, bad", [(40, False), (80, True), (200, True)])
def test_gap(speech, milliseconds, bad):
    found = measure.compare(speech, with_gap(speech, milliseconds))
    assert found.gap_ms == pytest.approx(milliseconds, abs=6)
    assert ("gap" in " ".join(found.faults())) == bad


@pytest.mark.parametrize("percent, bad", [(0.5, False), (3, True), (-3, True)])
def test_pitch(speech, percent, bad):
    """Played too fast in pieces: the pitch is wrong though every piece is in its place."""
    piece = RATE
    heard = np.concatenate([
        resample(np.pad(speech[at:at + piece], (0, piece)), RATE * (1 + percent / 100), RATE)[:piece]
        for at in range(0, len(speech), piece)])
    found = measure.compare(speech, heard)
    assert found.pitch_percent == pytest.approx(percent, abs=0.4)
    assert ("pitch" in " ".join(found.faults())) == bad


def test_silence_fails_in_every_way(speech):
    found = measure.compare(speech, silence(12))
    assert len(list(found.faults())) == len(measure.BANDS) + 4
    assert found.gap_ms > 500


def test_nothing_recorded_fails(speech):
    assert list(measure.compare(speech, silence(0)).faults())


def test_another_voice_fails(speech, tmp_path):
    other = speak(ANSWERER, tmp_path / "other.wav")
    assert "envelopes" in faults(speech, other)


def test_a_stretch_played_twice_fails(speech):
    heard = np.concatenate([speech[:4 * RATE], speech[7 * RATE // 2:]])
    assert "envelopes" in faults(speech, heard)


def test_words_lost_here_and_there_fail(speech):
    """Every tenth packet of 20 ms lost and replaced by silence."""
    heard = speech.copy()
    for at in range(0, len(heard), 10 * measure.WINDOW):
        heard[at:at + measure.WINDOW] = 0
    assert "envelopes" in faults(speech, heard)


def test_the_limits_are_those_of_a_good_call():
    assert dataclasses.astuple(measure.Limits()) == (0.95, 0.90, 3.0, 1.0, 60.0)
