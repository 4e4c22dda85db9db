"""The link laboratory: two networks with an emulated link between them, and the servers half way.

    left ══ hop ══ middle: XMPP, STUN, TURN ══ hop ══ right

Whatever passes between any two of them passes an emulated hop (`link.c`): of a delay of 50 ms each
hop has 25, so that server and peer are 50 and 100 ms of round trip away, for signaling and media
alike. Everything else that a link does to packets it does on the right hop, in both directions.
"""
# SPDX-License-Identifier: MIT
import os
import subprocess

from lab.lab import Lab, build_folder
from lab.network import Namespace

SEED = 4
WAYS = ("both", "there", "back")  # "there" is from left to right

MIDDLE = ("ip link set lo up && ip address add 10.78.0.1/32 dev lo"
          " && echo 1 >/proc/sys/net/ipv4/ip_forward")


class Unavailable(OSError):
    """This machine, or this user, cannot have a link laboratory; why."""


class Middle(Namespace):
    address = services = "10.78.0.1"

    def __init__(self, stage):
        super().__init__(stage, MIDDLE)


class Side(Namespace):
    def __init__(self, stage, middle, number):
        super().__init__(stage, "ip link set lo up", within=middle)
        self.number, self.address = number, f"10.78.{number}.2"


class Hop:
    """One emulated cable, between the middle and a side."""

    def __init__(self, lab, side, seed):
        middle = f"{lab.network.holder.pid}:hop{side.number}"
        ends = [f"{side.holder.pid}:wire", middle]
        self.lines = 0
        self.program = lab.run([build_folder() / "tests" / "link", seed,
                                *(ends if side is lab.left else reversed(ends))], "link", lines=True)
        lab.programs.remove(self.program)  # a sweep leaves it
        self.program.wait("up")
        self.connect(lab.network, f"hop{side.number}", side.number, 1, "")
        self.connect(side, "wire", side.number, 2, f" && ip route add default via 10.78.{side.number}.1")

    @staticmethod
    def connect(network, interface, number, host, more):
        """No ARP and no IPv6 of its own: nothing but what programs send is on the cable."""
        other = 3 - host
        network.run("sh", "-c", (
            f"ip link set {interface} address 02:00:00:00:{number:02}:{host:02} addrgenmode none"
            f" && ip address add 10.78.{number}.{host}/24 dev {interface} && ip link set {interface} up"
            f" && ip neighbour add 10.78.{number}.{other} lladdr 02:00:00:00:{number:02}:{other:02}"
            f" dev {interface} nud permanent{more}"))

    def tell(self, line):
        """Says a line to the emulator; its answer."""
        self.lines += 1
        self.program.say(line)
        answer = self.program.wait_until(
            lambda: next((event for event in self.program.events if event.get("line") == self.lines), None),
            30, f"answer to {line!r}")
        if answer["event"] == "refused":
            raise ValueError(line)
        return answer

    def set(self, way="both", **settings):
        """The words of path.h, such as loss=5; they hold for what enters from now on."""
        assert way in WAYS, way
        self.tell(f"set {way} " + " ".join(f"{word}={float(value):g}" for word, value in settings.items()))

    def seed(self, seed):
        """Begins the chances anew, in each direction others."""
        self.tell(f"set there seed={2 * seed}")
        self.tell(f"set back seed={2 * seed + 1}")

    def count(self):
        """The counters of both directions, by "there" and "back"."""
        return self.tell("count")


class Link(Lab):
    """`with Link(delay=50, loss=5) as link`: programs start with `where=link.left` or `link.right`, or with the servers."""

    def __init__(self, name="peal-link", seed=SEED, **settings):
        try:
            os.close(os.open("/dev/net/tun", os.O_RDWR))
        except OSError as error:
            raise Unavailable(str(error)) from error
        try:
            super().__init__(name, Middle)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unavailable(f"no network namespace for this user: {error}") from error
        try:
            self.left, self.right = (Side(self.stage, self.network, number) for number in (1, 2))
            self.near, self.far = (Hop(self, side, seed + side.number) for side in (self.left, self.right))
            print(f"link: seed {seed}")
            self.set(**settings)
        except BaseException:
            self.stage.close()
            raise

    def set(self, way="both", delay=None, **settings):
        """Changes the link while it runs: `delay` is that of the whole way, in one direction."""
        if delay is not None:
            for hop in (self.near, self.far):
                hop.set(way, delay=delay / 2)
        if settings:
            self.far.set(way, **settings)
