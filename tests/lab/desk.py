"""A desk with a loudspeaker and a microphone that need no sound card: a private PulseAudio.

What a program plays on the loudspeaker is recorded from its monitor; the microphone hears what is
played into a sink of its own, so that nothing leads from one to the other.
"""
# SPDX-License-Identifier: MIT
import os
import shutil
import subprocess

import numpy as np

from lab.sound import RATE
from lab.stage import wait_for

SPEAKER, MICROPHONE = "Desk Loudspeaker", "Desk Microphone"
FORMAT = ["--format=s16le", f"--rate={RATE}", "--channels=1"]
TOOLS = ("pulseaudio", "pacat", "pactl")


def missing():
    """The programs of it that are not installed."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


SERVER_GONE = 5  # s: more than it takes to end one


class Desk:
    """`environment` makes a program use it."""

    def __init__(self, stage):
        self.stage, self.folder = stage, stage.folder / "desk"
        self.folder.mkdir(mode=0o700)
        self.socket, client = self.folder / "socket", self.folder / "client.conf"
        client.write_text("autospawn = no\n")  # nobody starts another server when this one is gone
        self.environment = {"PULSE_SERVER": f"unix:{self.socket}", "PULSE_CLIENTCONFIG": str(client),
                            "PULSE_STATE_PATH": str(self.folder), "PULSE_RUNTIME_PATH": str(self.folder)}
        self.switch_on()

    # --- the server and its devices ---

    def switch_on(self):
        """Starts the server with all that is on the desk."""
        door = f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"
        with open(self.folder / "log", "ab") as log:
            self.child = self.spawn(["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no",
                                     "--exit-idle-time=-1", "--load", door], stdout=log, stderr=log)
        wait_for(lambda: self.ask("info") is not None, self.child, "PulseAudio")
        self.modules = {}
        for plug in (self.plug_wire, self.plug_speaker, self.plug_microphone):
            plug()

    def switch_off(self):
        """The server is gone at once, and all that played or recorded there with it."""
        self.child.kill()
        self.child.wait(SERVER_GONE)

    def plug(self, name, *module):
        self.modules[name] = self.ask("load-module", *module).strip()

    def plug_wire(self):
        self.plug("wire", "module-null-sink", "sink_name=wire", f"rate={RATE}")

    def plug_speaker(self):
        self.plug("speaker", "module-null-sink", "sink_name=speaker", f"rate={RATE}",
                  f"sink_properties='device.description=\"{SPEAKER}\"'")
        self.ask("set-default-sink", "speaker")

    def plug_microphone(self):
        self.plug("microphone", "module-remap-source", "source_name=microphone", "master=wire.monitor",
                  f"source_properties='device.description=\"{MICROPHONE}\"'")
        self.ask("set-default-source", "microphone")

    def unplug(self, name):
        """Pulls out the "speaker" or the "microphone"."""
        assert self.ask("unload-module", self.modules.pop(name)) is not None

    def spawn(self, argv, **options):
        environment = {**os.environ, **self.environment, "HOME": str(self.folder)}
        return self.stage.spawn(argv, env=environment, **options)

    def ask(self, *argv):
        """What pactl says; None when it fails."""
        done = subprocess.run(["pactl", *argv], env={**os.environ, **self.environment},
                              capture_output=True, text=True, check=False)
        return None if done.returncode else done.stdout

    # --- what is said and heard there ---

    def record(self, path, source="speaker.monitor"):
        """Writes what the loudspeaker plays from now on to `path`; returns the child that does."""
        with open(path, "wb") as file:
            child = self.spawn(["pacat", "--record", f"--device={source}", "--latency-msec=20",
                                *FORMAT], stdout=file)
        wait_for(lambda: path.stat().st_size, child, "the recorder")
        return child

    def say(self, path, sink="wire"):
        """Says what the WAV file holds into the microphone, once; returns the child that does."""
        return self.spawn(["pacat", "--playback", "--file-format=wav", f"--device={sink}",
                           "--latency-msec=100", path])


def read_raw(path):
    """The samples of a file or pipe as peal and the desk write them: S16LE, 48 kHz, one channel."""
    data = path.read_bytes()
    return np.frombuffer(data[:len(data) // 2 * 2], "<i2") / 2 ** 15
