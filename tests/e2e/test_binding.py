"""Logins that are more than a password, against real servers: bound to their TLS connection, and in one exchange."""
# SPDX-License-Identifier: MIT
import json
import pathlib

import pytest

from lab.server import Server

MODULES = pathlib.Path("/usr/lib/prosody/modules")


def log_in(lab, server, *arguments):
    """A login at `server`: the program, and the elements it sent before there was a session."""
    person = server.strangers("alice")[0]
    trace = lab.folder / f"{server.folder.name}-{person.name}-{server.serial}.trace"
    program = lab.peal(person, "discover", server.domain, "--trace", trace, *arguments,
                       env={"PEAL_SERVER": server.address, "PEAL_CA": str(server.ca)})
    assert program.finish() == 0, program.story()
    rows = [json.loads(line) for line in trace.read_text().splitlines()]
    assert person.password not in trace.read_text()
    return program, [row["xml"] for row in rows if row["trace"] == "sent"]


@pytest.fixture(scope="module")
def old_tls(whole_lab):
    """Prosody 0.12 binds on TLS 1.2 alone, by tls-unique."""
    server = Server(whole_lab.stage, whole_lab.network, tls='protocol = "tlsv1_2";')
    yield server
    server.stop()


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_bound_by_tls_unique(lab, peal_built, old_tls, tls):
    server = ["--server", f"127.0.0.1:{old_tls.tls_port}"] if tls == "direct" else []
    program, sent = log_in(lab, old_tls, "--tls", tls, *server)
    assert program.first("online")["tls"] == "TLSv1.2"
    assert any(xml.startswith("<auth ") and '-PLUS"' in xml for xml in sent), sent


def test_not_bound_where_prosody_cannot(lab, peal_built):
    program, sent = log_in(lab, lab.server)
    assert program.first("online")["tls"] == "TLSv1.3"
    assert any(xml.startswith("<auth ") and "SCRAM-" in xml and "-PLUS" not in xml for xml in sent), sent


@pytest.fixture(scope="module")
def new_sasl(whole_lab):
    """Debian's prosody-modules bring SASL2 and Bind 2; its mod_sasl2_sm wants a later Prosody than 0.12."""
    if not (MODULES / "mod_sasl2_bind2").is_dir():
        pytest.skip("prosody-modules is not installed")
    server = Server(whole_lab.stage, whole_lab.network, modules=("newer_tls", "sasl2", "sasl2_bind2"))
    yield server
    server.stop()


def test_one_exchange(lab, peal_built, new_sasl):
    program, sent = log_in(lab, new_sasl)
    assert "/peal~" in program.first("online")["jid"]
    assert sum(xml.startswith("<authenticate ") for xml in sent) == 1, sent
    assert not any(xml.startswith("<auth ") or "xmpp-bind" in xml for xml in sent), sent
    assert any(xml.startswith("<enable ") for xml in sent), sent  # not inside: see new_sasl


def test_one_exchange_and_a_resource_of_ones_own(lab, peal_built, new_sasl):
    program, sent = log_in(lab, new_sasl, "--resource", "desk")
    assert program.first("online")["jid"].endswith("/desk")
    assert sum(xml.startswith("<authenticate ") for xml in sent) == 1, sent
