"""A private coturn: STUN, and TURN over UDP and TCP, with credentials by the shared secret."""
# SPDX-License-Identifier: MIT
import base64
import hashlib
import hmac
import secrets
import subprocess
import time

from lab.stage import free_port, hears, wait_for


class Turn:
    def __init__(self, stage, network):
        self.secret = secrets.token_hex(16)
        self.address, self.port = network.address, free_port()
        self.folder = stage.folder / "turn"
        self.folder.mkdir()
        self.log = self.folder / "turn.log"
        with open(self.log, "ab") as out:
            self.child = stage.spawn(network.wrap([
                "turnserver", "-n", "--log-file=stdout", "--simple-log", "--no-cli", "--no-tls",
                "--no-dtls", f"--listening-ip={self.address}", f"--relay-ip={self.address}",
                f"--listening-port={self.port}", "--realm=peal.test", "--use-auth-secret",
                f"--static-auth-secret={self.secret}", "--allow-loopback-peers", "--no-rfc5780",
                f"--userdb={self.folder}/turndb", f"--pidfile={self.folder}/pid",
            ]), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        wait_for(lambda: all(hears(self.child, self.port, kind) for kind in ("udp", "tcp")),
                 self.child, "coturn")

    def credentials(self, user="lab", seconds=3600):
        """A user and a password that hold for `seconds`."""
        name = f"{int(time.time()) + seconds}:{user}"
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        return name, base64.b64encode(digest).decode()
