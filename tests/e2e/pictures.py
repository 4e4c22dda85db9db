"""Calls with pictures between peal and libwebrtc, as the end to end tests place them and judge them."""
# SPDX-License-Identifier: MIT
import dataclasses
import itertools
import json

from calls import ended
from lab.seen import OURS, THEIRS, look

TONE, THEIR_TONE = 660, 1000  # Hz: ours; theirs
PATIENCE = 60  # s: a browser starts slowly on a busy machine
SIZE, FPS = "320x240", "15"
serial = itertools.count(1)


def picture(path, *arguments):
    """Our options: the test picture out, what comes into a file."""
    return ["--video", "--video-in", "test", "--video-out", f"file:{path}", "--size", SIZE, "--fps", FPS,
            "--audio-in", f"tone:{TONE}", "--audio-out", "none", *arguments]


class Friends:
    """A peer that stays for many calls, and whom it calls; both know one another."""

    def __init__(self, lab, engine, *arguments):
        self.lab, self.engine = lab, engine
        self.alice, self.bob = lab.server.friends("alice", "bob")
        self.peer = lab.webrtc(self.bob, "--resource", "web", "--media", "audio,video", "--stay", "--tone", THEIR_TONE, "--size", SIZE,
                               "--fps", FPS, "--timeout", 900, *arguments, engine=engine)
        self.peer.wait("ready", PATIENCE)

    def set(self, **options):
        """What holds from the next call on."""
        before = len(self.peer.all("set"))
        self.peer.say(f"set {json.dumps({name.replace('_', '-'): value for name, value in options.items()})}")
        self.peer.wait_until(lambda: len(self.peer.all("set")) > before, PATIENCE, "set")

    def call(self, path, *arguments, invited=False, lines=False):
        """We call."""
        to = self.bob.jid if invited else f"{self.bob.jid}/web"
        self.peal = self.lab.peal(self.alice, "call", to, *picture(path, *arguments), lines=lines)
        return self.begun(path)

    def called(self, path, *arguments, invited=False, lines=False):
        """We are called."""
        resource = f"peal{next(serial)}"
        self.peal = self.lab.peal(self.alice, "answer", "--auto", "--once", "--resource", resource,
                                  *picture(path, *arguments), lines=lines)
        self.peal.wait("online", PATIENCE)
        self.set(invite=invited)
        self.peer.say(f"call {self.alice.jid}/{resource}")
        return self.begun(path)

    def begun(self, path):
        sid = self.peal.wait("connecting", PATIENCE)["call"]
        return Shown(self.peal, self.peer, sid, path)


@dataclasses.dataclass
class Shown:
    """A running call."""
    peal: object
    peer: object
    sid: str
    path: object

    def stats(self):
        return self.peer.all("stats", sid=self.sid)

    def is_seen(self, since=0):
        """At last it sees our picture move, the right way round, and hears our tone; the last of what it told."""
        def good():
            return [one for one in self.stats()[since:] if one["purity"] > 0.9 and abs(one["hertz"] - TONE) < 10
                    and one.get("picture", {}).get("corners") == OURS and one["picture"]["moves"] > 3]
        return self.peer.wait_until(good, PATIENCE, f"picture of ours; {self.stats()[-1:]}")[-1]

    def sees(self, more=2):
        """Our picture of theirs goes on for some seconds of ours; the content and its last counts."""
        name = self.peal.wait_until(
            lambda: [one["content"] for one in self.peal.all("stats") if one.get("frames", 0) > 0], PATIENCE,
            "frame of theirs")[0]
        before = len(self.peal.all("stats", content=name))
        self.peal.wait_until(lambda: len(self.peal.all("stats", content=name)) >= before + more, PATIENCE, "stats")
        return self.peal.all("stats", content=name)[-1]

    def hears(self, something):
        """From now on, at last, it hears our tone, or nothing: two measures in a row, the first may hold the change."""
        def is_so(one):
            return one["purity"] > 0.9 and abs(one["hertz"] - TONE) < 10 if something else one["level"] < 0.001
        start = len(self.stats())
        self.peer.wait_until(lambda: any(is_so(a) and is_so(b) for a, b in zip(self.stats()[start:],
                                                                              self.stats()[start + 1:])),
                             PATIENCE, "tone of ours" if something else "silence")

    def moves(self, something):
        """From now on, at last, new frames of ours come to it, or none do."""
        start = len(self.stats())

        def is_so():
            frames = [one["picture"]["decoded"] for one in self.stats()[start:] if one.get("picture")]
            steps = [after - before for before, after in zip(frames, frames[1:])]
            return steps[-1:] > [2] if something else steps[-2:] == [0, 0]
        self.peer.wait_until(is_so, PATIENCE, "frames of ours" if something else "picture of ours that stands still")

    def ends(self, by_us, wanted="success"):
        if by_us:
            self.peal.say("hangup")
        else:
            self.peer.say(f"hangup {wanted}")
        result = self.peer.wait("result", PATIENCE, sid=self.sid)
        assert ended(self.peal, PATIENCE) == ("success", 0)
        return result

    def is_right(self, by_us=True):
        """The whole of it: both see and hear one another until it is ended."""
        seen = self.is_seen()
        counts = self.sees()
        assert (counts["width"], counts["height"]) == (320, 240), counts
        result = self.ends(by_us)
        assert result["ok"], result
        shown = look(self.path)
        assert shown.corners == THEIRS and shown.moves > 3, shown
        assert all(one["encryption"] == "dtls-srtp" for one in self.peal.all("connected"))
        return seen, counts


def name(case):
    return "-".join(str(part).strip("-").replace(",", "+") or "all" for part in case)


