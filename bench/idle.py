#!/usr/bin/python3
"""What an idle account costs: 1,000 of them in one process, against 1,000 bare TLS connections to the same server.

Three processes, one after the other: bare TLS, peal's stream alone, and the stream with all that a
call needs (each account has one contact who is online). Memory is what an account adds between the
first tenth and the last; processor time is that of a minute and a half in which nothing happens but
the pings of XEP-0199 and XEP-0198.
"""
# SPDX-License-Identifier: MIT
import json
import os
import resource
import subprocess
import sys

from lab.lab import Lab
from lab.network import HostNetwork
from lab.server import Person
from lab.stage import polite_signals

COUNT = int(os.environ.get("PEAL_BENCH_ACCOUNTS", "1000"))
SECONDS = int(os.environ.get("PEAL_BENCH_SECONDS", "90"))
MODES = {"tls": "bare TLS connection", "stream": "peal's stream", "whole": "stream, rooms, endpoint"}


def make_accounts(server):
    people = [Person(f"idle-{n}", f"idle-{n}@{server.domain}", "idle") for n in range(1, COUNT + 1)]
    for person in people:
        server.store(person, "accounts", f'["password"] = "{person.password}";')
    for one, other in zip(people[::2], people[1::2]):
        server.befriend(one, other)
        server.befriend(other, one)


def measure(program, server, mode):
    done = subprocess.run([program, mode, f"127.0.0.1:{server.tls_port}", server.ca, str(COUNT), str(SECONDS)],
                          stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"idle: {mode}: left with status {done.returncode}")
    *marks, idle = map(json.loads, done.stdout.splitlines())
    first, tenth, last = marks[1], marks[2], marks[-1]
    accounts = last["accounts"] - tenth["accounts"]
    assert idle["up"] == COUNT, f"{COUNT - idle['up']} accounts are not online"
    return {
        **{key: (last[key] - tenth[key]) / accounts for key in ("rss_kb", "pss_kb", "heap_kb")},
        "start_kb": marks[0]["rss_kb"], "first_kb": first["rss_kb"] - marks[0]["rss_kb"],
        "total_mb": last["rss_kb"] / 1024,
        "cpu_us": (idle["user_us"] + idle["system_us"]) * 60 / idle["idle_s"] / COUNT,
        "wakeups": idle["wakeups"] / idle["idle_s"],
    }


ROWS = [("rss_kb", "resident, KB an account"), ("pss_kb", "proportional, KB an account"),
        ("heap_kb", "heap in use, KB an account"), ("first_kb", "the first account, KB"),
        ("total_mb", "the whole process, MB"), ("cpu_us", "CPU, µs an account and minute"),
        ("wakeups", "wake-ups a second, all accounts")]


def main():
    polite_signals()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the server's, too
    with Lab("peal-idle", HostNetwork) as lab:
        lab.server.keep_hashes()
        make_accounts(lab.server)
        found = {mode: measure(sys.argv[1], lab.server, mode) for mode in MODES}
    print(f"{COUNT} accounts, {SECONDS} s" + "".join(f"{words:>26}" for words in MODES.values()))
    for key, words in ROWS:
        print(f"{words:<32}" + "".join(f"{found[mode][key]:>20.1f}" for mode in MODES))
    ratios = {mode: found[mode]["rss_kb"] / found["tls"]["rss_kb"] for mode in MODES}
    print(f"memory against bare TLS: stream {ratios['stream']:.2f}, with rooms and endpoint {ratios['whole']:.2f}")
    print(json.dumps({"bench": "idle", "ratio": round(ratios["whole"], 3),
                      **{mode: {key: round(value, 1) for key, value in row.items()}
                         for mode, row in found.items()}}))


if __name__ == "__main__":
    main()
