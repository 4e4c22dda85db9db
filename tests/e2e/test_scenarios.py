"""Every way libwebrtc's clients call one another, with peal as one of them; the table says which test does it.

Those that are told elsewhere are named in the table; the others are here. An exception names its row in
docs/interop.md ("How libwebrtc's clients take what they are told").
"""
# SPDX-License-Identifier: MIT
import os
import re
import shutil

import pytest

from calls import ended
from lab.lab import ROOT
from lab.seen import THEIRS, look
from pictures import PATIENCE, Friends

pytestmark = pytest.mark.in_time
SOAK = "PEAL_SOAK" in os.environ

W10, W11 = "W10: Node has no H.264", "W11: only who called restarts"
# What is said between whom; the tests that have peal call, and that have peal answer.
TABLE = {
    "voice": ("test_webrtc.py::test_the_tone_is_heard_on_both_sides",) * 2,
    "voice and picture": ("test_video.py::test_pictures_cross_with_libwebrtc",) * 2,
    "voice and picture, all candidates at once": ("test_more_ways_to_node",) * 2,
    "voice and picture with a browser": ("test_video.py::test_pictures_cross_with_a_browser",) * 2,
    "a picture without a voice": ("peal always offers a voice", "test_more_ways_to_a_browser"),
    "voice and picture, asked by XEP-0353, all candidates at once": ("test_more_ways_to_a_browser",) * 2,
    "the browser's own devices": ("test_more_ways_to_a_browser",) * 2,
    "a bare offer": ("test_video.py::test_pictures_cross_with_libwebrtc",
                     "test_video.py::test_pictures_cross_with_a_browser"),
    "not bundled": ("test_video.py::test_pictures_cross_with_a_browser",) * 2,
    "H.264": ("test_video.py::test_pictures_cross_with_a_browser",) * 2,
    "H.264 with Node": (W10, W10),
    "voice, asked by XEP-0353": ("test_webrtc.py::test_the_tone_is_heard_on_both_sides",) * 2,
    "XEP-0353, declined": ("test_webrtc.py::test_libwebrtc_does_not_want_to_talk", "test_webrtc.py::test_we_do_not_want_to_talk"),
    "XEP-0353, taken back": ("test_we_give_up_ringing", "test_they_give_up_ringing"),
    "declined": ("test_webrtc.py::test_libwebrtc_does_not_want_to_talk", "test_webrtc.py::test_we_do_not_want_to_talk"),
    "who was called hangs up, for a reason of its own": ("test_who_was_called_hangs_up",
                                                         "test_who_was_called_hangs_up"),
    "mute and hold": ("test_hold.py::test_libwebrtc_and_peal_hold_and_mute_one_another",
                      "test_they_hold_and_mute_who_were_called"),
    "ICE restart by them": (W11, "test_the_browser_restarts"),
    "ICE restart on a path that carries nothing": ("test_nothing_passes_until_who_called_restarts",) * 2,
    "voice, relayed": ("test_webrtc.py::test_the_tone_is_heard_on_both_sides",) * 2,
    "voice and picture, relayed": ("test_more_ways_to_a_browser",) * 2,
}


def test_the_table_names_tests_that_are_there():
    for scenario, roles in TABLE.items():
        for told in roles:
            file, _, test = told.rpartition("::")
            if test.startswith("test_"):
                text = (ROOT / "tests" / "e2e" / (file or "test_scenarios.py")).read_text()
                assert f"def {test}(" in text, (scenario, told)
            elif re.match(r"W\d+:", told):
                assert f"| {told.split(':')[0]} |" in (ROOT / "docs" / "interop.md").read_text(), told


@pytest.fixture
def friends(lab, peal_built):
    return lambda engine, *arguments: Friends(lab, engine, *arguments)


def test_more_ways_to_node(friends, tmp_path):
    here = friends("node", "--no-trickle")
    here.call(tmp_path / "1.mkv", "--no-trickle", lines=True).is_right(by_us=True)
    here.called(tmp_path / "2.mkv", "--no-trickle", lines=True).is_right(by_us=False)


WAYS = [  # what the browser is like, our own options, whether it is asked for before, who calls
    ({"no-trickle": True}, ["--no-trickle"], True, ("we", "they")),
    ({"relay": True}, ["--relay-only"], False, ("we", "they")),
]


@pytest.mark.skipif(not shutil.which("chromium"), reason="not installed: chromium")
def test_more_ways_to_a_browser(friends, tmp_path):
    here = friends("chromium")
    for number, (theirs, ours, invited, callers) in enumerate(WAYS):
        here.set(**theirs)
        for caller in callers:
            place = here.call if caller == "we" else here.called
            place(tmp_path / f"{number}-{caller}.mkv", *ours, invited=invited, lines=True).is_right(by_us=caller == "they")
            path = "relayed" if "relay" in theirs else "direct"
            assert {one["path"] for one in here.peal.all("connected")} == {path}
        here.set(**{word: False for word in theirs})
    here.set(source="fake")
    for place in (here.call, here.called):
        call = place(tmp_path / f"{place.__name__}.mkv", lines=True)
        call.peer.wait_until(lambda c=call: [one for one in c.stats() if one.get("picture", {}).get("moves", 0) > 3], PATIENCE,
                             "moving picture of ours")
        call.sees()
        call.ends(by_us=True)
        assert look(call.path).moves > 3  # a face and a clock, on green
    here.set(source="synth", media="video")
    call = here.called(tmp_path / "alone.mkv", lines=True)
    call.peer.wait_until(lambda: [one for one in call.stats() if one.get("picture", {}).get("moves", 0) > 3], PATIENCE,
                         "moving picture of ours")
    call.sees()
    assert call.ends(by_us=False)["agreed"] == ["video"]
    assert look(call.path).corners == THEIRS


def test_we_give_up_ringing(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    peer = lab.webrtc(bob, "--answer", "ignore")
    peer.wait("ready", PATIENCE)
    peal = lab.peal(alice, "call", bob.jid, "--ring-timeout", "2", "--audio-in", "silence", "--audio-out", "none")
    assert ended(peal) == ("no-answer", 4)
    peer.wait("invite", PATIENCE, verb="retract")


def test_they_give_up_ringing(lab, peal_built):
    alice, bob = lab.server.friends("alice", "bob")
    peal = lab.peal(bob, "answer", "--once", "--audio-in", "silence", "--audio-out", "none", keys=True)
    peal.wait("online")
    peer = lab.webrtc(alice, "--to", bob.jid, "--invite", "--ring-timeout", 2)
    peal.wait("incoming", PATIENCE)
    peer.wait("refused", PATIENCE)
    assert ended(peal)[0] == "cancelled"


@pytest.mark.parametrize("called", ["they", "we"])
def test_who_was_called_hangs_up(friends, tmp_path, called):
    here = friends("node")
    here.set(media="audio")
    call = (here.call if called == "they" else here.called)(tmp_path / "none.mkv", lines=True)
    call.peal.wait("media", PATIENCE)
    call.peer.wait_until(lambda: [one for one in call.stats() if one["purity"] > 0.9], PATIENCE, "tone of ours")
    if called == "they":
        call.peer.say("hangup gone")
        assert ended(call.peal, PATIENCE) == ("lost", 10)
    else:
        call.peal.say("hangup")
        assert ended(call.peal, PATIENCE) == ("success", 0)
    assert call.peer.wait("result", PATIENCE, sid=call.sid)["reason"] == ("gone" if called == "they" else "success")


def test_they_hold_and_mute_who_were_called(friends, tmp_path):
    """Voice and picture: on hold neither goes to them; what they mute is told."""
    here = friends("node")
    call = here.called(tmp_path / "seen.mkv", lines=True)
    call.is_seen()
    call.peer.say("hold")
    call.peal.wait("hold", PATIENCE, by="remote", reason="hold")
    call.hears(False)
    call.moves(False)
    call.peer.say("resume")
    call.peal.wait("hold", PATIENCE, by="remote", reason="unhold")
    call.hears(True)
    call.moves(True)
    for kind in ("audio", "video"):
        before = len(call.peal.all("mute", by="remote"))
        call.peer.say(f"mute {kind}")
        call.peal.wait_until(lambda n=before: len(call.peal.all("mute", by="remote", reason="mute")) > n // 2, PATIENCE, "mute")
        call.peer.say(f"unmute {kind}")
        call.peal.wait_until(lambda n=before: len(call.peal.all("mute", by="remote")) == n + 2, PATIENCE, "unmute")
    call.is_right(by_us=True)


@pytest.mark.skipif(not shutil.which("chromium"), reason="not installed: chromium")
def test_the_browser_restarts(friends, tmp_path):
    here = friends("chromium")
    call = here.called(tmp_path / "seen.mkv", lines=True)
    call.is_seen()
    call.peer.say("restart-ice")
    call.peal.wait("restart", PATIENCE, by="remote")
    call.is_seen(since=len(call.stats()))
    call.is_right(by_us=True)


@pytest.mark.parametrize("caller", ["we", "they"] if SOAK else ["we"])
def test_nothing_passes_until_who_called_restarts(lab, friends, tmp_path, caller):
    """By row W6 that is who called; then all goes on. By row W13 Node cannot, where it called."""
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    if caller == "they" and not shutil.which("chromium"):
        pytest.skip("not installed: chromium")
    here = friends("node" if caller == "we" else "chromium")
    call = (here.call if caller == "we" else here.called)(tmp_path / "seen.mkv", lines=True)
    call.is_seen()
    with lab.network.without_udp():
        call.peal.wait("restart", PATIENCE, by="local" if caller == "we" else "remote")
    call.is_seen(since=len(call.stats()) + 1)
    call.is_right(by_us=True)


if not SOAK:  # long, and told in part by test_video.py and test_hold.py
    del test_more_ways_to_a_browser, test_they_hold_and_mute_who_were_called
