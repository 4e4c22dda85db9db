"""The documents speak of what is there: files, tests, links, commands, flags, and every source file has a place."""
# SPDX-License-Identifier: MIT
import fnmatch
import re
import subprocess

import pytest

from arrows import ROOT

TRACKED = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout.split("\n")
FILES = {name for name in TRACKED if name and (ROOT / name).exists()}
FOLDERS = {str(parent) for name in FILES for parent in (ROOT / name).relative_to(ROOT).parents}
DOCUMENTS = sorted(name for name in FILES if re.fullmatch(r"(docs|tests)/\w+\.md|\w+\.md", name))

# What looks like a file or a test: has a slash or a known ending, and no blank.
ENDING = r"\.(?:c|h|py|md|mjs|build|supp)"
NAME = re.compile(rf"(?:[\w*.-]+/)*[\w*-]+{ENDING}\b(?:::\w+)?|(?:[a-z]\w*/)+[\w*-]*|\btest_\w+")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(document):
    return (ROOT / document).read_text(encoding="utf-8")


def exists(name):
    """Whether `name` is a file, a folder, or a test by the name ./dev test has for it."""
    name = name.removesuffix("/")
    ways = {room + name + ending for room in ("", "signaling/", "tests/", "tests/e2e/") for ending in ("", ".c", ".py")}
    ways |= {re.sub(r"^fuzz/(\w+)$", r"fuzz/fuzz_\1.c", name)}
    if "/" not in name:
        ways |= {one for one in FILES if one.endswith("/" + name)}
    return name.startswith("build/") or any(fnmatch.filter(FILES | FOLDERS, way) for way in ways)


def names_in(text):
    """What a document's code words and drawings name."""
    drawings = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for word in CODE.findall(re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)):
        if re.fullmatch(r"\S+", word) and NAME.fullmatch(word.split("[")[0]):
            yield word.split("[")[0]
    for drawing in drawings:
        yield from re.findall(rf"[\w/]+{ENDING}\b", drawing)


def missing(text):
    for name in names_in(text):
        path, _, function = name.partition("::")
        if not exists(path):
            yield name
        elif function and not any(f"def {function} " in text_of(one) or f"def {function}(" in text_of(one)
                                  for one in FILES if one.endswith("/" + path)):
            yield name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_and_tests_that_are_named_exist(document):
    assert sorted(set(missing(text_of(document)))) == []


def test_a_file_that_is_gone_would_be_noticed():
    assert list(missing("See `media/gone.c`, `media/ear.c`, `gone.c`, `im/test_gone` and `im/test_caps`.")) == \
        ["media/gone.c", "gone.c", "im/test_gone"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_resolve(document):
    for target in LINK.findall(text_of(document)):
        if "://" not in target:
            assert (ROOT / document).parent.joinpath(target.partition("#")[0]).exists(), target


def test_each_source_file_has_its_place_in_the_architecture():
    """Its name stands there as code or in a drawing; a .h goes with its .c."""
    text = text_of("docs/architecture.md")
    told = {word.split("/")[-1].removesuffix(".c").removesuffix(".h") for word in CODE.findall(text)}
    told |= {name.split("/")[-1][:-2] for name in names_in(text) if name.endswith(".c")}
    homeless = [name for name in FILES
                if re.match(r"(signaling|transport|media|transfer|cli)/.*\.c$", name)
                and name.split("/")[-1][:-2] not in told]
    assert sorted(homeless) == [], "docs/architecture.md has a table for each room"


def test_each_feature_that_works_names_its_test():
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text_of("docs/features.md").split("\n") if line.startswith("| ")]
    states = {"done", "partly", "read", "not"}
    features = [row for row in rows if row[1] in states]
    assert len(features) > 20
    for row in features:
        if row[1] != "not":
            assert any(exists(word) for word in CODE.findall(row[-1])), row[0]


def words_of(document, before):
    """The words that follow `before` in a document's code."""
    return set(re.findall(rf"(?<![\w./-]){re.escape(before)} ([a-z]+)\b", text_of(document)))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_verbs_commands_and_flags_are_there(document):
    verbs = set(re.findall(r"^  (\w+) ", text_of("dev").split("usage: ./dev VERB")[1], re.MULTILINE))
    commands = set(re.findall(r'\.name = "(\w+)"', text_of("cli/command.c")))
    flags = set(re.findall(r'"([a-z][a-z-]+)"', text_of("cli/options_table.c")))
    assert words_of(document, "./dev") <= verbs | {"help"}
    said = re.findall(r"`([^`\n]+)`|^\$ (.+)$", text_of(document), re.MULTILINE)
    code = "\n".join(one or other for one, other in said if not one.startswith("./dev "))
    assert set(re.findall(r"^peal ([a-z]+)\b", code, re.MULTILINE)) <= commands
    assert set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", code)) <= flags


def test_the_two_commands_of_the_readme_are_the_script_s():
    assert {"demo", "test"} <= words_of("README.md", "./dev")


def test_each_field_of_an_event_is_documented():
    rows = re.findall(r"ROW \(\w+, \"?(\w+)\"?", text_of("signaling/event.c"))
    assert len(rows) > 40
    assert sorted(set(rows) - set(CODE.findall(text_of("docs/events.md")))) == []
