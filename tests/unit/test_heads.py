"""Each source file says in its first line what it is, and under which licence it stands."""
# SPDX-License-Identifier: MIT
import re

import pytest

from arrows import ROOT, sources

LICENCE = "SPDX-License-Identifier: MIT"
C_HEAD = re.compile(r"/\* \S[^\n]*(?:\n \*[^\n]*)*?(?:\n )?\*/\n// " + re.escape(LICENCE) + "\n")
PYTHON_HEAD = re.compile(r'(?:#!/usr/bin/python3\n)?""".+?"""\n# ' + re.escape(LICENCE) + "\n", re.DOTALL)
SCRIPTS = ["dev", ".ci/run", "meson.build", *sorted(str(one.relative_to(ROOT)) for one in ROOT.glob("*/**/meson.build")
                                                     if "node_modules" not in one.parts)]


def test_each_c_file_begins_with_what_it_is():
    assert [name for name in sources() if not C_HEAD.match((ROOT / name).read_text(encoding="utf-8"))] == []


def test_each_python_file_begins_with_what_it_is():
    names = [one for room in ("tests", "bench") for one in (ROOT / room).rglob("*.py")
             if "node_modules" not in one.parts and one.stat().st_size]
    assert len(names) > 30
    assert [str(one) for one in names if not PYTHON_HEAD.match(one.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_name_the_licence(name):
    assert LICENCE in (ROOT / name).read_text(encoding="utf-8").split("\n\n")[0]


@pytest.mark.parametrize("head", ["#include <glib.h>\n", f"// {LICENCE}\n/* A file. */\n", "/* A file. */\n#include <glib.h>\n"])
def test_a_file_without_a_head_would_be_noticed(head):
    assert not C_HEAD.match(head)
