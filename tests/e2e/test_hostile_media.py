"""While somebody without the keys floods both ends of a call, under the other's address as well, the call goes on."""
# SPDX-License-Identifier: MIT
import pathlib
import re

import pytest

from calls import ended
from lab.lab import ROOT
from lab.measure import compare
from lab.sound import read_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak

SEED, RATE, ATTACK = 4711, 5000, 7
SPARE_KB = 16 * 1024


def memory_kb(program):
    status = pathlib.Path(f"/proc/{program.child.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def read_by_programs(program):
    """UDP datagrams that any socket in its network has read so far."""
    net = pathlib.Path(f"/proc/{program.child.pid}/net")
    four = re.findall(r"^Udp: (\d+)", (net / "snmp").read_text(), re.M)
    six = re.findall(r"^Udp6InDatagrams\s+(\d+)", (net / "snmp6").read_text(), re.M)
    return sum(map(int, four + six))


def sanitized(program):
    """Its memory tells nothing then, and it has less time to spare."""
    return "libasan" in pathlib.Path(f"/proc/{program.child.pid}/maps").read_text()


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    for name, speaker in (("alice", CALLER), ("bob", ANSWERER)):
        speak(speaker, folder / f"{name}.wav")
    return folder


def place_call(lab, said, folder):
    alice, bob = lab.server.friends("alice", "bob")

    def sound(name):
        return ["--audio-in", f"file:{said}/{name}.wav", "--audio-out", f"file:{folder}/{name}-hears.wav"]
    callee = lab.peal(bob, "answer", "--auto", "--once", *sound("bob"))
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, "--duration", str(SECONDS + 2), *sound("alice"))
    return caller, callee


@pytest.mark.in_time
def test_a_call_goes_on_under_attack(lab, peal_built, said, tmp_path):
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    caller, callee = place_call(lab, said, tmp_path)
    ends = [caller.wait("connected")[side] for side in ("local", "remote")]
    for program in (caller, callee):
        program.wait("stats")
    before = {program: memory_kb(program) for program in (caller, callee)}
    clean, earlier = not sanitized(caller), read_by_programs(caller)
    attacker = lab.run(["/usr/bin/python3", ROOT / "tests" / "lab" / "attacker.py", SEED,
                        RATE if clean else RATE // 4, ATTACK, *ends], "attacker")
    done = attacker.wait_until(lambda: attacker.first("done") or attacker.first("unable"), 40, "end")
    if done["event"] == "unable":
        pytest.skip(f"no raw sockets for this user: {done['why']}")
    more = {program: memory_kb(program) - kept for program, kept in before.items()}
    print(f"{done['sent']} datagrams, {done['heard']} of the call's own kept; kB more:", *more.values())
    # Sent is not read: a checksum that is wrong would make this a test of nothing.
    assert read_by_programs(caller) - earlier > 0.9 * done["sent"] and done["heard"] > 100
    for program in (caller, callee):
        assert ended(program, SECONDS + 40) == ("success", 0)
        assert not clean or more[program] < SPARE_KB
        sane(program)
    likeness(said, tmp_path)


def sane(program):
    """What it told of the call is of this call: 50 packets a second, over a cable."""
    for stats in program.all("stats"):
        assert stats["packets_received"] <= 60 * (SECONDS + 5), stats
        assert 0 <= stats["lost"] <= stats["packets_received"], stats
        assert stats.get("rtt_ms", 0) < 1000, stats
        assert stats.get("jitter_ms", 0) < 1000, stats


def likeness(said, folder):
    for name, other in (("alice", "bob"), ("bob", "alice")):
        alike = compare(read_wav(said / f"{name}.wav"), read_wav(folder / f"{other}-hears.wav"))
        print(f"{other} hears {name}: {alike}")
        assert not list(alike.faults()), f"{name} was not heard well: {alike}"
