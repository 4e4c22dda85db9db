"""One person behind a component of the server (XEP-0114), on GLib's main loop."""
# SPDX-License-Identifier: MIT
import hashlib
import socket
import xml.etree.ElementTree as tree

from gi.repository import GLib

COMPONENT = "jabber:component:accept"
OPEN = "<stream:stream xmlns='%s' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>"


class Stream:
    """Tells whole stanzas to `heard`, in the namespace that they have between clients."""

    def __init__(self, port, domain, secret, heard):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.parser = tree.XMLPullParser(["start", "end"])
        self.depth, self.root, self.heard = 0, None, self.let_in
        self.inside = False
        self.socket.sendall((OPEN % (COMPONENT, domain)).encode())
        while self.root is None:
            self.read()
        proof = hashlib.sha1((self.root.get("id") + secret).encode()).hexdigest()
        self.socket.sendall(f"<handshake>{proof}</handshake>".encode())
        while not self.inside:
            self.read()
        self.heard = heard
        GLib.io_add_watch(self.socket, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, self.readable)

    def let_in(self, element):
        if not element.tag.endswith("handshake"):
            raise SystemExit(f"the server does not let us in: {tree.tostring(element)}")
        self.inside = True

    def readable(self, *_):
        return self.read()

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            raise SystemExit("the server left")
        self.parser.feed(data)
        for what, element in list(self.parser.read_events()):
            self.depth += 1 if what == "start" else -1
            if what == "start" and self.depth == 1:
                self.root = element
            elif what == "end" and self.depth == 1:
                self.root.remove(element)
                self.heard(element)
        return True

    def send(self, stanza):
        """An element of the namespace of clients: it takes that of the stream it stands in."""
        for element in stanza.iter():
            element.tag = element.tag.removeprefix("{jabber:client}")
        self.socket.sendall(tree.tostring(stanza))
