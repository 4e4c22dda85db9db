"""What every Python test gets: one laboratory for the run, swept after each test; logs of failures."""
# SPDX-License-Identifier: MIT
import signal

import pytest

from lab.lab import Lab, build_folder
from lab.stage import Stage


def pytest_configure():
    """A shell's `&` makes its children deaf to Ctrl-C; ours are tested for hearing it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def stage():
    with Stage("peal-stage") as here:
        yield here


@pytest.fixture(scope="session")
def whole_lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(whole_lab, request):
    """The laboratory with no program running in it; people are made anew for each test."""
    request.node.lab = whole_lab
    yield whole_lab
    whole_lab.sweep()


@pytest.fixture(scope="session")
def peal_built():
    program = build_folder() / "peal"
    if not program.exists():
        pytest.fail(f"{program} is not there: ./dev build makes it")
    return program


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    lab = getattr(item, "lab", None)
    if report.failed and lab:
        told = str(report.longrepr)
        for program in (one for one in lab.programs if f"--- {one.name}:" not in told):
            report.sections.append((program.name, program.story()))
