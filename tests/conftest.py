"""What every Python test gets: one laboratory for the run, swept after each test; logs of failures."""
# SPDX-License-Identifier: MIT
import itertools
import signal

import pytest

from lab.lab import Lab, build_folder
from lab.stage import Stage
from lab.stall import patiently


def pytest_configure(config):
    """A shell's `&` makes its children deaf to Ctrl-C; ours are tested for hearing it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "in_time: measures what has to come in time; a failure on a"
                            " machine that had no turns to give is told again (lab/stall.py)")


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


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A story that is told again has an empty folder again."""
    if not pyfuncitem.get_closest_marker("in_time"):
        return None
    told = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    attempts = itertools.count(1)

    def again():
        if "lab" in told:
            told["lab"].sweep()
        if "tmp_path" in told:
            told["tmp_path"] = pyfuncitem.funcargs["tmp_path"] / f"again-{next(attempts)}"
            told["tmp_path"].mkdir()
    patiently(lambda: pyfuncitem.obj(**told), again)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    lab = getattr(item, "lab", None)
    if report.failed and lab:
        told = str(report.longrepr)
        for program in (one for one in lab.programs if f"--- {one.name}:" not in told):
            report.sections.append((program.name, program.story()))
