#!/usr/bin/python3
"""Formats the C files by clang-format, and puts right the two things it cannot be told.

`format.py` shows what differs, `format.py --fix` writes it; file names may follow.
"""
# SPDX-License-Identifier: MIT
import difflib
import pathlib
import re
import subprocess
import sys

from arrows import ROOT, sources

# GLib's own style: no space in g_autoptr(Type), unlike in a call.
AUTO = re.compile(r"\b(g_auto(?:ptr|list|slist|queue)?) \(")
FORMATTERS = 4


def formatted(paths):
    """Yields each path, its text, and the text as it should be."""
    for at in range(0, len(paths), FORMATTERS):
        running = [(path, subprocess.Popen(["clang-format", path], stdout=subprocess.PIPE, text=True))
                   for path in paths[at:at + FORMATTERS]]
        for path, process in running:
            wanted = AUTO.sub(r"\1(", process.communicate()[0])
            if process.returncode:
                raise SystemExit(f"clang-format failed on {path}")
            yield path, path.read_text(encoding="utf-8"), wanted


def main():
    fix = "--fix" in sys.argv
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    paths = [pathlib.Path(name) for name in names] or [ROOT / name for name in sources()]
    wrong = 0
    for path, text, wanted in formatted(paths):
        if text == wanted:
            continue
        wrong += 1
        if fix:
            path.write_text(wanted, encoding="utf-8")
        else:
            sys.stdout.writelines(difflib.unified_diff(
                text.splitlines(True), wanted.splitlines(True), str(path), "formatted", n=1))
    print(f"format: {len(paths)} files, {wrong} {'rewritten' if fix else 'to be formatted'}")
    return 1 if wrong and not fix else 0


if __name__ == "__main__":
    sys.exit(main())
