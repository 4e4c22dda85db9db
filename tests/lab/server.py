"""A private Prosody: TLS by a CA made for the run, accounts and friendships made as tests need them."""
# SPDX-License-Identifier: MIT
import dataclasses
import pathlib
import secrets
import subprocess
import tempfile

from lab.stage import free_port, hears, wait_for

DOMAIN = "peal.test"
CERTIFIED = f"certified.{DOMAIN}"
PLUGINS = pathlib.Path(__file__).resolve().parent / "prosody"

CONFIG = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
plugin_paths = {{ "{plugins}" }}
log = {{ info = "{folder}/prosody.log" }}

interfaces = {{ "{host}" }}
local_interfaces = {{ "{host}" }}
component_interfaces = {{ "127.0.0.1" }}
component_ports = {{ {component_port} }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
s2s_ports = {{ }}
http_ports = {{ {http_port} }}
http_interfaces = {{ "{host}" }}
https_ports = {{ }}
http_default_host = "{domain}"

-- The file system is private to this run, so accounts may be plain files: tests write them.
authentication = "internal_plain"
c2s_require_encryption = true
certificates = "{folder}"
ssl = {{ certificate = "{folder}/server.crt"; key = "{folder}/server.key"; {tls} }}
-- WebSocket without TLS is for the peers in Node, on loopback.
consider_websocket_secure = true

modules_enabled = {{
  "roster"; "saslauth"; "tls"; "disco"; "carbons"; "smacks"; "ping"; "posix";
  "blocklist"; "websocket"; "bosh"; "external_services"; "time"; "version"; "forge"; {modules}
}}
-- Without "offline" the server keeps nothing for who is not there.
modules_disabled = {{ "s2s"; {disabled} }}
-- A killed client must not seem to be there for long.
smacks_hibernation_time = {forgets}

external_service_secret = "{turn_secret}"
external_services = {{ {services} }}

VirtualHost "{domain}"

-- Whoever a test wants to be, and as many of them: lab/crowd.py.
Component "crowd.{domain}"
  component_secret = "crowd"

-- Logs in whom a certificate of the run's authority names, and nobody else.
VirtualHost "{certified}"
  authentication = "ccert"
  ssl = {{ certificate = "{folder}/server.crt"; key = "{folder}/server.key";
          cafile = "{folder}/ca.crt"; verify = {{ "peer" }} }}
"""

SERVICE = '{{ type = "{kind}"; transport = "{transport}"; host = "{host}"; port = {port}; {more} }};'


@dataclasses.dataclass(frozen=True)
class Person:
    """One account: what it takes to log in."""
    name: str
    jid: str
    password: str


class Server:
    """Forgets a session that nobody resumed after `forgets` s; `stores` messages for who is not there; `tls` are
    more rows of its table of that name, `modules` more than the usual ones."""

    def __init__(self, stage, network, turn=None, *, forgets=5, stores=False, tls="", modules=()):
        self.domain = DOMAIN
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="server-", dir=stage.folder))
        self.port, self.tls_port, self.http_port = free_port(), free_port(), free_port()
        self.component_port = free_port()
        self.ca = self.folder / "ca.crt"
        self.host = network.services
        self.websocket = f"ws://{self.host}:{self.http_port}/xmpp-websocket"
        self.serial = 0
        make_certificates(self.folder, self.domain)
        config = self.folder / "prosody.cfg.lua"
        config.write_text(CONFIG.format(
            folder=self.folder, plugins=PLUGINS, host=self.host, port=self.port, tls_port=self.tls_port, http_port=self.http_port,
            component_port=self.component_port, domain=self.domain, certified=CERTIFIED, forgets=forgets,
            disabled="" if stores else '"offline"',
            tls=tls, modules=" ".join(f'"{module}";' for module in modules),
            turn_secret=turn.secret if turn else "none",
            services=" ".join(services(turn)) if turn else ""))
        self.stage, self.network, self.config = stage, network, config
        self.child = None
        self.start()

    def start(self):
        with open(self.folder / "prosody.out", "ab") as out:
            self.child = self.stage.spawn(
                self.network.wrap(["prosody", "-F", "--config", self.config]),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        ports = (self.port, self.tls_port, self.http_port, self.component_port)
        wait_for(lambda: all(hears(self.child, port) for port in ports), self.child, "prosody")

    def stop(self):
        self.stage.end(self.child)

    def change(self, old, new):
        """Says something else in the configuration, and starts anew."""
        text = self.config.read_text()
        assert old in text, f"the configuration does not say {old}"
        self.config.write_text(text.replace(old, new))
        self.stop()
        self.start()

    def keep_hashes(self):
        """Passwords are hashed at their first use, as by default in Prosody; else each login has its own salt."""
        self.change('"internal_plain"', '"internal_hashed"')

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def strangers(self, *names):
        """New accounts that do not know one another; each call makes others than the last."""
        self.serial += 1
        people = [Person(name, f"{name}-{self.serial}@{self.domain}", secrets.token_hex(9))
                  for name in names]
        for person in people:
            self.store(person, "accounts", f'["password"] = "{person.password}";')
        return people

    def friends(self, *names):
        """New accounts with one another in their rosters, subscribed both ways."""
        people = self.strangers(*names)
        for person in people:
            self.befriend(person, *(other for other in people if other is not person))
        return people

    def befriend(self, person, *contacts):
        """Puts `contacts` (and nobody else) into the roster of `person`; before the login."""
        rows = "".join(f'["{contact.jid}"] = {{ ["subscription"] = "both"; ["groups"] = {{}}; }};'
                       for contact in contacts)
        self.store(person, "roster", rows + '[false] = { ["version"] = 1 };')

    def store(self, person, kind, lua):
        folder = self.folder / "data" / self.domain.replace(".", "%2e") / kind
        folder.mkdir(parents=True, exist_ok=True)
        name = person.jid.split("@")[0].replace("-", "%2d")
        (folder / f"{name}.dat").write_text(f"return {{ {lua} }};\n")


def services(turn):
    """XEP-0215's list: the TURN server by UDP and TCP, and its STUN side."""
    rows = [("stun", "udp", ""), ("turn", "udp", "secret = true; ttl = 3600;"),
            ("turn", "tcp", "secret = true; ttl = 3600;")]
    for kind, transport, more in rows:
        yield SERVICE.format(kind=kind, transport=transport, more=more,
                             host=turn.address, port=turn.port)


def make_certificates(folder, domain):
    """A CA of two days, and a certificate of it for `domain` and all below it."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = f"subjectAltName=DNS:{domain},DNS:*.{domain}"
    for command in (
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2",
         "-subj", "/CN=CA of one test run", "-addext", "keyUsage=critical,keyCertSign"],
        ["req", *key, "-keyout", "server.key", "-out", "server.csr",
         "-subj", f"/CN={domain}", "-addext", names],
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
         "-CAcreateserial", "-copy_extensions", "copy", "-days", "2", "-out", "server.crt"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


def make_client_certificate(folder, jid, *, locked=False):
    """A PEM file with a certificate for `jid` (RFC 6120 §13.7.1.4) and its key, for its owner alone."""
    name = folder / f"client-{secrets.token_hex(4)}"
    address = f"subjectAltName=otherName:1.3.6.1.5.5.7.8.5;UTF8:{jid}"
    lock = ["-passout", "pass:secret"] if locked else ["-nodes"]
    for command in (
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *lock, "-keyout", f"{name}.key",
         "-out", f"{name}.csr", "-subj", "/CN=a client", "-addext", address],
        ["x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
         "-copy_extensions", "copy", "-days", "2", "-out", f"{name}.crt"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    both = name.with_suffix(".pem")
    both.touch(mode=0o600)
    both.write_text(name.with_suffix(".crt").read_text() + name.with_suffix(".key").read_text())
    return both
