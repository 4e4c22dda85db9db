"""Ctrl-C: politely at first, at once when it is pressed again."""
# SPDX-License-Identifier: MIT
import signal
import time

import pytest

from calls import Call, calling, ended, waiting
from lab.stage import wait_for

FAREWELL = 3  # s that peal gives a server to hear its good-bye


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_not_wait_for_the_server(lab, peal_built, tmp_path, number):
    alice, bob = lab.server.friends("alice", "bob")
    address, relay = lab.relay()
    trace = tmp_path / "trace"
    callee = waiting(lab, bob, "--auto")
    call = Call(calling(lab, alice, bob.jid, "--server", address, "--trace", trace), callee).connected()
    relay.say("hold")
    relay.wait("hold")
    call.caller.signal(number)
    wait_for(lambda: "session-terminate" in trace.read_text(), call.caller.child, "peal")
    again = time.monotonic()
    call.caller.signal(number)
    cause, status = ended(call.caller)
    assert (cause, status) == ("success", 128 + number)
    assert time.monotonic() - again < FAREWELL / 2
    relay.say("go")
    assert ended(call.callee) == ("success", 0)


def test_one_signal_waits_for_the_server_but_not_for_ever(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    address, relay = lab.relay()
    callee = waiting(lab, bob, "--auto")
    call = Call(calling(lab, alice, bob.jid, "--server", address), callee).connected()
    relay.say("hold")
    relay.wait("hold")
    call.caller.signal()
    assert ended(call.caller, 2 * FAREWELL) == ("success", 130)
    relay.say("go")
    assert ended(call.callee) == ("success", 0)
