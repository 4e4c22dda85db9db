"""A person calls from a terminal: the status line, the keys, and what is left on the screen and of its modes."""
# SPDX-License-Identifier: MIT
import os
import pathlib
import re
import signal

import pytest

from calls import SOUND, Call, calling, ended, waiting
from lab.lab import build_folder
from lab.terminal import PROMPT, Terminal

CLOCK = r"\d+:\d\d"
WIDE = rf"{CLOCK}  opus  direct  dtls-srtp  loss +[\d.]+ %  rtt +\d+ ms  mic [█▉▊▋▌▍▎▏·]{{6}}  ear [█▉▊▋▌▍▎▏·]{{6}}$"
# At 40 columns numbers that are long leave less for the words before them.
NARROW = rf"{CLOCK}( opus)?( dir(ect)?)?( dtls)? [\d.]+% \d+ms ↑[▁-█] ↓[▁-█]$"
LINES = {80: WIDE, 40: NARROW}


def peal(*words):
    return " ".join(map(str, [build_folder() / "peal", *words])) + "\n"


@pytest.fixture
def desk(lab, peal_built):
    """Makes terminals; their shells remember the modes they began with."""
    made = []

    def make(person, columns=80, rows=24, **env):
        terminal = Terminal(lab, person, columns, rows, **env)
        made.append(terminal)
        terminal.type("modes=$(stty -g)\n")
        return terminal
    yield make
    for terminal in made:
        terminal.close()


def child_of(terminal):
    """The process id of the job in front."""
    shell = terminal.tmux("display-message", "-p", "#{pane_pid}").strip()
    return int(terminal.until(
        lambda: pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split(), "job")[0])


def left_clean(terminal, status):
    """The shell is back, nothing of the line is on the screen or above it, and the modes are what they were."""
    terminal.see_last(re.escape(PROMPT.strip()) + "$")  # what is typed before would be keys
    terminal.type('echo "left $?" $([ "$modes" = "$(stty -g)" ] && echo clean)\n')
    terminal.see(lambda text: f"\nleft {status} clean\n" in text, f"left {status} clean")
    lines = terminal.history().splitlines()
    assert not [line for line in lines if re.match(CLOCK, line)], lines
    assert terminal.screen().endswith(PROMPT.strip())


def connected(lab, desk, columns=80, *arguments, **env):
    """Alice at a terminal calls bob, who is a program: both, when the line shows numbers."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto")
    terminal = desk(alice, columns, **env)
    terminal.type(peal("call", bob.jid, *SOUND, *arguments))
    terminal.see_last(LINES[columns])
    return terminal, callee


@pytest.mark.parametrize("columns", [80, 40])
def test_the_line_and_the_keys(lab, desk, columns):
    terminal, callee = connected(lab, desk, columns)
    assert "\x1b[32m" in terminal.coloured()

    terminal.type("m")
    callee.wait("mute", by="remote", reason="mute")
    terminal.see_last(rf"{CLOCK} +MUTED .*[·▁]")
    terminal.type("m")
    callee.wait("mute", by="remote", reason="unmute")
    terminal.see_last(LINES[columns])

    terminal.type("h")
    callee.wait("hold", by="remote", reason="hold")
    terminal.see_last(rf"{CLOCK} +ON HOLD ")
    terminal.type("h")
    callee.wait("hold", by="remote", reason="unhold")
    terminal.see_last(LINES[columns])

    terminal.type("7")
    callee.wait("dtmf", digit="7")
    terminal.see("dialling 7")
    terminal.type("v")  # the other side sees no pictures
    terminal.see("picture")
    terminal.type("s")
    terminal.see(lambda text: re.search(r"^  sent +\d+ packets", text, re.MULTILINE)
                 or re.search(r"^sent +\d+ packets", text, re.MULTILINE), "numbers")
    terminal.type("?")
    terminal.see(lambda text: re.search(r"^  q +hang up$", text, re.MULTILINE), "keys")
    terminal.see_last(LINES[columns])  # what was said stands above it

    terminal.press("F5")  # no key, though its sequence has digits
    terminal.type("q")
    assert ended(callee) == ("success", 0)
    assert len(callee.all("dtmf")) == 1
    left_clean(terminal, 0)


def test_the_terminal_changes_its_width(lab, desk):
    terminal, callee = connected(lab, desk)
    for columns, line in ((40, NARROW), (13, rf"{CLOCK} ↑. ↓.$"), (80, WIDE), (79, rf"{CLOCK} "), (40, NARROW),
                          (120, WIDE[:-1] + r"  bob\S*@peal\.test  \(\? for keys\)$")):
        terminal.resize(columns)
        terminal.see_last(line)
        rows = terminal.screen().splitlines()
        assert len([row for row in rows if re.match(CLOCK, row)]) <= 1, rows
    os.kill(child_of(terminal), signal.SIGTERM)
    assert ended(callee) == ("success", 0)
    left_clean(terminal, 143)


def test_it_stops_and_goes_on(lab, desk):
    terminal, callee = connected(lab, desk)
    terminal.type("m")
    terminal.see_last(rf"{CLOCK} +MUTED")
    terminal.press("C-z")
    terminal.see("Stopped")
    terminal.see_last(re.escape(PROMPT.strip()))
    assert not re.search(rf"^{CLOCK}", terminal.screen(), re.MULTILINE)
    terminal.type('[ "$modes" = "$(stty -g)" ] && echo as before\n')
    terminal.see("\nas before\n")
    terminal.type("fg\n")
    terminal.see_last(rf"{CLOCK} +MUTED")
    terminal.type("m")  # its keys are heard without Enter
    terminal.see_last(WIDE)
    callee.signal()
    terminal.see("by the other side")
    left_clean(terminal, 0)


def test_the_other_side_vanishes(lab, desk):
    terminal, callee = connected(lab, desk)
    callee.signal(signal.SIGKILL)
    terminal.see_last(rf"{CLOCK} PATH WEAK ")
    terminal.see("call ended: lost")
    left_clean(terminal, 10)


def test_the_terminal_is_closed(lab, desk):
    """Its window is: the other side hears a good-bye, not silence."""
    terminal, callee = connected(lab, desk)
    terminal.tmux("kill-session")
    assert ended(callee) == ("success", 0)


def test_a_call_that_fails_leaves_a_sentence(lab, desk):
    [alice] = lab.server.friends("alice")
    terminal = desk(alice)
    terminal.type(peal("call", "nobody@peal.test", *SOUND))
    terminal.see("peal: nobody@peal.test cannot be reached")
    left_clean(terminal, 4)


def test_ringing_shows_how_long(lab, desk):
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--resource", "desk", keys=True)
    terminal = desk(alice, 60)
    terminal.type(peal("call", bob.jid, *SOUND))
    callee.wait("incoming")
    line = rf"({CLOCK})  ringing  {re.escape(bob.jid)}  \(q gives up\)$"
    first = terminal.see_last(line)[1]
    terminal.until(lambda: terminal.see_last(line)[1] != first, "clock that goes")
    terminal.type("m")
    terminal.see_last(rf"{CLOCK}  ringing  MUTED ")
    terminal.press("C-c")
    terminal.see("call ended: cancelled")
    left_clean(terminal, 130)
    assert ended(callee) == ("cancelled", 5)


def test_a_contact_and_a_stranger_ring_together(lab, desk):
    alice, bob = lab.server.friends("alice", "bob")
    [mallory] = lab.server.strangers("mallory")
    terminal = desk(bob)
    terminal.type(peal("answer", *SOUND))
    terminal.see("waiting for calls")
    stranger = calling(lab, mallory, bob.jid)
    terminal.see_last(rf"{CLOCK}  incoming  {mallory.jid}\S*  \(a accepts, d declines\)$")
    contact = calling(lab, alice, bob.jid)
    # The contact is meant first, though the stranger waits longer.
    terminal.see_last(rf"{CLOCK}  incoming \+1  {alice.jid}")
    terminal.see(lambda text: re.search(rf"^  1  {mallory.jid}\S* \(not a contact\)\n> 2  {alice.jid}\S*$", text,
                                        re.MULTILINE), "a list")
    terminal.type("1")
    terminal.see_last(rf"{CLOCK}  incoming \+1  {mallory.jid}")
    terminal.type("d")
    terminal.see_last(rf"{CLOCK}  incoming  {alice.jid}")
    terminal.type("a")
    contact.wait("connected")
    terminal.see_last(WIDE)
    terminal.type("a")
    terminal.see("a call runs already")
    terminal.type("q")
    assert ended(contact) == ("success", 0)
    assert ended(stranger) == ("declined", 5)
    terminal.press("C-c")
    left_clean(terminal, 130)


@pytest.mark.parametrize("how", ["file", "quiet", "json", "no-colour", "no-utf8"])
def test_where_it_has_no_place(lab, desk, how, tmp_path):
    """Not a terminal, or not wanted: no line and no escape; and what a poor terminal cannot show."""
    alice, bob = lab.server.friends("alice", "bob")
    callee = waiting(lab, bob, "--auto")
    terminal = desk(alice, **{"no-colour": {"NO_COLOR": "1"}, "no-utf8": {"LC_ALL": "C"}}.get(how, {}))
    more = {"file": [f"2> {tmp_path}/told"], "quiet": ["-q"], "json": ["--json", f"> {tmp_path}/told"]}
    terminal.type(peal("call", bob.jid, *SOUND, *more.get(how, [])))
    callee.wait("media")
    if how == "no-colour":
        terminal.see_last(WIDE)
        assert "\x1b[3" not in terminal.coloured()
    elif how == "no-utf8":
        terminal.see_last(rf"{CLOCK}  opus .*  mic [#-]{{6}}  ear [#-]{{6}}$")
        assert terminal.screen().isascii()
    terminal.type("q")
    assert ended(callee) == ("success", 0)
    left_clean(terminal, 0)
    if how in ("file", "json"):
        assert "\x1b" not in (tmp_path / "told").read_text()
        assert '"ended"' in (tmp_path / "told").read_text() or "call ended" in (tmp_path / "told").read_text()
    if how == "quiet":
        assert "answers" not in terminal.history() and "call ended" not in terminal.history()
