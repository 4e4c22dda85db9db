"""Credentials of a relay that end after some seconds: a call outlives them, and the next call has new ones."""
# SPDX-License-Identifier: MIT
import pytest

from calls import Call, calling, ended, waiting
from lab.lab import Lab

TTL = 6


@pytest.fixture
def hasty_lab():
    """A server whose TURN credentials last TTL seconds; coturn takes them no longer."""
    with Lab("peal-hasty") as lab:
        lab.server.change("ttl = 3600", f"ttl = {TTL}")
        yield lab


def test_calls_outlive_the_credentials_of_their_relay(hasty_lab, peal_built):
    alice, bob = hasty_lab.server.friends("alice", "bob")
    callee = waiting(hasty_lab, bob, "--auto", "--relay-only", once=False)
    for seconds in (TTL + 1, 1):
        call = Call(calling(hasty_lab, alice, bob.jid, "--relay-only", "--duration", str(seconds)), callee)
        assert call.caller.wait("connected")["path"] == "relayed"
        assert ended(call.caller) == ("success", 0)
