"""A recorded client in a call with peal: tests/peers/traced plays its side, with ICE, DTLS and codecs alive."""
# SPDX-License-Identifier: MIT
import subprocess

from lab.certificates import AUTHORITY, EC
from lab.lab import ROOT
from lab.server import Person

VECTORS = ROOT / "tests" / "vectors"
DOMAIN = "crowd.peal.test"
# What Pidgin and Gajim say that they can do, as far as it is about calls; Dino's stand in a recording.
OLDER = ("urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1", "urn:xmpp:jingle:apps:rtp:audio",
         "urn:xmpp:jingle:apps:rtp:video", "urn:xmpp:jingle:transports:ice-udp:1",
         "urn:xmpp:jingle:transports:raw-udp:1")
FEATURES = {"dino": ["--features", VECTORS / "dino" / "07-video-added-by-responder.xml"],
            "older": [word for name in OLDER for word in ("--feature", name)]}
# From tomorrow on: Dino 0.4.2 makes such, and its peers must not mind.
TOMORROW = ["-startdate", "20900101000000Z", "-enddate", "20910101000000Z"]


def certificate_from_tomorrow(folder):
    """A self-signed one that is not valid yet, with its key."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "index").touch()
    (folder / "ca.cnf").write_text(AUTHORITY)
    openssl("req", "-newkey", *EC, "-nodes", "-keyout", "dino.key", "-out", "dino.csr", "-subj", "/CN=dino")
    openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-selfsign", "-keyfile", "dino.key",
            "-in", "dino.csr", "-out", "dino.crt", *TOMORROW)
    (folder / "dino.pem").write_text((folder / "dino.crt").read_text() + (folder / "dino.key").read_text())
    return folder / "dino.pem"


class Recorded:
    """`side` of the recording `name` ("dino/02-audio-call"), in a call with `person`'s peal."""

    def __init__(self, lab, person, name, side, folder, *arguments, resource="desk"):
        features = FEATURES["dino" if name.startswith("dino") else "older"]
        self.person = Person(side, f"{side}@{DOMAIN}", "")
        lab.server.befriend(person, self.person)
        self.heard_by_it = folder / f"{side}-audio.wav"
        self.program = lab.run(
            ["/usr/bin/python3", ROOT / "tests" / "peers" / "traced" / "peer.py", lab.server.component_port,
             DOMAIN, f"{person.jid}/{resource}", "--trace", VECTORS / f"{name}.xml", "--side", side,
             *features, "--stays", "--certificate", certificate_from_tomorrow(folder), "--record", folder / side,
             *arguments],
            f"{side}-recorded", lines=True)
        self.program.wait("ready")
        self.full = f"{side}@{DOMAIN}/recorded"

    def go(self):
        """Begins, when the other side is there."""
        self.program.wait("present")
        self.program.say("go")

    def hang_up(self):
        """Does what comes next in the recording, where that is the end of the call."""
        self.program.say("hangup")

    def said(self, what):
        return [event for event in self.program.all("said") if event["what"] == what]

    def heard(self, what):
        return [event for event in self.program.all("heard") if event["what"] == what]

    def close(self):
        self.program.stop()
