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


class Desk:
    """`environment` makes a program use it."""

    def __init__(self, stage):
        self.stage, self.folder = stage, stage.folder / "desk"
        self.folder.mkdir(mode=0o700)
        socket, client = self.folder / "socket", self.folder / "client.conf"
        client.write_text("autospawn = no\n")  # nobody starts another server when this one is gone
        self.environment = {"PULSE_SERVER": f"unix:{socket}", "PULSE_CLIENTCONFIG": str(client),
                            "PULSE_STATE_PATH": str(self.folder), "PULSE_RUNTIME_PATH": str(self.folder)}
        self.modules = [
            f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
            f"module-null-sink sink_name=speaker sink_properties='device.description=\"{SPEAKER}\"'",
            "module-null-sink sink_name=wire",
            "module-remap-source source_name=microphone master=wire.monitor"
            f" source_properties='device.description=\"{MICROPHONE}\"'"]
        self.child = self.start()
        wait_for(lambda: self.ask("info"), self.child, "PulseAudio")
        self.ask("set-default-sink", "speaker")
        self.ask("set-default-source", "microphone")

    def start(self):
        loads = [part for module in self.modules for part in ("--load", module)]
        with open(self.folder / "log", "wb") as log:
            return self.spawn(["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no",
                               "--exit-idle-time=-1", *loads], stdout=log, stderr=log)

    def spawn(self, argv, **options):
        environment = {**os.environ, **self.environment, "HOME": str(self.folder)}
        return self.stage.spawn(argv, env=environment, **options)

    def ask(self, *argv):
        return subprocess.run(["pactl", *argv], env={**os.environ, **self.environment},
                              capture_output=True, check=False).returncode == 0

    def record(self, path):
        """Writes what the loudspeaker plays from now on to `path`; returns the child that does."""
        with open(path, "wb") as file:
            child = self.spawn(["pacat", "--record", "--device=speaker.monitor", "--latency-msec=20",
                                *FORMAT], stdout=file)
        wait_for(lambda: path.stat().st_size, child, "the recorder")
        return child

    def say(self, path):
        """Says what the WAV file holds into the microphone, once; returns the child that does."""
        return self.spawn(["pacat", "--playback", "--file-format=wav", "--device=wire",
                           "--latency-msec=100", path])


def read_raw(path):
    """The samples of a file or pipe as peal and the desk write them: S16LE, 48 kHz, one channel."""
    data = path.read_bytes()
    return np.frombuffer(data[:len(data) // 2 * 2], "<i2") / 2 ** 15
