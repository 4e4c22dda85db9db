#!/usr/bin/python3
"""Runs every test, plain and under the sanitizers, and says in its last line how many passed.

`run.py PATTERN` runs those with PATTERN in the name. Each row of the C tests' TAP counts as a test
of its own; a program that crashed, or leaked at its end, counts as a failure beside its rows.
"""
# SPDX-License-Identifier: MIT
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

from lab import tidy
from lab.stage import polite_signals

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAIL = 60


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


ROW = re.compile(r"^(not )?ok\b[^#\n]*(#\s*skip\b)?", re.IGNORECASE | re.MULTILINE)


def count_program(result):
    """The rows of one C test program, from a line of meson's testlog.json."""
    count = Count()
    for bad, skipped in ROW.findall(result.get("stdout") or ""):
        if bad:
            count.failed += 1
        elif skipped:
            count.skipped += 1
        else:
            count.passed += 1
    fine = result["result"] in ("OK", "SKIP")
    if not fine and not count.failed or not count.passed + count.failed + count.skipped:
        count.failed += 1
    return count


def count_junit(path):
    """What pytest's report counts."""
    count = Count()
    for case in xml.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None:
            count.skipped += 1
        else:
            count.passed += 1
    return count


def c_test_names(folder, pattern):
    listed = subprocess.run(["meson", "introspect", "--tests", folder], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    return [test["name"] for test in json.loads(listed) if pattern in test["name"]]


def c_tests(folder, pattern):
    """Runs the C tests built in `folder`."""
    names = c_test_names(folder, pattern)
    if not names:
        return Count()
    logs = ROOT / folder / "meson-logs"
    for old in logs.glob("testlog.*"):
        old.unlink()
    status = tidy.run(["meson", "test", "-C", folder, "--no-rebuild", *names], cwd=ROOT)
    count = Count()
    for line in (logs / "testlog.json").read_text().splitlines():
        result = json.loads(line)
        mine = count_program(result)
        count.add(mine)
        if mine.failed:
            tell(result)
    if status and not count.failed:
        count.failed = 1
    return count


def tell(result):
    """The end of the output of a C test that failed."""
    print(f'--- {result["name"]}: {result["result"]}, status {result["returncode"]}')
    for stream in ("stdout", "stderr"):
        lines = (result.get(stream) or "").rstrip().splitlines()[-TAIL:]
        print("\n".join(lines))


def python_tests(scratch, pattern):
    report = scratch / "report.xml"
    some = ["-k", pattern] if pattern else []
    status = tidy.run(
        ["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "--durations=5",
         f"--basetemp={scratch}/pytest", f"--junit-xml={report}", *some, "tests"], cwd=ROOT)
    count = count_junit(report) if report.exists() else Count()
    if status not in (0, 5) and not count.failed:
        count.failed = 1
    return count


def leftovers(folder):
    """Counts as failures, and removes, the processes and the files in `folder` that tests left."""
    left = [f"running: {name}" for name in tidy.end_orphans()]
    for path in sorted(folder.iterdir()):
        left.append(f"in the folder for temporary files: {path.name}")
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    for one in left:
        print(f"--- left {one}")
    return Count(failed=len(left))


def run_all(scratch, pattern):
    """Every test; what they write goes to folders of the run, also what sound libraries write."""
    temporary, home = scratch / "tmp", scratch / "home"
    temporary.mkdir()
    home.mkdir(mode=0o700)
    os.environ.setdefault("PEAL_BUILD", str(ROOT / "build"))
    os.environ["TMPDIR"] = str(temporary)
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_RUNTIME_DIR"] = str(home)
    total, rows = Count(), []
    for title, run in (("C", lambda: c_tests("build", pattern)),
                       ("C under the sanitizers", lambda: c_tests("build-asan", pattern)),
                       ("Python and end to end", lambda: python_tests(scratch, pattern))):
        count = run()
        if not count.failed and not os.environ.get("PEAL_KEEP"):
            count.add(leftovers(temporary))
        total.add(count)
        rows.append(f"{title}: {count}")
    print(*rows, sep="\n")
    return total


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    started = time.monotonic()
    sys.stdout.reconfigure(line_buffering=True)
    polite_signals()
    tidy.adopt()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="peal-test-"))
    try:
        total = run_all(scratch, pattern)
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is left running", file=sys.stderr)
        return 130
    finally:
        tidy.end_orphans()
        if not os.environ.get("PEAL_KEEP"):
            shutil.rmtree(scratch, ignore_errors=True)
    print(f"in {time.monotonic() - started:.0f} s")
    if not total.passed + total.failed:
        print(f"no test has {pattern!r} in its name", file=sys.stderr)
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
