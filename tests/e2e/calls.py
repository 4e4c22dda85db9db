"""Calls between two peals, as the end to end tests place them."""
# SPDX-License-Identifier: MIT
import dataclasses

import pytest

from lab.program import Program

SOUND = ["--audio-in", "tone", "--audio-out", "none"]


@dataclasses.dataclass
class Call:
    """Both ends; `callee` is None where there is nobody."""
    caller: Program
    callee: Program = None

    def connected(self):
        for program in (self.caller, self.callee):
            program.wait("connected")
        return self

    def rings(self):
        self.callee.wait("incoming")
        self.caller.wait("ringing")
        return self


def waiting(lab, person, *arguments, once=True, **options):
    """`peal answer` of `person`, online."""
    program = lab.peal(person, "answer", *(["--once"] if once else []), *SOUND, *arguments, **options)
    program.wait("online")
    return program


def calling(lab, person, to, *arguments, **options):
    return lab.peal(person, "call", to, *SOUND, *arguments, **options)


def firewall(lab):
    """While it is entered no UDP passes; skips where there is no network of our own."""
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    return lab.network.without_udp()


def ended(program, patience=30):
    """How the command ended: its last word, and the status it left with."""
    status = program.finish(patience)
    last = program.events[-1]
    assert last["event"] == "ended", program.story()
    assert last["status"] == status, program.story()
    return last["cause"], status
