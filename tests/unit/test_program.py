"""A program's events are found, waited for, and missed with a message that tells the story."""
# SPDX-License-Identifier: MIT
import signal

import pytest

from lab.program import Missing, Program


def program(stage, script):
    return Program(stage, ["sh", "-c", script], "actor")


def test_events_are_waited_for_in_any_order(stage):
    actor = program(stage, """echo '{"event":"online"}'; sleep 0.1; echo '{"event":"stats","lost":3}';
                              echo '{"event":"stats","lost":4}'; exit 7""")
    assert actor.wait("stats", lost=4)["lost"] == 4
    assert actor.wait("online")
    assert actor.finish() == 7
    assert [event["lost"] for event in actor.all("stats")] == [3, 4]


def test_what_is_no_event_is_kept_apart(stage):
    actor = program(stage, """echo hello; echo 5; echo '{"x":1}'; echo '{"event":"online"}'""")
    actor.finish()
    assert actor.noise == ["hello", "5", '{"x":1}']
    assert len(actor.events) == 1


def test_a_program_that_leaves_early_fails_the_wait_at_once(stage):
    actor = program(stage, """echo '{"event":"online"}'; echo oh no >&2""")
    with pytest.raises(Missing, match="it left") as missing:
        actor.wait("connected", patience=60)
    assert "online" in str(missing.value) and "oh no" in str(missing.value)


def test_patience_ends(stage):
    actor = program(stage, "exec sleep 60")
    with pytest.raises(Missing, match="0.1 s are over"):
        actor.wait("online", patience=0.1)
    with pytest.raises(Missing, match="did not leave"):
        actor.finish(patience=0.1)
    actor.signal(signal.SIGINT)
    assert actor.finish() == -signal.SIGINT


def test_keys_are_typed_at_a_terminal(stage):
    actor = Program(stage, ["sh", "-c", """test -t 0 && echo '{"event":"terminal"}'; read line;
                            echo "{\\"event\\":\\"$line\\"}" """], "actor", keys=True)
    actor.wait("terminal")
    actor.press("q\n")
    actor.wait("q")
    assert actor.finish() == 0
    actor.stop()
