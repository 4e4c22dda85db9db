"""A thousand messages each way over a way to the server that is muted, delayed and cut."""
# SPDX-License-Identifier: MIT
import os
import random

import pytest

from lab.lab import ROOT, build_folder
from lab.server import Server

FORGETS = 0       # s; Prosody adds one
FORGOTTEN = 1400  # ms
PATIENCE = 330


@pytest.fixture
def forgetful(lab):
    """A server that forgets sessions quickly, and keeps messages for who is not there."""
    server = Server(lab.stage, lab.network, forgets=FORGETS, stores=True)
    yield server
    server.stop()


def seeds():
    """PEAL_SEED repeats one."""
    if "PEAL_SEED" in os.environ:
        return [int(os.environ["PEAL_SEED"])]
    return [random.randrange(2 ** 32) for _ in range(20 if "PEAL_SOAK" in os.environ else 1)]


@pytest.mark.parametrize("seed", seeds())
def test_each_message_arrives_once_and_in_order(lab, forgetful, seed):
    people = forgetful.friends("a", "b")
    settings = {"PORT": forgetful.port, "CA": forgetful.ca, "SEED": seed, "MESSAGES": 1000, "CUTS": 50,
                "EXPIRIES": 5, "FORGETS": FORGOTTEN,
                **{person.name.upper(): f"{person.jid} {person.password}" for person in people}}
    print(f"seed {seed}")
    storm = lab.run([build_folder() / "tests" / "cuts"], f"cuts-{seed}", env={
        # The leak checker falls over the thread-local data of GnuTLS.
        "ASAN_OPTIONS": "intercept_tls_get_addr=0", **os.environ,
        "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
        **{f"PEAL_CUTS_{key}": str(value) for key, value in settings.items()}})
    assert storm.finish(PATIENCE) == 0, storm.story()
    done = storm.first("done")
    print(done)
    assert done["expired"] >= 5
    assert done["a"]["lost"] + done["b"]["lost"] >= 55
    for one, other in (("a", "b"), ("b", "a")):
        assert done[one]["said"] == done[other]["heard"] == 1000
        assert done[one]["settled"] <= done[one]["asked"]
