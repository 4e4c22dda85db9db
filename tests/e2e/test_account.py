"""Logging in, keeping accounts, and asking what an address can do, against a real server."""
# SPDX-License-Identifier: MIT
import contextlib
import fcntl
import os
import pty
import signal
import stat

import pytest

from lab.lab import build_folder
from lab.stage import free_port


def finished(program):
    """Its exit status and the event it closed with, which must agree."""
    status = program.finish()
    ended = program.events[-1]
    assert ended["event"] == "ended" and ended["status"] == status, program.story()
    assert not program.noise, program.story()
    return status, ended["cause"]


def config(lab, person):
    return lab.folder / "home" / person.jid / "peal" / "config"


@pytest.fixture
def alice(lab, peal_built):
    return lab.server.strangers("alice")[0]


def test_an_account_that_logged_in_is_kept(lab, alice):
    added = lab.peal(alice, "account", "add", alice.jid)
    assert finished(added) == (0, "success")
    assert added.first("online")["tls"].startswith("TLS")
    assert stat.S_IMODE(config(lab, alice).stat().st_mode) == 0o600

    forgetful = {"PEAL_JID": "", "PEAL_PASSWORD": "", "PEAL_SERVER": "", "PEAL_CA": ""}
    listed = lab.peal(alice, "account", "list", env=forgetful)
    assert finished(listed) == (0, "success")
    assert [event["jid"] for event in listed.all("item")] == [alice.jid]
    asked = lab.peal(alice, "discover", lab.server.domain, env=forgetful)
    assert finished(asked) == (0, "success")

    removed = lab.peal(alice, "account", "remove", alice.jid, env=forgetful)
    assert finished(removed) == (0, "success")
    assert finished(lab.peal(alice, "discover", lab.server.domain, env=forgetful)) == (2, "usage")


def test_accounts_added_at_once_are_all_kept(lab, peal_built, tmp_path):
    """Each read the config before any of them wrote it: they wait for a server that is held until all have."""
    people = lab.server.strangers("alice", "bob", "carol", "dave")
    address, relay = lab.relay()
    relay.say("hold")
    relay.wait("hold")
    shared = {"PEAL_CONFIG": str(tmp_path / "config"), "PEAL_SERVER": address}
    adding = [lab.peal(person, "account", "add", person.jid, env=shared) for person in people]
    relay.wait_until(lambda: len(relay.all("taken")) == len(people), 30, "connections of all")
    relay.say("go")
    assert [finished(program) for program in adding] == [(0, "success")] * len(people)
    listed = lab.peal(people[0], "account", "list", env=shared)
    assert finished(listed) == (0, "success")
    assert {event["jid"] for event in listed.all("item")} == {person.jid for person in people}

    removing = [lab.peal(person, "account", "remove", person.jid, env=shared) for person in people]
    assert [finished(program) for program in removing] == [(0, "success")] * len(people)
    assert "[" not in (tmp_path / "config").read_text()


def test_a_config_that_another_program_holds(lab, alice):
    kept = config(lab, alice)
    kept.parent.mkdir(parents=True)
    with open_folder(kept.parent) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        added = lab.peal(alice, "account", "add", alice.jid)
        assert finished(added) == (9, "file")
    assert not kept.exists()


@contextlib.contextmanager
def open_folder(path):
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)


def test_the_command_that_knows_the_password_is_kept_instead_of_it(lab, alice):
    command = f"echo {alice.password}"
    added = lab.peal(alice, "account", "add", alice.jid, "--password-command", command,
                     env={"PEAL_PASSWORD": ""})
    assert finished(added) == (0, "success")
    text = config(lab, alice).read_text()
    assert "password-command=" in text and "\npassword=" not in text


def test_a_wrong_password_is_not_kept(lab, alice):
    added = lab.peal(alice, "account", "add", alice.jid, env={"PEAL_PASSWORD": "wrong"})
    assert finished(added) == (3, "auth")
    assert not config(lab, alice).exists()


def test_an_unknown_authority_is_refused(lab, alice):
    assert finished(lab.peal(alice, "discover", lab.server.domain, env={"PEAL_CA": ""})) == (7, "security")


def test_a_server_that_is_not_there(lab, alice):
    nowhere = f"127.0.0.1:{free_port()}"
    assert finished(lab.peal(alice, "discover", "x", "--server", nowhere)) == (3, "connect")


def test_what_a_server_offers(lab, alice):
    asked = lab.peal(alice, "discover", lab.server.domain)
    assert finished(asked) == (0, "success")
    assert asked.first("feature", name="identity:server/im")
    assert asked.first("feature", name="urn:xmpp:extdisco:2")["text"] == "STUN and TURN services"


def test_an_address_that_nobody_has(lab, alice):
    asked = lab.peal(alice, "discover", f"nobody@{lab.server.domain}")
    assert finished(asked) == (4, "unreachable")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_server_is_slow(lab, alice, number):
    address, relay = lab.relay(delay_ms=60000)
    asked = lab.peal(alice, "discover", lab.server.domain, "--server", address)
    relay.wait("taken")  # it listens for signals before it connects
    asked.signal(number)
    assert finished(asked) == (128 + number, "cancelled")


def typed_at_the_terminal(lab, person, keys):
    """`peal discover` in a terminal of its own, and `keys` once it asks; its exit status, and what it showed."""
    env = lab.environment(person) | {"PEAL_PASSWORD": ""}
    argv = [str(part) for part in lab.network.wrap([build_folder() / "peal", "discover", lab.server.domain])]
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(argv[0], argv, env)
    shown = b""
    while not shown.endswith(b": "):
        shown += os.read(terminal, 1)
    os.write(terminal, keys)
    with contextlib.suppress(OSError):  # the end of a terminal
        while more := os.read(terminal, 4096):
            shown += more
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


@pytest.mark.parametrize("before", ["", "wrong\x15", "é\x7f"])
def test_a_password_is_typed_without_echo(lab, alice, before):
    status, shown = typed_at_the_terminal(lab, alice, f"{before}{alice.password}\n".encode())
    assert status == 0, shown
    assert alice.password not in shown and "wrong" not in shown


def test_ctrl_c_instead_of_a_password(lab, alice):
    status, shown = typed_at_the_terminal(lab, alice, b"secret\x03")
    assert status == 3 and "no password was typed" in shown and "secret" not in shown


def test_what_the_devices_of_a_friend_can_do(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    there = lab.peal(bob, "answer", "--audio-in", "silence", "--audio-out", "none")
    device = there.wait("online")["jid"]
    asked = lab.peal(alice, "discover", bob.jid)
    assert finished(asked) == (0, "success")
    assert asked.first("feature", jid=device, name="identity:client/pc")["text"] == "peal"
    for feature in ("urn:xmpp:jingle:apps:rtp:audio", "urn:xmpp:jingle:transports:ice-udp:1"):
        assert asked.first("feature", jid=device, name=feature)["text"]
