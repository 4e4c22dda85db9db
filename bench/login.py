#!/usr/bin/python3
"""What a login takes: time, processor and round trips, over loopback and at 100 ms there and back.

The long way is a relay that keeps each piece for 50 ms, in both directions, and notes when it came
and from which side: a round trip is each time that the server speaks after the client did. The
relay takes connections at once, so TCP's own round trip is not among them. References in the same
run: a TLS handshake with the same server and nothing else, and slixmpp where it is installed.
"""
# SPDX-License-Identifier: MIT
import asyncio
import dataclasses
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

ROUNDS = int(os.environ.get("PEAL_BENCH_ROUNDS", "15"))  # of all rows: what else runs hits all of them alike
FAR_ROUNDS = max(ROUNDS // 4, 1)  # over the long way
WARM = 3  # logins of a process, whose first does not count
RTT_MS = 100
SLIXMPP = pathlib.Path(__file__).parent / "slixmpp_login.py"


@dataclasses.dataclass(frozen=True)
class Row:
    words: str
    kind: str
    tls: str
    fresh: bool = False   # each is a process of its own
    resumes: bool = True  # the server knows XEP-0198


ROWS = [Row("TCP and TLS alone", "tls", "direct"), Row("the same, first of a process", "tls", "direct", True)]
for _tls in ("direct", "starttls"):
    ROWS += [Row("first login of a process", "new", _tls, True), Row("new session", "new", _tls),
             Row("resumed", "again", _tls), Row("key known, no XEP-0198", "again", _tls, resumes=False)]
    if importlib.util.find_spec("slixmpp"):
        ROWS.append(Row("slixmpp, first of a process", "slixmpp", _tls, True))


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
        return sum(asked == "client" and said == "server" for asked, said in zip(sides, sides[1:]))


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
        self.ports = {"direct": server.tls_port, "starttls": server.port}
        self.ways = {tls: long_way(port) for tls, port in self.ports.items()}
        self.near = {row: [] for row in ROWS}
        self.far = {row: [] for row in ROWS}

    def logins(self, row, port):
        """What one process did of it."""
        server, jid = self.server, self.person.jid
        if row.kind == "slixmpp":
            return lines(["/usr/bin/python3", SLIXMPP, row.tls, port, server.ca, jid], self.person)
        return lines([self.program, row.kind, row.tls, f"127.0.0.1:{port}", server.ca, jid,
                      1 if row.fresh else WARM], self.person)[0 if row.fresh else 1:]

    def near_round(self, row):
        self.near[row] += self.logins(row, self.ports[row.tls])

    def far_round(self, row):
        relay, port = self.ways[row.tls]
        relay.spoken.clear()
        for one in self.logins(row, port):
            self.far[row].append({**one, "trips": relay.trips(one["began"], one["ended"])})

    def rounds(self, resumes):
        rows = [row for row in ROWS if row.resumes == resumes]
        for _ in range(ROUNDS):
            for row in rows:
                self.near_round(row)
        for _ in range(FAR_ROUNDS):
            for row in rows:
                self.far_round(row)

    def result(self, row):
        near, far = self.near[row], self.far[row]
        assert all(one["resumed"] == (row.kind == "again" and row.resumes) for one in near + far), row
        took = [[(one["ended"] - one["began"]) / 1000 for one in logins] for logins in (near, far)]
        return {"near_ms": statistics.median(took[0]), "near_p90_ms": percentile(took[0], .9),
                "cpu_ms": statistics.median(one["cpu_us"] / 1000 for one in near),
                "far_ms": statistics.median(took[1]), "far_p90_ms": percentile(took[1], .9),
                "trips": statistics.median(one["trips"] for one in far)}


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def print_table(found):
    print(f"{'ms':<42}{'median':>8}{'p90':>8}{'CPU':>8}{'far':>9}{'p90':>8}{'trips':>7}{'far/RTT':>8}")
    for row, one in found.items():
        print(f"{row.words:<32}{row.tls:<10}{one['near_ms']:>8.1f}{one['near_p90_ms']:>8.1f}{one['cpu_ms']:>8.1f}"
              f"{one['far_ms']:>9.0f}{one['far_p90_ms']:>8.0f}{one['trips']:>7.0f}{one['far_ms'] / RTT_MS:>8.1f}")


def main():
    polite_signals()
    with Lab("peal-login", HostNetwork) as lab:
        lab.server.keep_hashes()
        person, = lab.server.strangers("bench")
        bench = Bench(sys.argv[1], lab.server, person)
        bench.rounds(resumes=True)
        lab.server.change('"smacks"; ', "")
        bench.rounds(resumes=False)
    found = {row: bench.result(row) for row in ROWS}
    print_table(found)
    alone = found[ROWS[0]]
    ratios = {words: round(one["cpu_ms"] / alone["cpu_ms"], 2) for row, one in found.items()
              for words in [row.words] if words in ("new session", "resumed") and row.tls == "direct"}
    print("processor time against the TLS handshake alone:", ", ".join(f"{words} {ratio}" for words, ratio in ratios.items()))
    if not importlib.util.find_spec("slixmpp"):
        print("slixmpp is not here to compare with: python3-slixmpp")
    print(json.dumps({"bench": "login", "ratio": ratios["new session"], "rounds": ROUNDS, "rows": [
        {**dataclasses.asdict(row), **{key: round(value, 1) for key, value in one.items()}} for row, one in found.items()]}))


if __name__ == "__main__":
    main()
