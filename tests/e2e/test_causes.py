"""Every row of docs/causes.md, played by real programs through a real server."""
# SPDX-License-Identifier: MIT
import pathlib
import signal

import pytest

from calls import Call, calling, ended, firewall, waiting

TABLE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "causes.md"
SCENES = {}
NOBODY = ("-", "-")


def rows():
    """row: ((cause, status) of the caller, the same of the callee)."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and cells[0] not in ("row", "---"):
            name, _, *ends = cells
            found[name] = (tuple(ends[:2]), tuple(ends[2:]))
    return found


def scene(play):
    SCENES[play.__name__.replace("_", "-")] = play
    return play


@pytest.mark.parametrize("row", rows())
def test_row(lab, peal_built, row):
    call = SCENES[row](lab)
    caller, callee = rows()[row]
    assert tuple(map(str, ended(call.caller))) == caller
    if callee != NOBODY:
        cause, status = call.callee if isinstance(call.callee, tuple) else ended(call.callee)
        assert (cause, str(status)) == callee


def test_every_scene_has_its_row():
    assert set(SCENES) == set(rows())


def active(lab, *arguments, at_a_terminal=()):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", keys="callee" in at_a_terminal)
    return Call(calling(lab, alice, bob.jid, *arguments, keys="caller" in at_a_terminal),
                callee).connected()


def unanswered(lab, *arguments, resource=None, **options):
    """Bob sits at a terminal and lets it ring; by `resource` he is called directly."""
    alice, bob = lab.server.friends("alice", "bob")
    named = ["--resource", resource] if resource else []
    callee = waiting(lab, bob, *named, keys=True)
    to = f"{bob.jid}/{resource}" if resource else bob.jid
    return Call(calling(lab, alice, to, *arguments, **options), callee).rings()


@scene
def hangup_caller(lab):
    call = active(lab, at_a_terminal=["caller"])
    call.caller.press("q")
    return call


@scene
def hangup_callee(lab):
    call = active(lab, at_a_terminal=["callee"])
    call.callee.press("q")
    return call


def connecting(lab):
    """Both want the call, but a firewall takes every packet."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", keys=True)
    caller = calling(lab, alice, bob.jid, keys=True)
    for program in (caller, callee):
        program.wait("connecting")
    return Call(caller, callee)


@scene
def hangup_connecting_caller(lab):
    with firewall(lab):
        call = connecting(lab)
        call.caller.press("q")
        call.callee.finish()
    return call


@scene
def hangup_connecting_callee(lab):
    with firewall(lab):
        call = connecting(lab)
        call.callee.press("q")
        call.caller.finish()
    return call


@scene
def hangup_both(lab):
    call = active(lab, at_a_terminal=["caller", "callee"])
    call.callee.press("q")
    call.caller.press("q")
    return call


@scene
def duration(lab):
    return active(lab, "--duration", "1")


@scene
def declined(lab):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob)
    return Call(calling(lab, alice, bob.jid), callee)


@scene
def declined_direct(lab):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--resource", "desk")
    return Call(calling(lab, alice, f"{bob.jid}/desk"), callee)


@scene
def busy(lab):
    alice, bob, carol = lab.server.friends("alice", "bob", "carol")
    callee = waiting(lab, bob, "--auto")
    Call(calling(lab, carol, bob.jid), callee).connected()
    late = calling(lab, alice, bob.jid)
    second = callee.wait_until(
        lambda: [event for event in callee.all("ended") if event["peer"].startswith(alice.jid)],
        30, "end of the second call")[0]
    assert "status" not in second, "that was the end of the command, not of the call"
    return Call(late, (second["cause"], "-"))


@scene
def no_answer(lab):
    return unanswered(lab, "--ring-timeout", "2")


@scene
def cancelled(lab):
    call = unanswered(lab, keys=True)
    call.caller.press("q")
    return call


@scene
def cancelled_direct(lab):
    call = unanswered(lab, keys=True, resource="desk")
    call.caller.press("q")
    return call


@scene
def ctrl_c_ringing(lab):
    call = unanswered(lab)
    call.caller.signal(signal.SIGINT)
    return call


@scene
def ctrl_c_active(lab):
    call = active(lab)
    call.caller.signal(signal.SIGINT)
    return call


@scene
def ctrl_c_callee_ringing(lab):
    call = unanswered(lab, "--ring-timeout", "3")
    call.callee.signal(signal.SIGINT)
    return call


@scene
def ctrl_c_callee_direct(lab):
    call = unanswered(lab, resource="desk")
    call.callee.signal(signal.SIGINT)
    return call


@scene
def ctrl_c_callee_active(lab):
    call = active(lab)
    call.callee.signal(signal.SIGINT)
    return call


def both_call(lab, resources=("", "")):
    """A quarter of a second each way to the server, and both begin at once: what each sends first is
    under way before the other's arrives."""
    people = lab.server.friends("alice", "bob")
    addresses, relays = zip(*(lab.relay(delay_ms=250) for _ in people))
    for relay in relays:
        relay.say("hold")
        relay.wait("hold")
    programs = []
    for person, other, address, own, to in zip(people, people[::-1], addresses, resources,
                                               resources[::-1]):
        named = ["--resource", own] if own else []
        programs.append(calling(lab, person, f"{other.jid}/{to}" if to else other.jid, *named,
                                "--server", address, "--duration", "1"))
    for relay in relays:
        relay.wait("taken")
    for relay in relays:
        relay.say("go")
    call = Call(*programs).connected()
    for program in programs:
        assert len({event["call"] for event in program.all("connected")}) == 1
    return call


@scene
def tie_break(lab):
    return both_call(lab)


@scene
def tie_break_direct(lab):
    return both_call(lab, ("desk", "phone"))


@scene
def elsewhere(lab):
    alice, bob = lab.server.friends("alice", "bob")
    others = [waiting(lab, bob, "--resource", name, keys=True) for name in ("desk", "phone")]
    waiting(lab, bob, "--resource", "door", "--auto")
    caller = calling(lab, alice, bob.jid, "--duration", "1")
    assert ended(others[0]) == ("elsewhere", 5)
    return Call(caller, others[1])


@scene
def unknown_jid(lab):
    [alice] = lab.server.strangers("alice")
    return Call(calling(lab, alice, f"nobody@{lab.server.domain}"))


@scene
def offline(lab):
    alice, bob = lab.server.friends("alice", "bob")
    return Call(calling(lab, alice, bob.jid))


@scene
def not_there(lab):
    alice, bob = lab.server.friends("alice", "bob")
    waiting(lab, bob, "--resource", "desk", "--auto")
    return Call(calling(lab, alice, f"{bob.jid}/phone"))


@scene
def no_jingle(lab):
    alice, bob = lab.server.friends("alice", "bob")
    lab.webrtc(bob, "--no-jingle").wait("ready")
    return Call(calling(lab, alice, bob.jid))


@scene
def no_codec(lab):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", "--codec", "opus")
    return Call(calling(lab, alice, bob.jid, "--codec", "pcmu"), callee)


@scene
def no_path(lab):
    with firewall(lab):
        alice, bob = lab.server.friends("alice", "bob")
        callee = waiting(lab, bob, "--auto")
        call = Call(calling(lab, alice, bob.jid), callee)
        for program in (call.caller, call.callee):
            program.finish(60)
    return call


@scene
def fingerprint(lab):
    alice, forged = lab.server.friends("alice", "forged")
    callee = waiting(lab, forged, "--auto")
    return Call(calling(lab, alice, forged.jid), callee)


@scene
def unencrypted(lab):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto")
    return Call(calling(lab, alice, bob.jid, "--encryption", "none"), callee)


@scene
def killed(lab):
    call = active(lab)
    call.callee.signal(signal.SIGKILL)
    call.caller.wait("ended", patience=15)
    return call


@scene
def wrong_password(lab):
    alice, bob = lab.server.friends("alice", "bob")
    return Call(calling(lab, alice, bob.jid, env={"PEAL_PASSWORD": "wrong"}))


@scene
def refused_port(lab):
    alice, bob = lab.server.friends("alice", "bob")
    return Call(calling(lab, alice, bob.jid, "--server", "127.0.0.1:9"))


@scene
def untrusted_server(lab):
    alice, bob = lab.server.friends("alice", "bob")
    return Call(calling(lab, alice, bob.jid, env={"PEAL_CA": ""}))


@scene
def usage(lab):
    alice, bob = lab.server.friends("alice", "bob")
    return Call(calling(lab, alice, bob.jid, "--frobnicate"))


def test_a_killed_caller_is_lost_too(lab, peal_built):
    call = active(lab)
    call.caller.signal(signal.SIGKILL)
    call.callee.wait("ended", patience=15)
    assert ended(call.callee) == ("lost", 10)
