"""Calls with clients that cannot run here, as they were recorded: their own words, with packets that are alive."""
# SPDX-License-Identifier: MIT
import pytest

from calls import calling, ended, waiting
from recorded import Recorded

DINO = "dino/07-video-added-by-responder.xml"  # has its features


@pytest.fixture(name="bob")
def _bob(lab):
    return lab.server.strangers("bob")[0]


def test_dino_calls(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/02-audio-call", "alice", tmp_path, features=DINO)
    peal = waiting(lab, bob, "--resource", "desk", "--auto")
    dino.go()
    peal.wait("connected")
    dino.program.wait("media")
    peal.wait("media")
    assert ended(peal) == ("success", 0)


def test_dino_is_called(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/02-audio-call", "bob", tmp_path, features=DINO)
    peal = calling(lab, bob, dino.person.jid, "--resource", "desk", "--duration", "3")
    peal.wait("connected")
    dino.program.wait("media")
    peal.wait("media")
    assert ended(peal) == ("success", 0)
