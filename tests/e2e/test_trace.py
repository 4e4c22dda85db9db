"""--trace shows every stanza and transition of a call, and no secret in any of them."""
# SPDX-License-Identifier: MIT
import base64
import hashlib
import hmac
import json
import re
import stat
import time

import pytest

from calls import Call, calling, ended, waiting

BLANKED = "(blanked)"
ATTRIBUTE = re.compile(r"\b(?:pwd|password|username|key-params)\s*=\s*(['\"])(.*?)\1")
SASL = re.compile(r"<(auth|response|challenge|success)\b[^>]*xmpp-sasl[^>]*>(.*?)</\1>", re.DOTALL)


@pytest.fixture(scope="module")
def traced(whole_lab, peal_built, tmp_path_factory):
    """A call over the account's TURN service, traced on both sides; whose it was, the files and what was said."""
    lab, folder = whole_lab, tmp_path_factory.mktemp("traces")
    alice, bob = lab.server.friends("alice", "bob")
    files = [folder / "caller.trace", folder / "callee.trace"]
    callee = waiting(lab, bob, "--auto", "--relay-only", "--trace", files[1])
    call = Call(calling(lab, alice, bob.jid, "--relay-only", "--duration", "1", "--trace", files[0]),
                callee)
    for program in (call.caller, call.callee):
        assert ended(program) == ("success", 0)
    told = [program.log.read_text() + json.dumps(program.events)
            for program in (call.caller, call.callee)]
    lab.sweep()
    return (alice, bob), files, told


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def stanzas(file):
    return [line["xml"] for line in lines(file) if line["trace"] in ("sent", "received")]


def turn_passwords(lab):
    """Every password that the server can have made for us: it signs the second at which it ends."""
    now = int(time.time())
    for end in range(now + 3600 - 600, now + 3600 + 10):
        digest = hmac.new(lab.turn.secret.encode(), str(end).encode(), hashlib.sha1).digest()
        yield base64.b64encode(digest).decode()


def test_the_call_can_be_followed(traced):
    _, files, _ = traced
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = "\n".join(stanzas(file))
        for word in ("session-initiate", "session-accept", "session-terminate", "<propose ",
                     "<proceed ", "<candidate ", "<fingerprint ", "<auth ", "<services "):
            assert word in text, f"{file.name} does not tell of {word}"
        machines = {line["machine"] for line in lines(file) if line["trace"] == "transition"}
        assert {"session", "invite", "stream", "link", "login"} <= machines


def test_no_password_is_in_a_trace(whole_lab, traced):
    people, files, told = traced
    passwords = list(turn_passwords(whole_lab))
    for text in [file.read_text() for file in files] + told:
        for person in people:
            user = person.jid.split("@")[0]
            plain = base64.b64encode(f"\0{user}\0{person.password}".encode()).decode()
            for secret in (person.password, base64.b64encode(person.password.encode()).decode(), plain):
                assert secret not in text
        assert not any(password in text for password in passwords)


def test_what_a_login_says_is_blanked(traced):
    _, files, _ = traced
    for file in files:
        said = SASL.findall("\n".join(stanzas(file)))
        assert {name for name, _ in said} >= {"auth", "challenge", "response", "success"}
        assert {payload for _, payload in said} == {BLANKED}


def test_keys_of_ice_and_turn_are_blanked(traced):
    _, files, _ = traced
    for file in files:
        text = "\n".join(stanzas(file))
        values = [value for _, value in ATTRIBUTE.findall(text)]
        assert len(values) >= 6  # ICE's of both sides, and two TURN services with two each
        assert set(values) == {BLANKED}
        assert {"pwd", "password", "username"} <= set(re.findall(r"\b(\w+)='\(blanked\)'", text))
