#!/usr/bin/python3
"""Puts faults into a copy of the tree, one at a time, and demands that tests fail (rows.py says which).

    run.py [NAME…]

A mutant that no test catches, or whose place in the source is gone, is a failure, and so are tests that
fail without any.
"""
# SPDX-License-Identifier: MIT
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from mutants.rows import MUTANTS, SUITES  # noqa: E402

LONGEST_TEST = 150  # s: a mutant may turn a test into one without end
MESON_TIMEOUT = 300  # s, as tests/meson.build has it


class Misfit(Exception):
    """A mutation that cannot be applied."""


def mutated(mutant, text):
    """`text` with the fault in it."""
    times = text.count(mutant.before)
    if times != 1:
        raise Misfit(f"{mutant.name}: what it changes stands {times} times in {mutant.file}, not once; "
                     "move it along with the source, in tests/mutants/rows.py")
    if mutant.after == mutant.before:
        raise Misfit(f"{mutant.name}: it changes nothing")
    return text.replace(mutant.before, mutant.after)


def copy_tree(scratch):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    for name in listed:
        if name and (ROOT / name).is_file():
            target = scratch / "tree" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


class Bench:
    """A copy of the tree, built with little optimising, which builds sooner."""

    def __init__(self, scratch):
        self.tree, self.build = scratch / "tree", scratch / "build"
        copy_tree(scratch)
        subprocess.run(["meson", "setup", self.build, self.tree, "-Doptimization=1", "-Dwerror=false"], check=True,
                       stdout=subprocess.DEVNULL)

    def programs(self, tests):
        return ["tests/test-" + test.replace("/", "_") for test in tests]

    def make(self, tests):
        """FALSE: it does not compile."""
        return subprocess.run(["ninja", "-C", self.build, *self.programs(tests)],
                              capture_output=True, check=False).returncode == 0

    def fails(self, test):
        logs = self.build / "meson-logs" / "testlog.json"
        logs.unlink(missing_ok=True)
        subprocess.run(["meson", "test", "-C", self.build, "--no-rebuild", "--timeout-multiplier",
                        str(LONGEST_TEST / MESON_TIMEOUT), test], capture_output=True, check=False)
        (result,) = (json.loads(line) for line in logs.read_text().splitlines())
        return result["result"] != "OK"

    def put(self, mutant):
        path = self.tree / mutant.file
        path.write_text(mutated(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")

    def take_back(self, mutant):
        shutil.copyfile(ROOT / mutant.file, self.tree / mutant.file)


def try_mutant(bench, mutant):
    """A sentence, and whether it was caught."""
    tests = SUITES[mutant.kind]
    try:
        bench.put(mutant)
    except Misfit as why:
        return str(why), False
    try:
        if not bench.make(tests):
            return f"{mutant.name}: does not compile, so nothing was tested", False
        caught = next((test for test in tests if bench.fails(test)), None)
    finally:
        bench.take_back(mutant)
    if caught:
        return f"{mutant.name}: caught by {caught}", True
    return f"{mutant.name}: SURVIVED, although {mutant.breaks}", False


def sane(bench, kinds):
    """Whether all tests pass without a mutant."""
    for kind in kinds:
        if not bench.make(SUITES[kind]):
            print(f"{kind}: the tree does not compile")
            return False
        failed = [test for test in SUITES[kind] if bench.fails(test)]
        if failed:
            print(f"{kind}: {', '.join(failed)} fail without any mutant")
            return False
    return True


def main():
    chosen = [mutant for mutant in MUTANTS if not sys.argv[1:] or mutant.name in sys.argv[1:]]
    started = time.monotonic()
    missed = 0
    with tempfile.TemporaryDirectory(prefix="peal-mutants-") as scratch:
        bench = Bench(pathlib.Path(scratch))
        if not sane(bench, sorted({mutant.kind for mutant in chosen})):
            return 1
        for mutant in chosen:
            sentence, caught = try_mutant(bench, mutant)
            missed += not caught
            print(sentence, flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} mutants caught, in {time.monotonic() - started:.0f} s")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
