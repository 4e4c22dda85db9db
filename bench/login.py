#!/usr/bin/python3
"""What a login takes: time, processor and round trips, over loopback and at 100 ms there and back.

The long way is a relay that keeps each piece for 50 ms, in both directions, and notes when it came
and from which side: a round trip is each time that the client speaks after the server did. The
relay takes connections at once, so TCP's own round trip is not among them. References in the same
run: a TLS handshake with the same server and nothing else, and slixmpp where it is installed.
"""
# SPDX-License-Identifier: MIT
import asyncio
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

from lab.lab import Lab
from lab.network import HostNetwork
from lab.relay import Relay
from lab.stage import free_port, polite_signals

LOGINS = int(os.environ.get("PEAL_BENCH_LOGINS", "30"))
FAR = max(LOGINS // 3, 3)  # over the long way
RTT_MS = 100
REFERENCE = pathlib.Path(__file__).parent / "slixmpp_login.py"
# Words, kind, whether each is a process of its own, and whether the server knows XEP-0198.
ROWS = [("TCP and TLS alone", "tls", False, True), ("the same, first in a process", "tls", True, True),
        ("first login of a process", "new", True, True), ("new session", "new", False, True),
        ("key known, no XEP-0198", "again", False, False), ("resumed", "again", False, True)]


class Tally(Relay):
    """A relay that remembers who spoke when."""

    def __init__(self, target, delay):
        super().__init__(target, delay)
        self.spoken = []

    async def take(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.forward(self.noting(reader, "client"), back),
                             self.forward(self.noting(there, "server"), writer))

    def noting(self, reader, side):
        spoken = self.spoken

        class Ear:
            async def read(self, most):
                piece = await reader.read(most)
                if piece:
                    spoken.append((time.monotonic() * 1e6, side))
                return piece
        return Ear()

    def trips(self, began, ended):
        sides = [side for at, side in self.spoken if began <= at <= ended]
        return sum(side == "client" and (not index or sides[index - 1] == "server")
                   for index, side in enumerate(sides))


def long_way(target):
    """The relay, and its port."""
    relay, port = Tally(target, RTT_MS / 2000), free_port()
    ready = threading.Event()

    async def serve():
        await asyncio.start_server(relay.take, "127.0.0.1", port)
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()
    return relay, port


def lines(argv, person):
    done = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, text=True, timeout=600,
                          env={**os.environ, "PEAL_PASSWORD": person.password})
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or not found:
        raise SystemExit(f"login: {argv}: left with status {done.returncode}")
    return found


class Bench:
    def __init__(self, program, server, person):
        self.program, self.server, self.person = program, server, person
        self.ways = {"direct": long_way(server.tls_port), "starttls": long_way(server.port)}

    def logins(self, kind, tls, port, count, fresh):
        def run(number):
            return lines([self.program, kind, tls, f"127.0.0.1:{port}", self.server.ca, self.person.jid, number],
                         self.person)
        return sum((run(1) for _ in range(count)), []) if fresh else run(count)

    def reference(self, _kind, tls, port, count, _fresh):
        return sum((lines(["/usr/bin/python3", REFERENCE, tls, port, self.server.ca, self.person.jid], self.person)
                    for _ in range(count)), [])

    def row(self, words, tls, run, *what):
        """One line of the table, and what it says."""
        near_port = self.server.tls_port if tls == "direct" else self.server.port
        near = run(what[0], tls, near_port, LOGINS, what[1])
        relay, far_port = self.ways[tls]
        relay.spoken.clear()
        far = run(what[0], tls, far_port, FAR, what[1])
        trips = [relay.trips(one["began"], one["ended"]) for one in far]
        took = [[(one["ended"] - one["began"]) / 1000 for one in logins] for logins in (near, far)]
        cpu = statistics.median(one["cpu_us"] / 1000 for one in near)
        found = {"near_ms": statistics.median(took[0]), "near_p90_ms": percentile(took[0], .9), "cpu_ms": cpu,
                 "far_ms": statistics.median(took[1]), "far_p90_ms": percentile(took[1], .9),
                 "trips": statistics.median(trips), "resumed": sum(one["resumed"] for one in near)}
        print(f"{words:<32}{tls:<10}{found['near_ms']:>8.1f}{found['near_p90_ms']:>8.1f}{cpu:>8.1f}"
              f"{found['far_ms']:>9.0f}{found['far_p90_ms']:>8.0f}{found['trips']:>7.0f}"
              f"{found['far_ms'] / RTT_MS:>8.1f}", flush=True)
        return found


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    polite_signals()
    print(f"{'ms, ' + str(LOGINS) + ' logins each':<42}{'median':>8}{'p90':>8}{'CPU':>8}"
          f"{'far':>9}{'p90':>8}{'trips':>7}{'far/RTT':>8}")
    found = {}
    with Lab("peal-login", HostNetwork) as lab:
        lab.server.keep_hashes()
        person, = lab.server.strangers("bench")
        bench = Bench(sys.argv[1], lab.server, person)
        for keeps in (True, False):
            if not keeps:
                lab.server.change('"smacks"; ', "")
            for tls in ("direct", "starttls"):
                for words, kind, fresh, wanted in ROWS:
                    if wanted == keeps and (kind, tls) != ("tls", "starttls"):
                        found[words, tls] = bench.row(words, tls, bench.logins, kind, fresh)
        assert found["resumed", "direct"]["resumed"] == LOGINS
        assert not found["key known, no XEP-0198", "direct"]["resumed"]
        if importlib.util.find_spec("slixmpp"):
            for tls in ("direct", "starttls"):
                found["slixmpp", tls] = bench.row("slixmpp, first of a process", tls, bench.reference, "new", True)
        else:
            print("slixmpp is not here to compare with: python3-slixmpp")
    ratio = found["new session", "direct"]["near_ms"] / found["TCP and TLS alone", "direct"]["near_ms"]
    print(f"a new session over direct TLS takes {ratio:.1f} times the TLS handshake alone")
    print(json.dumps({"bench": "login", "ratio": round(ratio, 2), **{
        f"{words}, {tls}": {key: round(value, 1) for key, value in row.items()}
        for (words, tls), row in found.items()}}))


if __name__ == "__main__":
    main()
