"""The laboratory put together: a network, a TURN server, an XMPP server, and programs run in it."""
# SPDX-License-Identifier: MIT
import os
import pathlib

from lab.network import network
from lab.program import Program
from lab.server import Server
from lab.stage import Stage, free_port
from lab.turn import Turn

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers" / "webrtc"
# JACK's library leaves files in /dev/shm even where no server runs.
NO_JACK = {"GST_PLUGIN_FEATURE_RANK": "jackaudiosink:NONE,jackaudiosrc:NONE"}


def build_folder():
    """Where the program under test was built."""
    return pathlib.Path(os.environ.get("PEAL_BUILD", ROOT / "build")).resolve()


class Lab:
    """`make_network` says where: by default the most private network that may be had."""

    def __init__(self, name="peal-lab", make_network=network):
        self.stage = Stage(name)
        try:
            self.network = make_network(self.stage)
            self.turn = Turn(self.stage, self.network)
            self.server = Server(self.stage, self.network, self.turn)
        except BaseException:
            self.stage.close()
            raise
        self.programs = []
        self.serial = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stage.close()

    @property
    def folder(self):
        return self.stage.folder

    def environment(self, person):
        """What `peal` needs to log in as `person`, and nothing of the user's own."""
        home = self.folder / "home" / person.jid
        home.mkdir(parents=True, exist_ok=True)
        mine = {key: value for key, value in os.environ.items()
                if not key.startswith("PEAL_") and not key.upper().endswith(("_PROXY", "DISPLAY"))}
        return {**mine, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PEAL_JID": person.jid,
                "XDG_CACHE_HOME": str(home), "XDG_RUNTIME_DIR": str(home),
                "GST_REGISTRY": str(self.folder / "gst-registry"), **NO_JACK,
                "PEAL_PASSWORD": person.password, "PEAL_SERVER": self.server.address,
                "PEAL_CA": str(self.server.ca)}

    def run(self, argv, name, *, where=None, **options):
        """Starts a program in the network `where`, by default the one that the servers are in."""
        self.serial += 1
        place = where or self.network
        program = Program(self.stage, place.wrap(argv), f"{self.serial}-{name}", **options)
        self.programs.append(program)
        return program

    def peal(self, person, *arguments, **options):
        """Starts `peal` as `person`, its events readable."""
        return self.run([build_folder() / "peal", *arguments, "--json"], f"{person.name}-peal",
                        env={**self.environment(person), **options.pop("env", {})}, **options)

    def webrtc(self, person, *arguments, engine="node", **options):
        """Starts the libwebrtc peer as `person`, in Node or in "chromium"; say() gives it commands."""
        profile = self.folder / f"profile-{self.serial}"  # a browser's; goes with our folder
        return self.run(
            ["node", PEERS / "peer.mjs", "--engine", engine, "--profile", profile,
             "--ws", self.server.websocket, "--jid", person.jid, "--password", person.password,
             *arguments], f"{person.name}-{engine}", word="ev", **{"lines": True, **options})

    def relay(self, delay_ms=0, server=None):
        """A longer way to the server (or another one); the address to give to --server, and the relay."""
        port = free_port()
        relay = self.run(["/usr/bin/python3", ROOT / "tests" / "lab" / "relay.py", port,
                          (server or self.server).port, delay_ms], "relay", lines=True)
        relay.wait("ready")
        return f"127.0.0.1:{port}", relay

    def sweep(self):
        """Ends the programs (not the servers) that are still there."""
        for program in self.programs:
            program.stop()
        self.programs = []
