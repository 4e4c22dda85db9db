"""Calls with picture with libwebrtc, in Node and in Chromium: each codec, bundled or not, with all that is
optional left out by either side; changes in the call, and its end.
"""
# SPDX-License-Identifier: MIT
import itertools
import os
import shutil

import pytest

from pictures import PATIENCE, Friends

pytestmark = pytest.mark.in_time

SOAK = "PEAL_SOAK" in os.environ
PEER_LESS, OUR_LESS = "ssrc,msid,hdrext,rtcp-fb,rtx,fec", "ssrc,hdrext,rtcp-fb,rtx,fec"
# Who calls, the codec, what is bundled, who leaves out all that is optional, whether it asks before, who hangs up.
EVERY = list(itertools.product(("peal", "they"), ("VP8", "VP9", "H264"), ("bundle", "apart"), ("nobody", "they", "peal"),
                               ("invited", "direct"), ("peal", "they")))
# Each two of these choices together at least once, as far as so few calls can.
NODE = [("peal", "VP8", "bundle", "nobody", "invited", "they"), ("they", "VP9", "apart", "they", "direct", "peal"),
        ("they", "VP8", "bundle", "peal", "invited", "peal"), ("peal", "VP9", "apart", "peal", "direct", "they"),
        ("they", "VP8", "bundle", "nobody", "direct", "they")]
CHROMIUM = [("peal", "H264", "apart", "they", "direct", "peal"), ("they", "H264", "bundle", "nobody", "invited", "they"),
            ("they", "VP8", "apart", "they", "invited", "they"), ("peal", "VP9", "bundle", "peal", "invited", "peal")]
if SOAK:
    NODE, CHROMIUM = [case for case in EVERY if case[1] != "H264"], EVERY


def crosses(friends, path, case):
    caller, codec, way, less, invited, ender = case
    theirs = [PEER_LESS] if less == "they" else []
    friends.set(codecs=f"opus,{codec}", strip=",".join(theirs + (["group"] if way == "apart" else [])))
    place = friends.call if caller == "peal" else friends.called
    ours = ["--codec", f"opus,{codec.lower()}", *(["--strip", OUR_LESS] if less == "peal" else [])]
    call = place(path, *ours, invited=invited == "invited", lines=True)
    seen, counts = call.is_right(by_us=ender == "peal")
    print(case, seen["picture"], counts)
    assert seen["picture"]["codec"] == f"video/{codec}"
    assert seen["transports"] == (2 if way == "apart" else 1)
    assert {one["codec"] for one in friends.peal.all("connected")} == {"opus", codec}


@pytest.fixture
def friends(lab, peal_built):
    return lambda engine, *arguments: Friends(lab, engine, *arguments)


@pytest.mark.parametrize("case", NODE, ids="-".join)
def test_pictures_cross_with_libwebrtc(friends, tmp_path, case):
    crosses(friends("node"), tmp_path / "seen.mkv", case)


@pytest.mark.skipif(not shutil.which("chromium"), reason="not installed: chromium")
def test_pictures_cross_with_a_browser(friends, tmp_path):
    """One browser for all of them: it takes its time to start."""
    here = friends("chromium")
    for number, case in enumerate(CHROMIUM):
        crosses(here, tmp_path / f"seen-{number}.mkv", case)


@pytest.mark.parametrize("engine", ["node", "chromium"] if SOAK else ["node"])
def test_we_hold_and_stop_our_picture(friends, tmp_path, engine):
    """On hold neither voice nor picture of ours goes out; a picture that is off is muted, and comes back."""
    if engine == "chromium" and not shutil.which("chromium"):
        pytest.skip("not installed: chromium")
    call = friends(engine).call(tmp_path / "seen.mkv", lines=True)
    call.is_seen()
    call.peal.say("hold")
    call.peer.wait("hold", PATIENCE)
    call.hears(False)
    call.moves(False)
    call.peal.say("unhold")
    call.peer.wait("resumed", PATIENCE)
    call.hears(True)
    call.moves(True)
    call.peal.say("video off")
    assert call.peer.wait("mute", PATIENCE)["content"] == call.sees()["content"]
    call.moves(False)
    call.hears(True)
    call.peal.say("video on")
    call.peer.wait("unmute", PATIENCE)
    call.moves(True)
    call.is_right(by_us=True)


def test_no_picture_is_forced_on_who_takes_none(friends, tmp_path):
    """stanza.js has no way to add a content (docs/interop.md, row W1): who wants to is told so, and the call goes on."""
    here = friends("node")
    here.set(media="audio")
    call = here.called(tmp_path / "none.mkv", lines=True)
    call.hears(True)
    call.peal.say("video on")
    assert "picture" in call.peal.wait("error", PATIENCE)["text"]
    call.hears(True)
    assert call.ends(by_us=True)["ok"]
    assert not call.peal.all("content-added")
