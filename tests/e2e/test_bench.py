"""The measurements still run: a few logins, idle accounts and words, whose numbers make sense."""
# SPDX-License-Identifier: MIT
import json
import os
import subprocess

import pytest

from lab.lab import ROOT, build_folder
from lab.link import Link, Unavailable
from lab.server import Person


def run(lab, name, *arguments, password=""):
    program = build_folder() / "bench" / f"bench-{name}"
    done = subprocess.run(lab.network.wrap([program, *map(str, arguments)]), capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PEAL_PASSWORD": password})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", ["tls", "new", "again"])
def test_logins_are_timed(lab, peal_built, kind):
    person, = lab.server.strangers("timed")
    found = run(lab, "login", kind, "direct", f"127.0.0.1:{lab.server.tls_port}", lab.server.ca, person.jid, 2,
                password=person.password)
    assert [one["resumed"] for one in found] == [kind == "again"] * 2
    assert all(one["ended"] > one["began"] and one["cpu_us"] > 0 for one in found)


@pytest.mark.parametrize("mode", ["tls", "whole"])
def test_idle_accounts_are_weighed(lab, peal_built, mode):
    for n in range(1, 21):
        lab.server.store(Person("idle", f"idle-{n}@{lab.server.domain}", "idle"), "accounts", '["password"] = "idle";')
    *marks, idle = run(lab, "idle", mode, f"127.0.0.1:{lab.server.tls_port}", lab.server.ca, 20, 1)
    assert [mark["accounts"] for mark in marks] == [0, 1, 2, 10, 20]
    assert marks[-1]["rss_kb"] > marks[0]["rss_kb"] > 0
    assert idle["up"] == 20 and idle["idle_s"] > 0


def test_voices_are_compared(peal_built):
    """Two seconds over a clean link, peal and libwebrtc."""
    try:
        Link("peal-voice-test").stage.close()
    except Unavailable as error:
        pytest.skip(str(error))
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "bench" / "voice.py", build_folder() / "bench" / "bench-voice", "clean LAN"],
        env={**os.environ, "PEAL_BENCH_SECONDS": "2", "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout.splitlines()[-1])["rows"]["clean LAN"]
    for kind in ("peal", "libwebrtc"):
        assert 0 < row[kind]["delay"] < 1000 and 1 < row[kind]["MOS"] < 4.5, row
        assert 0 <= row[kind]["concealed"] <= 1 and 0 <= row[kind]["spoilt"] <= 1, row
