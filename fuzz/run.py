#!/usr/bin/python3
"""Runs fuzzers guided by coverage (libFuzzer, under the sanitizers) and says what came of each.

    run.py [--folder build-fuzz] [--jobs N] [--keep] [NAME] [SECONDS]

Without NAME all of them, each for SECONDS (60). What a run found worth keeping lies in
FOLDER/corpus/NAME and serves the next one; an input that crashes, hangs, leaks or fills memory lies in
FOLDER/findings and is named at the end, and then the status is 1: put it into fuzz/corpus/NAME along with
the fix. `--keep` ends with adding to
fuzz/corpus/NAME, which the tests replay, what covers code that nothing there does.
"""
# SPDX-License-Identifier: MIT
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_INPUT = 8192
LONGEST_KEPT = 2048
MOST_MEMORY_MB = 2048
MOST_SECONDS_OF_ONE = 20  # of one input, on a busy machine


@dataclasses.dataclass
class Result:
    name: str
    status: int
    executions: int
    edges: int
    findings: list
    tail: str

    def __str__(self):
        verdict = "clean" if not self.status else "FAILED: " + ", ".join(self.findings or ["no input"])
        return f"{self.name:10} {self.executions:12,} {self.edges:8,}  {verdict}"


def environment():
    """As the tests have it in tests/meson.build."""
    return dict(
        os.environ,
        G_DEBUG="fatal-warnings,gc-friendly",
        G_SLICE="always-malloc",
        ASAN_OPTIONS="detect_leaks=1:intercept_tls_get_addr=0:detect_stack_use_after_return=0",
        UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
        LSAN_OPTIONS=f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
        PEAL_SOURCE=str(ROOT),
    )


def names(folder):
    return sorted(path.name[len("fuzz-"):-len("-guided")]
                  for path in (folder / "fuzz").glob("fuzz-*-guided") if path.is_file())


def program(folder, name):
    return folder / "fuzz" / f"fuzz-{name}-guided"


# Where the words of a fuzzer's language stand, and what no table says.
WORDS = re.compile(r'"([\[A-Za-z<][\w:/.#\[<-]{1,60})"')
LANGUAGES = {
    ("client", "description", "login", "reader", "stanza", "trace", "traffic"): (
        ["signaling/*/*.[ch]", "media/*_wire.[ch]", "transport/*_wire.[ch]", "transfer/*_wire.[ch]"],
        ["<![CDATA[", "<!DOCTYPE", "<?xml", "&#0;", "xmlns", "hunter2", "{challenge}", "{success}", "{1}", "{2}",
         "{4}", "accept\\x0a", "call\\x0a", "hang up\\x0a", "down\\x0a", "up\\x0a", "ask\\x0a", "wait\\x0a",
         "resumed\\x0a", "anew\\x0a", "close\\x0a", "large <"]),
    ("options",): (
        ["cli/options_table.c", "cli/command.c", "cli/options.c"],
        ["\\x0aa", "\\x0ae", "\\x0ac", "--", "[defaults]", "[account ", "turn:", "turns:", "stun:",
         "?transport=tcp", "[::1]"]),
}


def words_of(name):
    """What libFuzzer should know of the language of a fuzzer: the words of our own tables."""
    for speakers, (sources, more) in LANGUAGES.items():
        if name in speakers:
            found = {word for source in sources for path in ROOT.glob(source)
                     for word in WORDS.findall(path.read_text(encoding="utf-8"))}
            return sorted(word for word in found if not word.endswith((".c", ".h"))) + more
    return []


def dictionary(name, scratch):
    words = words_of(name)
    path = pathlib.Path(scratch) / "words"
    path.write_text("".join(f'"{word}"\n' for word in words))
    return [f"-dict={path}"] if words else []


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(folder, name, seconds):
    """One fuzzer for that long, or until it finds something."""
    kept, findings = folder / "corpus" / name, folder / "findings"
    kept.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    command = [
        program(folder, name), kept, ROOT / "fuzz" / "corpus" / name, f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}", f"-timeout={MOST_SECONDS_OF_ONE}", f"-rss_limit_mb={MOST_MEMORY_MB}",
        "-print_final_stats=1", f"-artifact_prefix={findings}/{name}-"]
    before = set(findings.glob(f"{name}-*"))
    # A log of a file: what a fuzzer prints in minutes is more than a pipe holds.
    with tempfile.TemporaryFile("w+", errors="replace") as log, tempfile.TemporaryDirectory() as scratch:
        command += dictionary(name, scratch)
        status = subprocess.run(command, stdout=log, stderr=log, env=environment(), cwd=scratch,
                                stdin=subprocess.DEVNULL, check=False).returncode
        log.seek(0)
        text = log.read()
    new = sorted(set(findings.glob(f"{name}-*")) - before)
    return Result(name, status, number(r"stat::number_of_executed_units: (\d+)", text) or
                  number(r"^#(\d+)", text), number(r" cov: (\d+)", text),
                  [str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path) for path in new],
                  "\n".join(text.splitlines()[-60:]))


def keep(folder, name):
    """Adds to the corpus of the repository what covers code that nothing in it does; as few and small as can be."""
    ours = ROOT / "fuzz" / "corpus" / name
    subprocess.run([program(folder, name), "-merge=1", "-use_counters=0", f"-max_len={LONGEST_KEPT}", ours,
                    folder / "corpus" / name], env=environment(), check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default=ROOT / "build-fuzz", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("words", nargs="*", metavar="NAME|SECONDS")
    return parser.parse_args()


def main():
    wish = arguments()
    folder = wish.folder.resolve()
    every = names(folder)
    seconds = next((int(word) for word in wish.words if word.isdigit()), 60)
    chosen = [word for word in wish.words if not word.isdigit()] or every
    for name in chosen:
        if name not in every:
            print(f"there is no fuzzer {name}; there are {', '.join(every)}", file=sys.stderr)
            return 2
    print(f"{len(chosen)} fuzzers, {seconds} s each, {wish.jobs} at a time", flush=True)
    print(f"{'fuzzer':10} {'executions':>12} {'edges':>8}", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(wish.jobs) as pool:
        runs = [pool.submit(fuzz, folder, name, seconds) for name in chosen]
        for run in concurrent.futures.as_completed(runs):
            result = run.result()
            print(result, flush=True)
            if result.status:
                bad += 1
                print(result.tail, flush=True)
            elif wish.keep:
                keep(folder, result.name)
    print(f"{len(chosen) - bad} of {len(chosen)} fuzzers clean")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
