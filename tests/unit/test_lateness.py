"""The ruler for calls that adapt, on speech whose delay and damage are known; and the clock that it needs."""
# SPDX-License-Identifier: MIT
import numpy as np
import pytest

from lab.conversation import CHUNK, Conversation, End
from lab.lateness import Timed, measure
from lab.network import HostNetwork
from lab.sound import RATE
from lab.speech import CALLER, speak
from lab.stage import wait_for

PART = RATE // 50
SEED = 4


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    return speak(CALLER, tmp_path_factory.mktemp("speech") / "said.wav")


def timed(samples, part, begun=0.0):
    firsts = np.arange(0, len(samples), part)
    return Timed(samples, firsts, begun + firsts / RATE)


def late(samples, seconds):
    return np.concatenate([np.zeros(round(seconds * RATE)), samples])


def test_a_delay_is_found_whatever_the_parts_are(speech):
    found = measure(timed(speech, CHUNK), timed(late(speech, 0.085), PART))
    assert found.delay_ms == pytest.approx(85, abs=0.5)
    assert found.worst_ms == pytest.approx(85, abs=0.5)
    assert found.found == 1 and found.spoilt == 0


def test_what_comes_late_is_late_however_few_samples_there_are(speech):
    """The first second was never delivered: what counts is the clock, not the place in the file."""
    found = measure(timed(speech, CHUNK, 100.0), timed(speech[RATE:], PART, 101.05))
    assert found.delay_ms == pytest.approx(50, abs=0.5)


def test_a_delay_that_grows_is_seen_by_the_worst(speech):
    half = len(speech) * 3 // 4
    heard = np.concatenate([late(speech[:half], 0.06), np.zeros(RATE // 10), speech[half:]])
    found = measure(timed(speech, CHUNK), timed(heard, PART))
    assert found.delay_ms == pytest.approx(60, abs=0.5)
    assert found.worst_ms == pytest.approx(160, abs=0.5)


def test_missing_packets_are_spoilt_sound(speech):
    whole = len(speech) // PART
    missing = np.random.default_rng(SEED).random(whole) < 0.1
    heard = speech[:whole * PART] * np.repeat(~missing, PART)
    found = measure(timed(speech, CHUNK), timed(late(heard, 0.06), PART))
    assert found.delay_ms == pytest.approx(60, abs=0.5)
    assert 0.05 < found.spoilt < 0.25


def test_noise_is_nothing_that_was_said(speech):
    noise = np.random.default_rng(SEED).normal(0, 0.07, len(speech))
    found = measure(timed(speech, CHUNK), timed(noise, PART))
    assert np.isnan(found.delay_ms) and found.found == 0 and found.spoilt == 1


class Place:
    """As much of a laboratory as an end needs."""

    def __init__(self, stage):
        self.stage, self.folder = stage, stage.folder


def test_a_conversation_hands_over_every_sample_once_and_in_time(stage, speech):
    said = speech[:RATE]

    def echo(events, orders):
        return ["bash", "-c", f'read word <&{orders}; echo "{{\\"event\\": \\"$word\\"}}" >&{events}; exec cat']
    ends = [End(Place(stage), HostNetwork(), name, echo) for name in ("one", "other")]
    for end in ends:
        end.order("ready")
    with Conversation(*ends) as conversation:
        for end in ends:
            end.wait("ready")
        conversation.talk([said, said[::-1]])
        spoken = [end.spoken() for end in ends]
        wait_for(lambda: all(len(end.heard) >= 2 * RATE for end in ends), ends[1].child, "the last of it")
        ends[0].stage.end(ends[0].child)  # one that leaves ends neither the clock nor the other
        number = conversation.number
        wait_for(lambda: conversation.number > number, ends[1].child, "the clock")
    for end, mine in zip(ends, spoken):
        heard = end.listened()
        assert len(mine.samples) == RATE and np.all(np.diff(mine.times) > 0)
        assert np.array_equal(heard.samples[:RATE], mine.samples)
        assert heard.when(0) >= mine.when(0) + 0.01, "not before its last sample was said"
