"""What a caller outside the roster learns before anybody accepted: nothing of where we are, or that we are."""
# SPDX-License-Identifier: MIT
import json

import pytest

from calls import Call, calling, ended, waiting
from lab.program import Missing


@pytest.fixture
def strangers(lab, peal_built):
    return lab.server.strangers("alice", "bob")


def sent(file):
    return "\n".join(line["xml"] for line in map(json.loads, file.read_text().splitlines())
                     if line["trace"] == "sent")


def test_an_automatic_phone_says_nothing_to_a_stranger(lab, strangers):
    alice, bob = strangers
    callee = waiting(lab, bob, "--auto")
    caller = calling(lab, alice, bob.jid, "--ring-timeout", "3")
    assert ended(caller) == ("no-answer", 4)
    assert not caller.all("ringing") and not caller.all("accepted")
    assert not callee.all("incoming")


def test_a_stranger_who_knows_the_resource_is_told_that_nobody_is_there(lab, strangers):
    alice, bob = strangers
    callee = waiting(lab, bob, "--auto", "--resource", "desk")
    caller = calling(lab, alice, f"{bob.jid}/desk")
    assert ended(caller) == ("unreachable", 4)
    assert not caller.all("ringing") and not callee.all("incoming")


def test_who_is_named_by_from_is_no_stranger(lab, strangers):
    alice, bob = strangers
    callee = waiting(lab, bob, "--auto", "--from", alice.jid)
    call = Call(calling(lab, alice, bob.jid, "--duration", "1"), callee).connected()
    assert ended(call.caller) == ended(call.callee) == ("success", 0)


def test_a_contact_who_is_not_named_by_from_is_let_ring(lab, peal_built):
    alice, bob, carol = lab.server.friends("alice", "bob", "carol")
    callee = waiting(lab, bob, "--auto", "--from", carol.jid)
    caller = calling(lab, alice, bob.jid, "--ring-timeout", "3")
    assert ended(caller) == ("no-answer", 4)
    assert not caller.all("ringing") and not callee.all("incoming")


@pytest.mark.parametrize("way", ["proposed", "offered"])
def test_no_address_and_no_packet_goes_to_a_stranger_before_we_accept(lab, strangers, tmp_path, way):
    """The server would show the addresses, the first check would show them without it."""
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    alice, bob = strangers
    trace = tmp_path / "trace"
    callee = waiting(lab, bob, "--resource", "desk", "--trace", trace, keys=True)
    with lab.network.counting_udp(lab.turn.port) as packets:
        caller = calling(lab, alice, bob.jid if way == "proposed" else f"{bob.jid}/desk")
        callee.wait("incoming")
        # Two seconds of ringing: long enough for candidates to be gathered and checks to begin.
        with pytest.raises(Missing):
            caller.wait("ringing", patience=2)
        assert "<candidate " not in sent(trace) and "<ringing " not in sent(trace)
        assert packets() == 0

        callee.press("a")
        Call(caller, callee).connected()
        assert "<candidate " in sent(trace)
        assert packets() > 0
    callee.press("q")
    assert ended(caller) == ended(callee) == ("success", 0)
