"""Calls with clients that cannot run here, as they were recorded: their own words, with packets that are alive."""
# SPDX-License-Identifier: MIT
import pytest

from calls import calling, ended, waiting
from recorded import Recorded

PLAIN = ["--encryption", "none"]


@pytest.fixture(name="bob")
def _bob(lab):
    return lab.server.strangers("bob")[0]


def called_by(lab, bob, recorded, *arguments):
    """peal takes the call of `recorded`; it is connected, and sound has come both ways."""
    peal = waiting(lab, bob, "--resource", "desk", "--auto", *arguments, lines=True)
    recorded.go()
    return talks(peal, recorded)


def calls(lab, bob, recorded, to, *arguments):
    peal = calling(lab, bob, to, "--resource", "desk", *arguments, lines=True)
    return talks(peal, recorded)


def talks(peal, recorded):
    peal.wait("connected")
    recorded.program.wait("media")
    peal.wait("media")
    return peal


def no_keys_of_sdes(recorded):
    """What peal said of its media has none: Dino would encrypt twice."""
    said = recorded.heard("jingle/session-initiate") + recorded.heard("jingle/session-accept")
    assert said and not any("crypto" in event["xml"] for event in said)


# --- Dino: DTLS and SDES offered at once, a certificate from tomorrow on, two components although RTCP is
# multiplexed, one codec in its answer, neither ringing nor finish, no responder in session-accept ---

def test_dino_calls(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/02-audio-call", "alice", tmp_path)
    peal = called_by(lab, bob, dino)
    assert peal.first("connected")["encryption"] == "dtls-srtp"
    dino.program.wait("secured")
    no_keys_of_sdes(dino)
    dino.hang_up()
    assert ended(peal) == ("success", 0)


def test_dino_is_called(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/02-audio-call", "bob", tmp_path)
    peal = calls(lab, bob, dino, dino.person.jid)
    assert peal.first("connected")["codec"] == "opus"
    dino.program.wait("secured")
    no_keys_of_sdes(dino)
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_dino_answers_late(lab, bob, tmp_path):
    """It acknowledges an offer only when it has tried its codecs: up to 15 s after it came."""
    dino = Recorded(lab, bob, "dino/02-audio-call", "bob", tmp_path, "--late", "15")
    peal = calls(lab, bob, dino, dino.person.jid)
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_dino_tells_its_candidates_one_by_one(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/10-trickled-candidates", "alice", tmp_path)
    peal = called_by(lab, bob, dino)
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_dino_declines(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/05-declined", "bob", tmp_path)
    peal = calling(lab, bob, dino.person.jid, "--resource", "desk")
    assert ended(peal) == ("declined", 5)


def test_dino_gives_up(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/03-retract", "alice", tmp_path)
    peal = waiting(lab, bob, "--resource", "desk", "--ask", lines=True)
    dino.go()
    peal.wait("incoming")
    assert ended(peal) == ("cancelled", 5)


# --- Dino's picture: in a call from the start, and added by either side, with `creator` always the initiator ---



def seeing(folder):
    return ["--video-in", "test", "--video-out", f"file:{folder}/seen.mkv", "--size", "320x180", "--fps", "10"]


def test_dino_calls_with_a_picture(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/04-video-call", "alice", tmp_path)
    peal = called_by(lab, bob, dino, "--video", *seeing(tmp_path))
    peal.wait("media", media="video")
    dino.program.wait("media", content="video")
    dino.hang_up()
    assert ended(peal) == ("success", 0)


def test_dino_is_called_with_a_picture(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/04-video-call", "bob", tmp_path)
    peal = calling(lab, bob, dino.person.jid, "--resource", "desk", "--video", *seeing(tmp_path), lines=True)
    peal.wait("media", media="video")
    dino.program.wait("media", content="video")
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_dino_adds_its_picture(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/06-video-added-by-initiator", "alice", tmp_path)
    peal = waiting(lab, bob, "--resource", "desk", "--auto", *seeing(tmp_path), lines=True)
    dino.go()
    peal.wait("content-added", media="video", by="remote")
    peal.wait("media", media="video")
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_dino_adds_its_picture_as_responder(lab, bob, tmp_path):
    """The creator of what it adds is the initiator all the same."""
    dino = Recorded(lab, bob, "dino/07-video-added-by-responder", "bob", tmp_path)
    peal = calling(lab, bob, dino.person.jid, "--resource", "desk", *seeing(tmp_path), lines=True)
    peal.wait("content-added", media="video", by="remote")
    peal.wait("media", media="video")
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_our_picture_is_added_to_a_call_with_dino(lab, bob, tmp_path):
    dino = Recorded(lab, bob, "dino/06-video-added-by-initiator", "bob", tmp_path)
    peal = calling(lab, bob, dino.person.jid, "--resource", "desk", *seeing(tmp_path), lines=True)
    peal.wait("media", media="audio")
    peal.say("video on")
    peal.wait("content-added", media="video", by="local")
    dino.program.wait("media", content="video")
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


# --- Pidgin and Gajim: plain RTP, two components, names in capitals, Opus with channels='0' or none, payload
# numbers that stand for several codecs, no XEP-0353 ---

@pytest.mark.parametrize("name, side", [
    ("legacy/pidgin-audio-call", "alice"),
    ("legacy/gajim-calls-pidgin", "carol"),
])
def test_an_older_client_calls(lab, bob, tmp_path, name, side):
    client = Recorded(lab, bob, name, side, tmp_path)
    peal = called_by(lab, bob, client, *PLAIN)
    assert peal.first("connected")["encryption"] == "none"
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


@pytest.mark.parametrize("name, side", [
    ("legacy/pidgin-audio-call", "bob"),
    ("legacy/pidgin-calls-gajim", "carol"),
])
def test_an_older_client_is_called(lab, bob, tmp_path, name, side):
    client = Recorded(lab, bob, name, side, tmp_path)
    peal = calls(lab, bob, client, client.full, *PLAIN)
    assert peal.first("connected")["encryption"] == "none"
    peal.say("hangup")
    assert ended(peal) == ("success", 0)


def test_an_older_client_is_refused_where_calls_must_be_encrypted(lab, bob, tmp_path):
    client = Recorded(lab, bob, "legacy/pidgin-audio-call", "alice", tmp_path)
    peal = waiting(lab, bob, "--resource", "desk", "--auto")
    client.go()
    assert ended(peal) == ("security", 7)
