"""Each mutant of tests/mutants still has its place in the source; ./dev soak tries them."""
# SPDX-License-Identifier: MIT
import collections
import dataclasses
import re

import pytest

from arrows import ROOT
from mutants.rows import MUTANTS, SUITES
from mutants.run import Misfit, mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_applies(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert mutated(mutant, text) != text


def test_one_that_does_not_apply_says_so():
    stale = dataclasses.replace(MUTANTS[0], before="what is not there")
    with pytest.raises(Misfit, match="0 times in signaling/jingle/session.c, not once"):
        mutated(stale, (ROOT / stale.file).read_text(encoding="utf-8"))


def test_there_are_five_of_each_kind_with_tests_that_are_there():
    kinds = collections.Counter(mutant.kind for mutant in MUTANTS)
    assert set(kinds) == set(SUITES) and min(kinds.values()) >= 5
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    known = set(re.findall(r"^  '(\w+/\w+)',$", (ROOT / "tests/meson.build").read_text(), re.MULTILINE))
    for tests in SUITES.values():
        assert set(tests) <= known
