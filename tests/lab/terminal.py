"""A terminal under tmux with a shell in it, as a person has: typed at, looked at, made narrower."""
# SPDX-License-Identifier: MIT
import re
import shlex
import subprocess
import tempfile
import time

import numpy

PATIENCE = 30
PROMPT = "desk$ "


class Unseen(AssertionError):
    """What a test waits for did not come on the screen."""


class Terminal:
    """`person` is who calls from here; the shell has job control and nothing of the user's own."""

    def __init__(self, lab, person, columns=80, rows=24, **env):
        self.socket = tempfile.mkdtemp(prefix="t", dir=lab.folder) + "/s"
        self.lab = lab
        env = {**lab.environment(person), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "PS1": PROMPT,
               "HISTFILE": "", "ENV": "", "TMUX": "", **env}
        self.env = {key: value for key, value in env.items() if key not in ("TMUX", "TMUX_PANE")}
        # In the foreground, so that it ends with us; -N keeps others from starting one elsewhere.
        self.server = lab.stage.spawn(lab.network.wrap(["tmux", *self.where(), "-D"]), env=self.env,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        self.until(lambda: self.tmux("start-server", check=False) is not None, "tmux")
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "env " + " ".join(shlex.quote(f"{key}={value}") for key, value in env.items() if key != "TMUX")
                  + " bash --norc --noprofile -i")
        self.see(lambda text: text.rstrip("\n").endswith(PROMPT.strip()), "a prompt")

    def where(self):
        return ["-u", "-S", self.socket, "-f", "/dev/null"]

    def tmux(self, *arguments, check=True):
        done = subprocess.run(["tmux", "-N", *self.where(), *arguments], env=self.env, text=True,
                              capture_output=True, timeout=PATIENCE)
        if done.returncode and check:
            raise Unseen(f"tmux {arguments[0]}: {done.stderr}")
        return None if done.returncode else done.stdout

    def close(self):
        self.tmux("kill-server", check=False)
        self.lab.stage.end(self.server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What a person does.

    def type(self, text):
        """Keys as they are; "\\n" is Enter."""
        for part in re.split(r"(\n)", text):
            if part == "\n":
                self.tmux("send-keys", "Enter")
            elif part:
                self.tmux("send-keys", "-l", "--", part)

    def press(self, name):
        """A key with a name: C-c, C-z, Up."""
        self.tmux("send-keys", name)

    def resize(self, columns, rows=24):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    # What a person sees.

    def screen(self):
        """The lines that show, without the empty ones at the end."""
        return self.tmux("capture-pane", "-p").rstrip("\n")

    def coloured(self):
        return self.tmux("capture-pane", "-p", "-e").rstrip("\n")

    def history(self):
        """All there was, lines that were broken put together."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-").rstrip("\n")

    def until(self, ready, what, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while True:
            found = ready()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Unseen(f"no {what} in {patience} s; on the screen:\n{self.tmux('capture-pane', '-p', check=False)}")
            time.sleep(0.05)

    def see(self, wanted, what=None):
        """Waits until a screen satisfies `wanted`: text, or a function of the text. That screen."""
        def ready():
            text = self.screen()
            return text if (wanted in text if isinstance(wanted, str) else wanted(text)) else None
        return self.until(ready, what or repr(wanted))

    def see_last(self, pattern):
        """Waits for a last line that matches from its beginning; the match."""
        def ready():
            text = self.screen()
            return re.match(pattern, text.rpartition("\n")[2]) if text else None
        return self.until(ready, f"last line like {pattern}")

    def picture(self):
        """What is drawn with half blocks, a dot for each half: rows of (red, green, blue)."""
        return drawn(self.coloured())


SGR = re.compile(r"\033\[([\d;]*)m")
DARK = (0, 0, 0)


def drawn(text):
    """The dots of lines that have half blocks or coloured spaces, as an array; empty where there are none."""
    lines = [dots for dots in map(dots_of, text.split("\n")) if dots]
    width = max((len(upper) for upper, _ in lines), default=0)
    rows = [row + [DARK] * (width - len(row)) for pair in lines for row in pair]
    return numpy.array(rows, dtype=numpy.uint8).reshape(len(rows), width, 3)


def dots_of(line):
    """Both rows of dots of one line of text; None where it is no picture."""
    upper, lower, pens, blocks = [], [], {"ink": DARK, "paper": DARK}, 0
    at = 0
    while at < len(line):
        escape = SGR.match(line, at)
        if escape:
            change_pens(pens, [int(word or 0) for word in escape[1].split(";")])
            at = escape.end()
            continue
        half = line[at] == "▀"
        blocks += half
        upper.append(pens["ink"] if half else pens["paper"])
        lower.append(pens["paper"])
        at += 1
    return (upper, lower) if blocks else None


def change_pens(pens, words):
    while words:
        word = words.pop(0)
        name = {38: "ink", 48: "paper"}.get(word)
        if word == 0:
            pens.update(ink=DARK, paper=DARK)
        elif word in (39, 49):
            pens["ink" if word == 39 else "paper"] = DARK
        elif name and words and words.pop(0) == 2:
            pens[name], words[:3] = tuple(words[:3]), []
        elif name and words:
            pens[name] = palette(words.pop(0))


def palette(number):
    """Of xterm's 256 colours."""
    if number >= 232:
        return (8 + (number - 232) * 10,) * 3
    if number >= 16:
        steps = (0, 95, 135, 175, 215, 255)
        cube = number - 16
        return steps[cube // 36], steps[cube // 6 % 6], steps[cube % 6]
    light = 255 if number >= 8 else 205
    return tuple(light if number >> bit & 1 else 0 for bit in range(3))
