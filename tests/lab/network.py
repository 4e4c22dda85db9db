"""The network a laboratory runs in: a namespace with no way out where the system lets us, or the host's.

In the namespace nothing else listens and every address is ours: 127.0.0.1, and two addresses on a
virtual cable, because libwebrtc and libnice leave loopback out. It lives as long as the process
that holds it, so nothing is left behind, whatever happens to us.
"""
# SPDX-License-Identifier: MIT
import contextlib
import os
import subprocess

CABLE = ("ip link set lo up && ip link add lab0 type veth peer name lab1"
         " && ip address add 10.77.0.1/24 dev lab0 && ip address add 10.77.0.2/24 dev lab0"
         " && ip link set lab0 up && ip link set lab1 up && ip route add default dev lab0")


class HostNetwork:
    """No namespace: everything on the host's loopback. `address` is where media may come, `services` the XMPP server's."""
    address = services = "127.0.0.1"
    private = False

    def __init__(self, _stage=None):
        pass

    def wrap(self, argv):
        return list(argv)


class Namespace:
    """`cable` is the command that lays it; `within` another one, whose rights over networks this shares."""
    address, services = "10.77.0.1", "127.0.0.1"
    private = True

    def __init__(self, stage, cable=CABLE, within=None):
        self.user = os.geteuid() != 0
        new_user = ["--user", "--map-root-user"] if self.user and not within else []
        unshare = ["unshare", *new_user, "--net", "sh", "-c", "echo here; exec sleep infinity"]
        self.holder = stage.spawn(within.wrap(unshare) if within else unshare,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.holder.stdout.readline() != "here\n":
            raise OSError("no network namespace to be had here")
        self.run("sh", "-c", cable)

    def wrap(self, argv):
        """The command that runs `argv` in here; it keeps its process id."""
        user = ["--user", "--preserve-credentials"] if self.user else []
        return ["nsenter", f"--target={self.holder.pid}", *user, "--net",
                "setpriv", "--pdeathsig", "KILL", "--", *argv]

    def run(self, *argv):
        """Runs a command to its end; its output, or CalledProcessError."""
        return subprocess.run(self.wrap(argv), check=True, capture_output=True, text=True).stdout

    def drop_udp(self):
        """From now on no UDP packet arrives anywhere in here: a firewall that lets only TCP out."""
        self.run("nft", "add table inet lab; add chain inet lab in "
                 "{ type filter hook input priority 0; }; add rule inet lab in meta l4proto udp drop")

    def pass_udp(self):
        self.run("nft", "delete table inet lab")

    @contextlib.contextmanager
    def without_udp(self):
        """Behind that firewall, for a while."""
        self.drop_udp()
        try:
            yield
        finally:
            self.pass_udp()

    @contextlib.contextmanager
    def counting_udp(self, *but):
        """Gives a function that says how many UDP packets were sent in here, but from and to the ports named."""
        ports = ", ".join(map(str, but))
        rule = "; add rule inet tally leaving"
        self.run("nft", "add table inet tally; add counter inet tally sent; add chain inet tally leaving "
                 f"{{ type filter hook output priority 0; }} {rule} udp sport {{ {ports} }} accept "
                 f"{rule} udp dport {{ {ports} }} accept {rule} meta l4proto udp counter name sent")
        try:
            yield lambda: int(self.run("nft", "list counters table inet tally")
                              .split("packets ")[1].split()[0])
        finally:
            self.run("nft", "delete table inet tally")


def network(stage):
    """The most private network that may be had; PEAL_HOST_NETWORK=1 chooses the host's."""
    if not os.environ.get("PEAL_HOST_NETWORK"):
        try:
            return Namespace(stage)
        except (OSError, subprocess.CalledProcessError):
            pass
    return HostNetwork()
