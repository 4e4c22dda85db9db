"""A failure on a calm machine counts at once; on a busy one the story is told again, not for ever."""
# SPDX-License-Identifier: MIT
import threading

import pytest

from lab.stall import LATE, Heart, Stall, patiently, waited


class Steady:
    def __init__(self, latest=0.0):
        self.latest = latest

    def stop(self):
        return self.latest


class Machine:
    def __init__(self, *states):
        self.states = list(states)

    def busy(self):
        return self.states.pop(0)


def telling(results):
    def story():
        result = results.pop(0)
        assert result, "it went wrong"
        return result
    return story


def test_a_good_story_is_told_once():
    assert patiently(telling(["well"]), begin=Machine, rest=lambda: None) == "well"


def test_on_a_calm_machine_a_failure_counts():
    with pytest.raises(AssertionError, match="went wrong"):
        patiently(telling([None, "well"]), begin=lambda: Machine(False), rest=lambda: None)


def test_on_a_busy_machine_it_is_told_again():
    swept = []
    assert patiently(telling([None, None, "well"]), lambda: swept.append(1),
                     begin=lambda: Machine(True), rest=lambda: None) == "well"
    assert len(swept) == 2


def test_but_not_for_ever():
    results = [None] * 9
    with pytest.raises(AssertionError):
        patiently(telling(results), attempts=4, begin=lambda: Machine(True), rest=lambda: None)
    assert len(results) == 5


@pytest.mark.parametrize("share, busy", [(0.1, False), (0.9, True)])
def test_busy_is_a_share_of_the_time(share, busy):
    times, pressures = iter([100.0, 110.0]), iter([5.0, 5.0 + 10 * share])
    assert Stall(lambda: next(times), lambda: next(pressures), heart=Steady).busy() == busy


def test_without_the_kernels_word_the_load_tells():
    assert not Stall(pressure=lambda: None, load=lambda: (0.1, 0, 0), heart=Steady).busy()
    assert Stall(pressure=lambda: None, load=lambda: (1000.0, 0, 0), heart=Steady).busy()


def test_a_machine_that_stood_still_was_busy():
    assert Stall(pressure=lambda: 0.0, heart=lambda: Steady(2 * LATE)).busy()


def test_a_heart_notices_what_it_missed():
    beats, missed = threading.Event(), iter([0.0, 0.02, 0.04, 1.04])

    def clock():
        try:
            return next(missed)
        except StopIteration:
            beats.set()
            return 1.06
    heart = Heart(clock)
    assert beats.wait(20)
    assert heart.stop() == pytest.approx(0.98)


def test_what_the_kernel_says_grows():
    first = waited()
    if first is None:
        pytest.skip("no /proc/pressure here")
    assert waited() >= first >= 0
