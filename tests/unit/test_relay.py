"""The relay between a program and its server: late, held back, cut."""
# SPDX-License-Identifier: MIT
import re
import socket
import time

import pytest

from lab.lab import ROOT
from lab.program import Program
from lab.stage import free_port


@pytest.fixture
def far(stage):
    """A socket that reaches an echo through a relay of 100 ms each way, and the relay."""
    target, listen = free_port(), free_port()
    with socket.create_server(("127.0.0.1", target)) as server:
        relay = Program(stage, ["/usr/bin/python3", ROOT / "tests/lab/relay.py", listen, target, 100],
                        "relay", lines=True)
        relay.wait("ready")
        with socket.create_connection(("127.0.0.1", listen), 5) as here:
            there, _ = server.accept()
            there.settimeout(5)
            here.sendall(b".")
            assert there.recv(1) == b"."
            yield here, there, relay
            there.close()


def test_everything_comes_in_order_and_late(far):
    here, there, _ = far
    begun = time.monotonic()
    for number in range(10):
        here.sendall(b"%d" % number)
    got = b""
    while len(got) < 10:
        got += there.recv(100)
    assert got == b"0123456789"
    assert time.monotonic() - begun >= 0.1


def test_what_is_held_comes_later(far):
    here, there, relay = far
    relay.say("hold")
    relay.wait("hold")
    here.sendall(b"patience")
    there.settimeout(0.3)
    with pytest.raises(TimeoutError):
        there.recv(100)
    there.settimeout(5)
    relay.say("go")
    assert there.recv(100) == b"patience"


def test_a_cut_is_a_reset(far):
    here, there, relay = far
    relay.say("cut")
    relay.wait("cut")
    with pytest.raises(ConnectionResetError):
        there.recv(100)
        there.recv(100)


def test_the_server_forges_fingerprints_of_the_forged_only(lab):
    """Two peers call each other: one whose fingerprint is turned on the way never connects."""
    honest, forged = lab.server.friends("bob", "forged")
    assert re.match("forged-", forged.jid)
    bob = lab.webrtc(honest)
    bob.wait("ready")
    lab.webrtc(forged, "--to", honest.jid, "--timeout", "3")
    assert bob.wait("result")["dtls"] == "failed"
    assert not bob.all("state", state="connected")
