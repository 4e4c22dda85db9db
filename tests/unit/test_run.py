"""The counting of tests: whatever went wrong shows in the last line."""
# SPDX-License-Identifier: MIT
import pytest

import run

GOOD = "1..3\n# Start of a tests\nok 1 /a/one\nok 2 /a/two # SKIP not here\nok 3 /a/three\n"


@pytest.mark.parametrize("stdout, result, line", [
    (GOOD, "OK", "2 passed, 0 failed, 1 skipped"),
    (GOOD, "ERROR", "2 passed, 1 failed, 1 skipped"),            # a leak at the end
    (GOOD, "TIMEOUT", "2 passed, 1 failed, 1 skipped"),
    ("1..2\nok 1 /a/one\nnot ok 2 /a/two\n", "FAIL", "1 passed, 1 failed, 0 skipped"),
    ("1..2\nok 1 /a/one\nnot ok /a/two - oh\n", "ERROR", "1 passed, 1 failed, 0 skipped"),
    ("1..2\nok 1 /a/one\nBail out! oh\n", "ERROR", "1 passed, 1 failed, 0 skipped"),
    ("1..0\n", "OK", "0 passed, 1 failed, 0 skipped"),           # nothing ran: somebody erred
    ("", "ERROR", "0 passed, 1 failed, 0 skipped"),
    ("ok 1 /a # with a remark\nokay, a line of noise\n", "OK", "1 passed, 0 failed, 0 skipped"),
])
def test_rows_of_a_c_program(stdout, result, line):
    assert str(run.count_program({"stdout": stdout, "result": result})) == line


def test_pytest_report(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
                      "<testcase><error/></testcase><testcase><skipped/></testcase>"
                      "</testsuite></testsuites>")
    assert str(run.count_junit(report)) == "1 passed, 2 failed, 1 skipped"
