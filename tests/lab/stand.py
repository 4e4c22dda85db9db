"""`./dev lab`: a private server with three friends on this machine's loopback, until Ctrl-C."""
# SPDX-License-Identifier: MIT
import shlex
import signal
import sys

from lab.lab import Lab, build_folder
from lab.network import HostNetwork
from lab.stage import polite_signals


def main():
    polite_signals()
    with Lab("peal-stand", HostNetwork) as lab:
        print("Three friends; each line runs peal as one of them. For example, in two terminals:")
        print("… answer --auto --audio-in tone, and … call JID --audio-out file:heard.wav\n")
        for person in lab.server.friends("alice", "bob", "carol"):
            mine = lab.environment(person)
            names = ("PEAL_JID", "PEAL_PASSWORD", "PEAL_SERVER", "PEAL_CA")
            setting = " ".join(f"{name}={shlex.quote(mine[name])}" for name in names)
            print(f"{setting} {build_folder() / 'peal'}\n", flush=True)
        user, password = lab.turn.credentials("stand", 86400)
        print(f"STUN and TURN: {lab.turn.address}:{lab.turn.port}, user {user}, password {password}")
        print(f"logs: {lab.folder}; Ctrl-C ends all of it", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
