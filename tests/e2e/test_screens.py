"""What a person sees of a call with pictures: a window on a display, and characters in a terminal."""
# SPDX-License-Identifier: MIT
import re

import pytest

from calls import SOUND, ended, waiting
from lab.display import Display
from lab.lab import build_folder
from lab.pattern import corners, read, trim
from lab.stage import wait_for
from lab.terminal import Terminal

RIGHT_WAY_UP = {name: name for name in ("red", "green", "blue", "yellow")}
SHOWN = ["--video", "--video-in", "test", "--size", "320x180", "--fps", "10"]
ASPECT = 320 / 180


@pytest.fixture(name="display")
def _display(lab):
    return Display(lab.stage)


def has_its_shape(picture):
    """Of one look, which may have come while it was drawn."""
    height, width = trim(picture).shape[:2]
    return height and abs(width / height / ASPECT - 1) < 0.06


def moves(look, until):
    """The counter goes on between two looks."""
    first = until(look)
    return until(lambda: (seen := look()) and seen.frame > first.frame and seen)


def test_a_window(lab, display):
    """The four colours the right way up, the shape, and a counter that moves; and it goes with the call."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", *SHOWN, "--video-out", "none")
    env = {"DISPLAY": display.name, "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}
    caller = lab.peal(alice, "call", bob.jid, *SOUND, *SHOWN, "--video-out", "window", env=env, lines=True)

    def look():
        picture = trim(display.picture())
        return picture.size and corners(picture) == RIGHT_WAY_UP and read(picture)

    def until(ready):
        return caller.wait_until(ready, 30, "picture in the window")
    assert moves(look, until).frame
    until(lambda: has_its_shape(display.picture()))
    caller.say("hangup")
    assert ended(caller) == ended(callee) == ("success", 0)
    wait_for(lambda: not trim(display.picture()).size, display.child, "a display without the window")


@pytest.mark.parametrize("colours", ["truecolor", ""])
def test_a_terminal(lab, colours, tmp_path):
    """The same with half blocks; the status line stands below, and keys work."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto", *SHOWN, "--video-out", f"file:{tmp_path}/seen.mkv", lines=True)
    terminal = Terminal(lab, alice, 120, 40, COLORTERM=colours)
    try:
        terminal.type(" ".join(map(str, [build_folder() / "peal", "call", bob.jid, *SOUND, *SHOWN, "--video-out",
                                         "terminal"])) + "\n")

        def look():
            picture = terminal.picture()
            return picture.size and corners(trim(picture)) == RIGHT_WAY_UP and read(trim(picture))
        assert moves(look, lambda ready: terminal.until(ready, "picture in the terminal")).frame
        # A half block is as high as wide.
        terminal.until(lambda: has_its_shape(terminal.picture()), "picture of that shape")
        terminal.see_last(r"\d+:\d\d +opus .*cam 320x180 \d+ fps.* loss")
        terminal.type("m")
        callee.wait("mute", by="remote", reason="mute")
        terminal.see("muted, by you")
        terminal.type("v")
        callee.wait_until(lambda: callee.all("content-removed") or callee.all("mute", by="remote", content="video"), 30,
                          "picture that goes")
        terminal.type("q")
        assert ended(callee) == ("success", 0)
        terminal.see_last(re.escape("desk$"))
        assert not terminal.picture().size
    finally:
        terminal.close()


@pytest.mark.parametrize("words, names", [
    (["--size", "huge"], "--size huge"), (["--fps", "0"], "--fps 0"), (["--max-bitrate", "9"], "--max-bitrate 9"),
    (["--video-in", "eye"], "--video-in eye"), (["--video-out", "file:x.mp4"], "--video-out file:x.mp4"),
    (["--strip", "all"], "--strip all"), (["--video", "--codec", "av1"], "pictures"),
    (["--video", "--video-in", "none", "--video-out", "none"], "--video"),
], ids=lambda part: part if isinstance(part, str) else "")
def test_what_cannot_be_is_said_before_anybody_is_called(lab, words, names):
    peal = lab.peal(lab.server.strangers("alice")[0], "call", "bob@peal.test", *words)
    assert ended(peal) == ("usage", 2)
    assert names in peal.log.read_text()
