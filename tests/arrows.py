#!/usr/bin/python3
"""Which room may include headers of which: reads every #include "…" and names those not allowed.

The rooms and the arrows between them are described in docs/architecture.md; this table is the same,
for the machine. A room is a folder; files of a folder that is not listed belong to its parent.
"""
# SPDX-License-Identifier: MIT
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# signaling/port.h, event.h and trace.h are the face of `signaling` itself: all above wire know them.
ARROWS = {
    "signaling/wire": set(),
    "signaling": {"signaling/wire"},
    "signaling/stream": {"signaling", "signaling/wire"},
    "signaling/im": {"signaling", "signaling/wire"},
    "signaling/jingle": {"signaling", "signaling/wire", "signaling/im"},
    "transport": {"signaling", "signaling/wire", "signaling/im", "signaling/jingle"},
    "media": {"signaling", "signaling/wire", "signaling/im", "signaling/jingle", "transport"},
    "transfer": {"signaling", "signaling/wire", "signaling/im", "signaling/jingle"},
}
# What knows everything below it.
ARROWS["cli"] = set(ARROWS) | {"signaling/stream"}
for above in ("tests", "bench", "fuzz"):
    ARROWS[above] = set(ARROWS)

# The rooms that see only some of a room. `media` carries RTP over any channel: it must not learn
# which transport made it. Its threads take their turns as the loop's does.
ONLY = {("media", "transport"): {"transport/channel.h", "transport/loop.h", "transport/urgent.h"}}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def room_of(path):
    """The longest listed folder that holds `path`, or None."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in ARROWS:
            return "/".join(parts)
        parts.pop()
    return None


def forbidden(path, text):
    """Yields (header, reason) for each include of `text`, a file at `path`, that may not be."""
    room = room_of(path)
    if room is None:
        yield "", f"{path} is in no room that tests/arrows.py knows"
        return
    for header in INCLUDE.findall(text):
        target = room_of(header)
        if target is None:
            yield header, "not a header by its path from the root"
        elif target != room and target not in ARROWS[room]:
            yield header, f"{room} must not know {target}"
        elif header not in ONLY.get((room, target), {header}):
            yield header, f"{room} sees only {', '.join(sorted(ONLY[room, target]))} of {target}"


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.c", "*.h"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [name for name in listed if name and (ROOT / name).exists()]


def violations(names):
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        for header, reason in forbidden(name, text):
            yield f'{name}: #include "{header}": {reason}'


def main():
    names = sources()
    found = list(violations(names))
    for line in found:
        print(line, file=sys.stderr)
    print(f"arrows: {len(names)} files, {len(found)} forbidden")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
