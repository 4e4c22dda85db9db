"""An XMPP server that keeps to the rules up to one step, and then does what its script says.

`hostile.py FOLDER SCRIPT…` listens at a port of 127.0.0.1 for each script and tells which. A script is
words parted by commas, one for each connection that comes, the last for all that follow: `honest`, the
name of a row of EVILS, or one of WAYS with the step it happens at (`mute@features`). FOLDER holds what
certificates.py made.
"""
# SPDX-License-Identifier: MIT
import base64
import contextlib
import dataclasses
import hashlib
import hmac
import json
import pathlib
import secrets
import socket
import ssl
import struct
import sys
import threading
from xml.etree.ElementTree import ParseError, XMLPullParser

DOMAIN = "hostile.test"
ABROAD = "10.77.0.1"  # of the laboratory's network
OTHER_DOMAIN = "second.test"  # served as well
PASSWORD = "the horse of 5 batteries"
# What the server does next at each, so that a script can do something else instead.
STEPS = ("accept", "header", "features", "proceed", "tls", "header2", "features2", "challenge", "success",
         "header3", "features3", "bind", "enable")
ROUNDS = 4096

CLIENT, SM = "jabber:client", "urn:xmpp:sm:3"
SASL, TLS = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-tls"
STREAMS, STANZAS = "urn:ietf:params:xml:ns:xmpp-streams", "urn:ietf:params:xml:ns:xmpp-stanzas"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"

HEADER = (f"<stream:stream xmlns='{CLIENT}' xmlns:stream='http://etherx.jabber.org/streams' "
          "id='1' version='1.0'>")
STARTTLS = f"<starttls xmlns='{TLS}'><required/></starttls>"
BOUND_FEATURES = f"<bind xmlns='{BIND}'/><sm xmlns='{SM}'/>"
PROCEED = f"<proceed xmlns='{TLS}'/>"
REFUSED = f"<failed xmlns='{SM}'><item-not-found xmlns='{STANZAS}'/></failed>"


def features(inner):
    return f"<stream:features>{inner}</stream:features>"


def mechanisms(*names):
    inner = "".join(f"<mechanism>{name}</mechanism>" for name in names)
    return features(f"<mechanisms xmlns='{SASL}'>{inner}</mechanisms>")


def refusal(condition, text=""):
    return f"<failure xmlns='{SASL}'><{condition}/>{text and f'<text>{text}</text>'}</failure>"


def stream_error(condition, content=""):
    return (f"<stream:error><{condition} xmlns='{STREAMS}'>{content}</{condition}></stream:error>"
            "</stream:stream>")


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@dataclasses.dataclass(frozen=True)
class Evil:
    """At `step` the server says `say` (a text, or what makes one of the conversation) and then nothing more."""
    step: str
    say: object = ""
    certificate: str = "right"
    offers: tuple = ("SCRAM-SHA-256",)
    asks: bool = False  # for the certificate of the client
    then_on: bool = False  # with what the rules say comes next
    each: bool = False  # to everything that is heard from then on


def challenge(**changes):
    return lambda talk: talk.challenge(**changes)


def bind_error(condition):
    return lambda talk: (f"<iq type='error' id='{talk.last.get('id')}'><error type='cancel'>"
                         f"<{condition} xmlns='{STANZAS}'/></error></iq>")


def after_hearing(*texts):
    """Each text once something was heard, whatever it was."""
    def make(talk):
        for text in texts[:-1]:
            talk.socket.recv(65536)
            talk.say(text)
        talk.socket.recv(65536)
        return texts[-1]
    return make


EVILS = {
    "honest": Evil("never"),
    "abroad": Evil("never"),  # listens at ABROAD instead
    # no XMPP at all
    "web-server": Evil("accept", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "shell-server": Evil("accept", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "noise": Evil("accept", b"\x80\xfe\x00\xffnoise\x01" * 40),
    "web-page": Evil("header", "<html><body>This is no XMPP server.</body></html>"),
    "document-type": Evil("header", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + HEADER),
    "malformed": Evil("features2", "<stream:features><mechanisms></stream:features>"),
    "not-utf8": Evil("features2", b"<stream:features>\xff\xfe</stream:features>"),
    "huge": Evil("features2", features("<x/>" * 60000)),
    "endless": Evil("features2", "<stream:features>" + "x" * 3000000),
    "out-of-turn": Evil("features2", "<message><body>hello</body></message>"),
    # a proxy
    "http-forbids": Evil("accept", after_hearing("HTTP/1.1 403 Forbidden\r\n\r\n")),
    "http-asks": Evil("accept", after_hearing("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")),
    "socks-forbids": Evil("accept", after_hearing(b"\5\0", b"\5\2\0\1\0\0\0\0\0\0")),
    "socks-asks": Evil("accept", after_hearing(b"\5\xff")),
    # encryption
    "starttls-stripped": Evil("features", features("")),
    "starttls-refused": Evil("proceed", f"<failure xmlns='{TLS}'/></stream:stream>"),
    "starttls-injected": Evil("proceed", PROCEED + "<message from='eve@elsewhere.test'/>"),
    "no-tls": Evil("tls", after_hearing("<stream:features/>")),
    "other-host": Evil("never", certificate="other"),
    "unknown-ca": Evil("never", certificate="unknown"),
    "expired": Evil("never", certificate="expired"),
    "not-yet-valid": Evil("never", certificate="early"),
    "weak": Evil("never", certificate="weak"),
    # the password
    "plain-in-clear": Evil("features", mechanisms("PLAIN")),
    "no-mechanism": Evil("features2", mechanisms("X-OAUTH2", "GSSAPI")),
    "no-mechanisms": Evil("features2", features("")),
    "many-rounds": Evil("challenge", challenge(rounds=4000000000)),
    "one-round": Evil("challenge", challenge(rounds=1)),
    "foreign-nonce": Evil("challenge", challenge(nonce="of somebody else")),
    "lists-changed": Evil("challenge", challenge(more=",h=" + encoded("x" * 32))),
    "only-plain": Evil("never", offers=("PLAIN",)),
    "other-tls": Evil("success", refusal("not-authorized", "channel bindings do not match"),
                      offers=("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")),
    "other-client": Evil("challenge", refusal("not-authorized"), offers=("EXTERNAL",), asks=True),
    "early-success": Evil("challenge", f"<success xmlns='{SASL}'/>"),
    "wrong-proof": Evil("success", f"<success xmlns='{SASL}'>{encoded('v=' + encoded('x' * 32))}</success>"),
    "no-proof": Evil("success", f"<success xmlns='{SASL}'/>"),
    "wrong-password": Evil("success", refusal("not-authorized", "try again")),
    "unknown-user": Evil("challenge", refusal("not-authorized")),
    "account-disabled": Evil("success", refusal("account-disabled", "unpaid")),
    "credentials-expired": Evil("success", refusal("credentials-expired")),
    "temporary": Evil("success", refusal("temporary-auth-failure")),
    "too-weak": Evil("challenge", refusal("mechanism-too-weak")),
    "unheard-of": Evil("challenge", refusal("x-on-holiday")),
    # the stream
    "host-unknown": Evil("features2", stream_error("host-unknown")),
    "host-unknown-in-clear": Evil("features", stream_error("host-unknown")),
    "conflict": Evil("features3", stream_error("conflict")),
    "policy-violation": Evil("features2", stream_error("policy-violation", "too many connections")),
    "shutting-down": Evil("bind", stream_error("system-shutdown")),
    "elsewhere": Evil("features2", lambda talk: stream_error("see-other-host", f"127.0.0.1:{talk.ports['honest']}")),
    "elsewhere-in-clear": Evil("features", lambda talk: stream_error(
        "see-other-host", f"127.0.0.1:{talk.ports['honest']}")),
    "circle": Evil("features2", lambda talk: stream_error("see-other-host", f"127.0.0.1:{talk.ports['circle']}")),
    "nowhere": Evil("features2", stream_error("see-other-host", "[:not an address:]:0")),
    # the session
    "no-bind": Evil("features3", features("")),
    "bind-refused": Evil("bind", bind_error("resource-constraint"), each=True),
    "bind-nonsense": Evil("bind", "<iq type='result' id='bind'/>"),
    "no-management": Evil("enable", f"<failed xmlns='{SM}'/>", then_on=True),
    "resume-refused": Evil("resume", REFUSED, then_on=True),
    "resume-lies": Evil("resume", f"<resumed xmlns='{SM}' previd='1' h='4000000000'/>"),
    "lies-about-h": Evil("session", f"<a xmlns='{SM}' h='4000000000'/>"),
    "replaced": Evil("session", stream_error("conflict", "Replaced by new connection")),
    "restarting": Evil("session", stream_error("system-shutdown")),
}


class Over(Exception):
    """The conversation is at its end."""


class Talk:
    """One connection, from the first byte on."""

    def __init__(self, server, script, number):
        words = script.split(",")
        self.word = words[min(number, len(words)) - 1]
        self.way, _, at = self.word.partition("@")
        self.evil = Evil(at) if at else EVILS[self.word]
        self.server, self.ports = server, server.ports
        self.socket = None
        self.last = None
        self.counting, self.sid, self.heard = False, None, 0

    # --- what is said and heard ---

    def restart(self):
        self.parser = XMLPullParser(("start", "end"))
        self.depth = 0

    def say(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def hear(self):
        """The next header or element."""
        while True:
            for kind, element in self.parser.read_events():
                self.depth += 1 if kind == "start" else -1
                if self.depth == 0:
                    raise Over
                if self.depth == 1:
                    self.last = element
                    self.heard += self.counting and element.tag.startswith("{jabber:client}")
                    return element
            piece = self.socket.recv(65536)
            if not piece:
                raise Over
            self.parser.feed(piece)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        raise Over

    def listen(self):
        """Whatever comes, to the end."""
        while self.socket.recv(65536):
            pass
        raise Over

    # --- the script ---

    def turn(self, step):
        """Does what the script says instead of `step`; FALSE: nothing."""
        if step != self.evil.step:
            return False
        if self.way == "reset":
            self.reset()
        if self.way == "close":
            raise Over
        if self.way == "end":
            self.say("</stream:stream>")
            self.listen()
        self.say(self.evil.say(self) if callable(self.evil.say) else self.evil.say)
        while self.evil.each:
            self.hear()
            self.say(self.evil.say(self))
        if not self.evil.then_on:
            self.listen()
        return True

    def do(self, step, text):
        if not self.turn(step):
            self.say(text)

    # --- the rules ---

    def begin(self, header):
        self.restart()
        self.domain = self.hear().get("to")
        self.do(header, HEADER)

    def encrypt(self):
        self.do("features", features(STARTTLS))
        self.hear()
        self.do("proceed", PROCEED)
        self.turn("tls")
        context = self.server.context(self.evil.certificate, self.evil.asks)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def challenge(self, rounds=ROUNDS, nonce=None, more=""):
        self.bare = base64.b64decode(self.last.text).decode().split(",", 2)[2]
        self.salt = secrets.token_bytes(12)
        nonce = nonce or dict(part.split("=", 1) for part in self.bare.split(","))["r"] + secrets.token_hex(8)
        self.first = f"r={nonce},s={base64.b64encode(self.salt).decode()},i={rounds}{more}"
        return f"<challenge xmlns='{SASL}'>{encoded(self.first)}</challenge>"

    def verdict(self):
        """<success/> with our proof, or <failure/> (RFC 5802 §3)."""
        final = base64.b64decode(self.last.text).decode()
        without, _, proof = final.rpartition(",p=")
        message = f"{self.bare},{self.first},{without}".encode()
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), self.salt, ROUNDS)
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
        wanted = bytes(one ^ other for one, other in zip(key, signature))
        if base64.b64decode(proof) != wanted:
            return refusal("not-authorized")
        ours = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        return f"<success xmlns='{SASL}'>{encoded('v=' + base64.b64encode(ours).decode())}</success>"

    def log_in(self):
        self.begin("header2")
        self.do("features2", mechanisms(*self.evil.offers))
        self.hear()
        if not self.turn("challenge"):
            self.say(self.challenge())
        self.hear()
        if not self.turn("success"):
            self.say(self.verdict())

    def resume(self):
        if self.turn("resume"):
            return False
        if self.evil.step in ("bind", "enable"):
            self.say(REFUSED)
            return False
        self.sid = self.last.get("previd")
        self.heard = self.server.sessions[self.sid]
        self.say(f"<resumed xmlns='{SM}' previd='{self.sid}' h='{self.heard}'/>")
        return True

    def bind(self):
        self.begin("header3")
        self.do("features3", features(BOUND_FEATURES))
        if self.hear().tag == f"{{{SM}}}resume":
            if self.resume():
                return
            self.hear()
        jid = f"alice@{self.domain}/{secrets.token_hex(4)}"
        self.do("bind", f"<iq type='result' id='{self.last.get('id')}'><bind xmlns='{BIND}'>"
                        f"<jid>{jid}</jid></bind></iq>")
        self.hear()
        self.sid = secrets.token_hex(4)
        self.do("enable", f"<enabled xmlns='{SM}' id='{self.sid}' resume='true'/>")

    def serve(self):
        """A session where every question is answered by nothing."""
        self.counting = True
        while True:
            element = self.hear()
            self.server.sessions[self.sid] = self.heard
            self.turn("session")
            if element.tag == f"{{{SM}}}r":
                self.say(f"<a xmlns='{SM}' h='{self.heard}'/>")
            elif element.tag == f"{{{CLIENT}}}iq" and element.get("type") in ("get", "set"):
                self.say(f"<iq type='result' id='{element.get('id')}'/>")

    def run(self, connection):
        self.socket = connection
        # Else what was said last may wait in here, and a reset would take it back.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(Over, OSError, ParseError), contextlib.ExitStack() as stack:
            stack.callback(lambda: self.socket.close())
            self.turn("accept")
            self.begin("header")
            self.encrypt()
            self.log_in()
            self.bind()
            self.serve()


class Hostile:
    def __init__(self, folder, scripts):
        self.folder, self.sessions, self.ports, self.stuffed, self.deaf = folder, {}, {}, [], None
        for script in scripts:
            self.open(script)

    def context(self, name, asks):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if name == "weak":
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        if asks:
            context.load_verify_locations(self.folder / "ca.crt")
            context.verify_mode = ssl.CERT_OPTIONAL
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def refuse(self):
        """A port at which nobody listens, and that no other script gets."""
        self.deaf = socket.socket()
        self.deaf.bind(("127.0.0.1", 0))
        self.ports["refused"] = self.deaf.getsockname()[1]

    def open(self, script):
        if script == "refused":
            self.refuse()
            return
        address = ABROAD if script == "abroad" else "127.0.0.1"
        listener = socket.create_server((address, 0), backlog=0 if script == "mute@connect" else 16)
        self.ports[script] = listener.getsockname()[1]
        if script == "mute@connect":
            self.stuff(listener)
        else:
            threading.Thread(target=self.take, args=(listener, script), daemon=True).start()

    def stuff(self, listener):
        """Fills the queue of a listener that takes nobody: who knocks now is not answered."""
        self.stuffed = [listener]
        with contextlib.suppress(TimeoutError):
            while len(self.stuffed) < 8:
                self.stuffed.append(socket.create_connection(listener.getsockname(), timeout=0.5))

    def take(self, listener, script):
        number = 0
        while True:
            connection, _ = listener.accept()
            number += 1
            tell("taken", script=script, number=number)
            threading.Thread(target=Talk(self, script, number).run, args=(connection,), daemon=True).start()


def tell(word, **more):
    print(json.dumps({"event": word, **more}), flush=True)


if __name__ == "__main__":
    hostile = Hostile(pathlib.Path(sys.argv[1]), sys.argv[2:])
    tell("ready", ports=hostile.ports)
    threading.Event().wait()
