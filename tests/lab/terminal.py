"""A terminal under tmux with a shell in it, as a person has: typed at, looked at, made narrower."""
# SPDX-License-Identifier: MIT
import re
import shlex
import subprocess
import tempfile
import time

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
