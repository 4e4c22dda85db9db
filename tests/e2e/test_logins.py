"""Every way a login can fail (docs/causes.md), played by scripted servers, and told as a user is told."""
# SPDX-License-Identifier: MIT
import base64
import dataclasses
import json
import pathlib
import re

import pytest

from lab.hostile import ABROAD, DOMAIN, PASSWORD, STEPS
from lab.stage import wait_for
from logins import ALICE, PATIENCE, STEP_SECONDS, Scene, Theatre, at, by, mute

ROOT = pathlib.Path(__file__).resolve().parents[2]


# What a server is silent about, as the sentence calls it.
OWED = {"features": "the stream features before TLS", "proceed": "<proceed/>", "tls": "the TLS handshake",
        "header2": "the stream header", "features2": "the stream features", "challenge": "the SASL challenge",
        "success": "the SASL success", "header3": "the stream header after the login",
        "features3": "the stream features after the login", "bind": "<bind/>", "enable": "<enable/>"}
INSIDE = STEPS[STEPS.index("header2"):]  # what comes once TLS stands

SCENES = {
    "password-file": [Scene("honest", ("--password-file", "/nowhere"), later=False)],
    "password-command": [Scene("honest", ("--password-command", "exit 3"), later=False)],
    "empty-password": [Scene("honest", ("--password-file", "/dev/null"), later=False),
                       Scene("honest", ("--password-command", "echo"), later=False)],
    "no-terminal": [Scene("honest", password="", later=False)],
    "unknown-domain": [Scene(zone="nobody.test", private=True)],
    "broken-names": [Scene(zone="broken.test", private=True)],
    "no-service": [Scene(zone="elsewhere.test", private=True)],
    "refused": [Scene("refused")],
    "proxy-down": [by("http://", "refused"), by("socks5://", "refused"), by("http://", "close@header"),
                   by("socks5://", "web-server")],
    "proxy-asks": [by("http://", "http-asks"), by("socks5://", "socks-asks")],
    "proxy-password": [by("http://alice@", "http-asks"), by("socks5://alice@", "socks-asks")],
    "proxy-forbids": [by("http://", "http-forbids"), by("socks5://", "socks-forbids")],
    "no-way": [Scene(server="192.0.2.1", private=True)],
    "mute-connect": mute("connect", "TCP"),
    "mute-header": [*mute("accept", "the stream header before TLS"), *mute("header", "the stream header before TLS")],
    **{f"mute-{step}": mute(step, says) for step, says in OWED.items()},
    "closed": at("close", "features", "proceed", *INSIDE, **OWED),
    "reset": at("reset", "features", "proceed", *INSIDE, **OWED),
    "ended": at("end", "features", "proceed", *(step for step in INSIDE if not step.startswith("header")), **OWED),
    "clear-abroad": [Scene("abroad", ("--tls", "off"), server=ABROAD, private=True, later=False)],
    "bad-ca": [Scene("honest", ("--ca", "/dev/null"), later=False)],
    "starttls-stripped": [Scene("starttls-stripped")],
    "starttls-refused": [Scene("starttls-refused")],
    "starttls-injected": [Scene("starttls-injected")],
    "mute-tls": [*mute("tls", OWED["tls"]), *mute("accept", OWED["tls"], "--tls", "direct")],
    "no-handshake": [Scene("no-tls"), *at("close", "tls")],
    "unknown-ca": [Scene("unknown-ca")],
    "other-host": [Scene("other-host")],
    "expired": [Scene("expired")],
    "not-yet-valid": [Scene("not-yet-valid")],
    "weak": [Scene("weak")],
    "no-xmpp": [*(Scene(name) for name in ("web-server", "shell-server", "noise", "web-page", "document-type",
                                           "malformed", "not-utf8")), *at("end", "header2", "header3")],
    "huge": [Scene("huge"), Scene("endless")],
    "out-of-turn": [Scene("out-of-turn"), Scene("bind-nonsense")],
    "host-unknown": [Scene("host-unknown"), Scene("host-unknown-in-clear")],
    "conflict": [Scene("conflict")],
    "sent-away": [Scene("elsewhere-in-clear"), Scene("circle", says="circle"), Scene("nowhere", says="no server")],
    "stream-error": [Scene("policy-violation", says="policy-violation"),
                     Scene("shutting-down", says="system-shutdown")],
    "no-mechanism": [Scene("no-mechanism", says="X-OAUTH2, GSSAPI"), Scene("no-mechanisms", says="none")],
    "too-weak": [Scene("too-weak")],
    "other-pin": [Scene("honest", ("--server-pin", f"sha256:{'00' * 32}"), later=False)],
    "other-client": [Scene("other-client", ("--certificate", "client.pem"), later=False)],
    "plain-in-clear": [Scene("plain-in-clear", ("--tls", "off"), later=False)],
    "rounds": [Scene("many-rounds", says="4000000000"), Scene("one-round", says=" 1 ")],
    "wrong-password": [Scene("wrong-password"), Scene("unknown-user")],
    "account-disabled": [Scene("account-disabled")],
    "credentials-expired": [Scene("credentials-expired")],
    "refused-login": [Scene("unheard-of")],
    "temporary": [Scene("temporary")],
    "lists-changed": [Scene("lists-changed")],
    "other-tls": [Scene("other-tls")],
    "server-proof": [Scene(name) for name in ("wrong-proof", "no-proof", "early-success", "foreign-nonce")],
    "no-bind": [Scene("no-bind")],
    "bind-refused": [Scene("bind-refused")],
}
SECOND = Scene(zone="second.test", arguments=("--connect-timeout", STEP_SECONDS[1]), private=True)
# What only a session that was there can meet.
LATER = {
    "weaker": "only-plain",
    "resume-lies": "resume-lies",
}
# What no server on this machine can bring about, and the C test that shows it instead.
ELSEWHERE = {"revoked": ("stream/test_trust.c", "each_flaw_has_its_word")}

@dataclasses.dataclass(frozen=True)
class Row:
    failure: str
    cause: str
    status: int
    later: str  # what becomes of a session that was there
    advice: str


def rows():
    """The second table of docs/causes.md."""
    found = {}
    for line in (ROOT / "docs" / "causes.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 7 and cells[0] not in ("row", "---"):
            name, _, failure, cause, status, later, advice = cells
            found[name] = Row(failure, cause, int(status), later, advice)
    return found


ROWS = rows()


def lost(script):
    """A server with which a session breaks, and which then does what `script` says, and then what it should."""
    return f"reset@session,{script},honest"


def coming_back():
    """(row, script) of each row that can happen to a session that was there."""
    for row, scenes in SCENES.items():
        if scenes[0].later and scenes[0].script and not scenes[0].server and scenes[0].script != "refused" and (
                not row.startswith("mute") or row == "mute-features2"):
            yield row, lost(scenes[0].script)
    for row, script in LATER.items():
        yield row, lost(script)


RESUMED, RENEWED = "reset@session,honest", "reset@session,resume-refused"
WATCHED = lost("resume-refused")  # a port is for one program: it counts who comes
# How a session itself may end: the failure, and what becomes of it.
SESSIONS = {"restarting,honest": ("stream-error", "again"), "lies-about-h,honest": ("resume", "again"),
            "end@session,honest": ("stream-closed", "again"), "close@session,honest": ("broken", "again"),
            "replaced": ("conflict", "ends")}
BACK = dict(coming_back())


@pytest.fixture(scope="module")
def theatre(whole_lab, peal_built, request):
    scripts = {scene.script for scenes in SCENES.values() for scene in scenes
               if scene.script and (whole_lab.network.private or not scene.private)}
    scripts |= {"honest", "elsewhere", "refused", "mute@accept", "reset@tls", RESUMED, RENEWED, WATCHED,
                *BACK.values(), *SESSIONS}
    theatre = Theatre(whole_lab, sorted(scripts))
    try:
        theatre.ask(theatre.log_in, Scene("honest"))
        if whole_lab.network.private:
            theatre.answer_names()
            if theatre.plays(SECOND):
                theatre.ask(theatre.log_in, SECOND)
            whole_lab.network.run("ip", "route", "add", "unreachable", "192.0.2.0/24")
        begin(theatre, [item.callspec.params for item in request.session.items
                        if item.path == request.path and hasattr(item, "callspec")])
        yield theatre
    finally:
        theatre.close()
        if whole_lab.network.private:
            whole_lab.network.run("ip", "route", "delete", "192.0.2.0/24")


def begin(theatre, wanted):
    """Starts what the tests to come will ask for, so that they wait for all of it at once."""
    for parameters in wanted:
        for scene in SCENES.get(parameters.get("row"), ()):
            if theatre.plays(scene):
                theatre.ask(theatre.log_in, scene)
        script = BACK.get(parameters.get("back"), parameters.get("script"))
        if script:
            theatre.ask(theatre.come_back, script)


# --- what is told ---

def sentence_of(program):
    """The one line on stderr, without what differs from run to run."""
    lines = program.log.read_text().splitlines()
    assert len(lines) == 1 and lines[0].startswith("peal: "), program.story()
    return re.sub(r":\d{4,5}\b", ":PORT", lines[0].removeprefix("peal: "))


def advises(sentence, row):
    """What to do comes last, but for what a library said."""
    return re.search(rf"{re.escape(row.advice)}( \(.*\))?$", sentence)


def check_end(program, row):
    last = program.events[-1]
    told = (last["event"], last.get("failure"), last["cause"], last["status"], program.child.returncode)
    assert told == ("ended", row.failure, row.cause, row.status, row.status), program.story()


def check_secret(program, trace):
    told = program.log.read_text() + trace + "".join(program.noise) + json.dumps(program.events)
    for secret in (PASSWORD, base64.b64encode(f"\0alice\0{PASSWORD}".encode()).decode()):
        assert secret not in told, program.story()


def staged(theatre, row):
    scenes = [scene for scene in SCENES[row] if theatre.plays(scene)]
    if not scenes:
        pytest.skip("no network, or no mounts, of our own here")
    return [(scene, *theatre.ask(theatre.log_in, scene).result()) for scene in scenes]


@pytest.mark.parametrize("row", SCENES)
def test_row(theatre, row):
    for scene, program, trace in staged(theatre, row):
        check_end(program, ROWS[row])
        check_secret(program, trace)
        assert not program.noise, program.story()
        sentence = sentence_of(program)
        assert advises(sentence, ROWS[row]), program.story()
        assert scene.says in sentence, program.story()
        named = scene.server or scene.zone or DOMAIN
        assert re.search(rf"{DOMAIN}|127\.0\.0\.1|{named}|--ca|password", sentence), program.story()


def test_each_way_has_its_own_sentence(theatre):
    said = {}
    for row in SCENES:
        if theatre.plays(SCENES[row][0]):
            for _scene, program, _trace in staged(theatre, row):
                said.setdefault(sentence_of(program), set()).add(row)
    assert [both for both in said.items() if len(both[1]) > 1] == []


def test_every_word_has_its_rows():
    """Those of failure.c, by their own table."""
    table = (ROOT / "signaling" / "stream" / "failure.c").read_text()
    words = dict(re.findall(r'=\s*\{ "([a-z-]+)", PEAL_CAUSE_([A-Z]+) \}', table))
    told = {row.failure: row.cause.upper() for row in ROWS.values()}
    assert told == words


def test_every_row_has_its_test():
    assert set(SCENES) | set(LATER) | set(ELSEWHERE) == set(ROWS)
    for program, story in ELSEWHERE.values():
        assert f"\n{story} (" in (ROOT / "tests" / program).read_text()


@pytest.mark.parametrize("command", [("call", f"bob@{DOMAIN}", "--audio-in", "silence", "--audio-out", "none"),
                                     ("discover", DOMAIN), ("answer", "--audio-in", "silence", "--audio-out", "none")],
                         ids=["call", "discover", "answer"])
@pytest.mark.parametrize("script", ["expired", "wrong-password"])
def test_each_command_tells_it_alike(theatre, command, script):
    program = theatre.run(script, *command)
    check_end(program, ROWS[script])
    assert advises(sentence_of(program), ROWS[script]), program.story()


# --- servers that are good enough ---

def test_an_honest_server(theatre):
    """Else the others would say nothing."""
    program, _ = theatre.ask(theatre.log_in, Scene("honest")).result()
    assert program.child.returncode == 0, program.story()


def test_a_server_that_sends_us_on(theatre):
    """Over TLS, and the one there has the certificate of the domain, too."""
    program, _ = theatre.ask(theatre.log_in, Scene("elsewhere")).result()
    assert program.child.returncode == 0, program.story()
    assert program.first("online")["server"] == f"127.0.0.1:{theatre.ports['honest']}"


def test_the_next_target_is_tried(theatre):
    """The first refuses, the second says nothing, the third is there."""
    if not theatre.plays(SECOND):
        pytest.skip("no network, or no mounts, of our own here")
    program, _ = theatre.ask(theatre.log_in, SECOND).result()
    assert program.child.returncode == 0, program.story()


# --- sessions that were there ---

def check_first(program):
    first, gone = program.first("online"), program.first("offline")
    assert first["resumed"] is False and gone["failure"] == "broken", program.story()


@pytest.mark.parametrize("back", BACK)
def test_a_session_that_was_there(theatre, back):
    row, program = ROWS[back], theatre.ask(theatre.come_back, BACK[back]).result()
    check_first(program)
    if row.later == "ends":
        check_end(program, row)
        assert advises(sentence_of(program), row), program.story()
        return
    assert row.later == "again"
    again = program.all("offline")[1:]
    assert again and {event["failure"] for event in again} == {row.failure}, program.story()
    assert advises(again[0]["reason"], row), program.story()
    assert program.events[-1]["status"] == 130, program.story()


@pytest.mark.parametrize("script", SESSIONS)
def test_a_session_that_ends(theatre, script):
    failure, then = SESSIONS[script]
    program = theatre.ask(theatre.come_back, script).result()
    told = program.first("offline" if then == "again" else "ended")
    assert told["failure"] == failure, program.story()
    assert len(program.all("online")) == (2 if then == "again" else 1), program.story()


@pytest.mark.parametrize("script, resumed", [(RESUMED, True), (RENEWED, False)])
def test_a_session_comes_back(theatre, script, resumed):
    program = theatre.ask(theatre.come_back, script).result()
    check_first(program)
    again = program.all("online")[1]
    assert again["resumed"] == resumed, program.story()
    assert resumed == (again["jid"] == program.first("online")["jid"]), program.story()
    assert ("new session" in again.get("reason", "")) != resumed


def test_what_a_person_is_told(theatre):
    program = theatre.wait_for_calls(WATCHED)
    wait_for(lambda: "in a new session" in program.log.read_text(), program.child, "a new session", PATIENCE)
    program.signal()
    assert program.finish() == 130
    gone, back = program.log.read_text().splitlines()
    # Whether the reset meets a write of ours or a read is up to the network.
    assert re.match(r"the server is gone, trying again: .*127\.0\.0\.1:\d+ (broke|closed)", gone), gone
    assert re.match(rf"online again as {ALICE.jid}/\w+ \(TLSv1.[23]\), in a new session", back), back


def test_a_reset_in_the_handshake(theatre):
    """Seen by the TLS library or before it, as it comes; told once either way."""
    program, _ = theatre.ask(theatre.log_in, Scene("reset@tls")).result()
    assert program.events[-1]["failure"] in ("handshake", "broken"), program.story()
    sentence_of(program)
