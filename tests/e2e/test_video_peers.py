"""The ruler itself: libwebrtc against libwebrtc, so that what it says of a call with peal can be believed."""
# SPDX-License-Identifier: MIT
import os
import shutil

import pytest

CORNERS = ["blue", "yellow", "cyan", "magenta"]  # what the peer draws: tests/peers/webrtc/src/picture.mjs
PATIENCE = 60  # s: a browser starts slowly on a busy machine

pytestmark = [pytest.mark.in_time,
              pytest.mark.skipif(not shutil.which("chromium"), reason="not installed: chromium")]
EVERYTHING = "ssrc,msid,hdrext,rtcp-fb,rtx,fec"
CALLS = [("node", "chromium", ["--strip", EVERYTHING, "--no-bundle"])]
if "PEAL_SOAK" in os.environ:
    CALLS += [(caller, callee, said) for caller in ("node", "chromium") for callee in ("node", "chromium")
              for said in ([], ["--no-bundle"], ["--strip", EVERYTHING], ["--codecs", "opus,VP9"], ["--no-trickle"])]
    CALLS += [("chromium", "chromium", ["--codecs", "opus,H264"]), ("chromium", "node", ["--source", "fake"])]


def sees(program, corners=CORNERS):
    """At last: a moving picture with those colours in its corners."""
    return program.wait_until(
        lambda: [one["picture"] for one in program.all("stats") if one.get("picture", {}).get("corners") == corners
                 and one["picture"]["moves"] > 3], PATIENCE, f"moving picture with {corners}")[-1]


@pytest.mark.parametrize("caller, callee, said", CALLS, ids=lambda part: "".join(part) or "everything")
def test_the_ruler_agrees_with_itself(lab, caller, callee, said):
    alice, bob = lab.server.friends("alice", "bob")
    answers = lab.webrtc(bob, "--video", "--resource", "web", engine=callee)
    answers.wait("ready", PATIENCE)
    calls = lab.webrtc(alice, "--video", "--to", bob.jid, *said, engine=caller)
    seen = [sees(answers) if "fake" not in said else None, sees(calls)]
    for one in filter(None, seen):
        assert (one["width"], one["height"]) == (320, 240) and one["decoded"] >= one["moves"], one
    calls.say("hangup")
    for one in (calls, answers):
        result = one.wait("result", PATIENCE)
        assert result["ok"], result
        assert result["transports"] == (2 if "--no-bundle" in said else 1)
        if "--codecs" in said:
            assert result["picture"]["codec"] == f"video/{said[1].split(',')[1]}"
