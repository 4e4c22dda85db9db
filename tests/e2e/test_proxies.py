"""The way to the server through real proxies, by a pin, and with a certificate of ours."""
# SPDX-License-Identifier: MIT
import dataclasses
import stat
import subprocess

import pytest

from calls import SOUND, ended
from lab.proxy import Proxy
from lab.server import CERTIFIED, Person, make_client_certificate
from lab.stage import free_port, hears, wait_for

NONE = {"PEAL_PASSWORD": ""}


@dataclasses.dataclass(frozen=True)
class Kind:
    """A proxy, and whether it wants a password."""
    scheme: str
    user: str = None

    def start(self, lab, *ports):
        return Proxy(lab, self.scheme, self.user, "secret", ports)


KINDS = {"socks5": Kind("socks5"), "socks5-password": Kind("socks5", "alice"),
         "http": Kind("http"), "http-password": Kind("http", "alice")}


@pytest.fixture
def alice(lab, peal_built):
    return lab.server.strangers("alice")[0]


def failure(program):
    """The cause, the status, and in one word what was wrong."""
    cause, status = ended(program)
    return cause, status, program.events[-1].get("failure")


@pytest.mark.parametrize("name", KINDS)
def test_logging_in(lab, alice, name):
    proxy = KINDS[name].start(lab, lab.server.port)
    asked = lab.peal(alice, "discover", lab.server.domain, "--proxy", proxy.url,
                     env={"PEAL_PROXY_PASSWORD": "secret"})
    assert ended(asked) == ("success", 0)
    wait_for(lambda: proxy.passed(lab.server.address), proxy.child, "line in the proxy's log")


@pytest.mark.parametrize("name", ["socks5-password", "http-password"])
def test_a_wrong_password(lab, alice, name):
    proxy = KINDS[name].start(lab, lab.server.port)
    asked = lab.peal(alice, "discover", lab.server.domain, "--proxy", proxy.url,
                     env={"PEAL_PROXY_PASSWORD": "guess"})
    assert failure(asked) == ("auth", 3, "proxy-auth")
    assert "guess" not in asked.story()


def test_a_port_that_the_proxy_does_not_allow(lab, alice):
    proxy = KINDS["http"].start(lab, 443)
    asked = lab.peal(alice, "discover", lab.server.domain, "--proxy", proxy.url)
    assert failure(asked) == ("connect", 3, "proxy-refused")


def test_a_call_whose_signaling_passes_two_proxies(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    socks, http = KINDS["socks5"].start(lab), KINDS["http"].start(lab, lab.server.port)
    callee = lab.peal(bob, "answer", "--auto", "--once", *SOUND, "--proxy", http.url)
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, *SOUND, "--duration", 1, "--proxy", socks.url)
    assert ended(caller) == ("success", 0)
    assert ended(callee) == ("success", 0)
    assert caller.first("media") and callee.first("media")


def test_what_the_environment_says(lab, alice):
    """Never for this machine, nor where NO_PROXY says so, nor against --proxy none."""
    dead = {"ALL_PROXY": f"http://127.0.0.1:{free_port()}", "all_proxy": ""}
    assert ended(lab.peal(alice, "discover", lab.server.domain, env=dead)) == ("success", 0)
    abroad = ("discover", "x", "--server", "192.0.2.1:5222", "--connect-timeout", 2)
    assert failure(lab.peal(alice, *abroad, env=dead)) == ("connect", 3, "proxy-down")
    for arguments, more in (((), {"NO_PROXY": "example.org,192.0.2.0/24"}), (("--proxy", "none"), {})):
        asked = lab.peal(alice, *abroad, *arguments, env={**dead, "no_proxy": "", **more})
        assert failure(asked)[2] in ("no-route", "silent"), asked.story()


def test_a_config_with_the_password_of_a_proxy(lab, alice):
    proxy = KINDS["http-password"].start(lab, lab.server.port)
    config = lab.folder / "proxy.conf"
    config.touch(mode=0o600)
    config.write_text(f"[defaults]\nproxy={proxy.url}\nproxy-password=secret\n")
    typed = ("discover", lab.server.domain, "--config", config)
    assert ended(lab.peal(alice, *typed)) == ("success", 0)
    config.chmod(0o644)
    assert ended(lab.peal(alice, *typed)) == ("security", 7)


# --- pins ---

def pin_of(certificate):
    """As openssl writes it: "sha256 Fingerprint=AB:CD:…"."""
    shown = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", certificate],
                           check=True, capture_output=True, text=True)
    return shown.stdout.strip()


def test_a_pin_in_the_place_of_an_authority(lab, alice):
    pin = pin_of(lab.server.folder / "server.crt")
    added = lab.peal(alice, "account", "add", alice.jid, "--server-pin", pin, env={"PEAL_CA": ""})
    assert ended(added) == ("success", 0)
    kept = {"PEAL_JID": "", "PEAL_PASSWORD": "", "PEAL_CA": ""}
    assert ended(lab.peal(alice, "discover", lab.server.domain, env=kept)) == ("success", 0)
    other = pin_of(lab.server.ca)
    asked = lab.peal(alice, "discover", lab.server.domain, "--server-pin", other)
    assert failure(asked) == ("security", 7, "certificate-pin")
    seen = "sha256:" + pin.split("=")[1].replace(":", "").lower()
    assert seen in asked.story()


# --- a certificate of ours ---

@pytest.fixture
def carol(peal_built):
    return Person("carol", f"carol@{CERTIFIED}", "")


def test_logging_in_by_certificate(lab, carol):
    ours = make_client_certificate(lab.server.folder, carol.jid)
    added = lab.peal(carol, "account", "add", carol.jid, "--certificate", ours, env=NONE)
    assert ended(added) == ("success", 0)
    text = (lab.folder / "home" / carol.jid / "peal" / "config").read_text()
    assert f"certificate={ours}" in text and "password" not in text
    asked = lab.peal(carol, "discover", CERTIFIED, env={**NONE, "PEAL_JID": ""})
    assert ended(asked) == ("success", 0)


def test_a_certificate_of_somebody_else(lab, carol):
    theirs = make_client_certificate(lab.server.folder, f"mallory@{CERTIFIED}")
    asked = lab.peal(carol, "discover", CERTIFIED, "--certificate", theirs, env=NONE)
    assert failure(asked) == ("auth", 3, "certificate-login")


def test_keys_that_are_of_no_use(lab, carol):
    ours = make_client_certificate(lab.server.folder, carol.jid)
    ours.chmod(ours.stat().st_mode | stat.S_IRGRP)
    open_to_others = lab.peal(carol, "discover", CERTIFIED, "--certificate", ours, env=NONE)
    assert ended(open_to_others) == ("security", 7)
    locked = make_client_certificate(lab.server.folder, carol.jid, locked=True)
    asked = lab.peal(carol, "discover", CERTIFIED, "--certificate", locked, env=NONE)
    assert ended(asked) == ("usage", 2)
    assert "locked by a password" in asked.story()
    keyless = lab.folder / "keyless.pem"
    keyless.touch(mode=0o600)
    keyless.write_text(lab.server.ca.read_text())
    bare = lab.peal(carol, "discover", CERTIFIED, "--certificate", keyless, env=NONE)
    assert ended(bare) == ("usage", 2)
    assert "there is no key in it" in bare.story()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_certificate_of_an_unknown_authority(lab, alice, version):
    """By TLS 1.3 the server judges it when the handshake is over for us."""
    mine = lab.folder / "of-nobody.pem"
    mine.touch(mode=0o600)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", mine.with_suffix(".key"), "-out", mine.with_suffix(".crt"),
                    "-subj", "/CN=nobody"], check=True, capture_output=True)
    mine.write_text(mine.with_suffix(".crt").read_text() + mine.with_suffix(".key").read_text())
    port = free_port()
    server = lab.stage.spawn(lab.network.wrap(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "server.crt", "-key", "server.key",
         "-CAfile", "ca.crt", "-Verify", "1", "-verify_return_error", "-quiet", version]),
        cwd=lab.server.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: hears(server, port), server, "openssl")
    asked = lab.peal(alice, "discover", lab.server.domain, "--server", f"127.0.0.1:{port}", "--tls", "direct",
                     "--certificate", mine)
    assert failure(asked) == ("auth", 3, "certificate-login")
    assert "does not take it" in asked.story()
    lab.stage.end(server)
