"""The measurements still run: a few logins and a few idle accounts, whose numbers make sense."""
# SPDX-License-Identifier: MIT
import json
import os
import subprocess

import pytest

from lab.lab import build_folder
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
