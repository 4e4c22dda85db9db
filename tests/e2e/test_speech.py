"""Speech crosses both ways, encrypted, through a real server: what is heard is what was said."""
# SPDX-License-Identifier: MIT
import pytest

from calls import Call, ended
from lab.measure import BANDS, compare
from lab.sound import read_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak

pytestmark = pytest.mark.in_time


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    for name, speaker in (("alice", CALLER), ("bob", ANSWERER)):
        speak(speaker, folder / f"{name}.wav")
    return folder


def talk(lab, said, folder, muted=(), more=(), top=24000):
    """A call of both voices; what each said and what the other heard of it, up to `top` Hz."""
    alice, bob = lab.server.friends("alice", "bob")

    def sound(name):
        voice = "silence" if name in muted else f"file:{said}/{name}.wav"
        return ["--audio-in", voice, "--audio-out", f"file:{folder}/{name}-hears.wav", *more]
    callee = lab.peal(bob, "answer", "--auto", "--once", *sound("bob"))
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, "--duration", str(SECONDS + 2), *sound("alice"))
    for program in (caller, callee):
        assert ended(program, SECONDS + 40) == ("success", 0)
    likeness = {name: compare(read_wav(said / f"{name}.wav"),
                              read_wav(folder / f"{other}-hears.wav"), top)
                for name, other in (("alice", "bob"), ("bob", "alice"))}
    return Call(caller, callee), likeness


def all_well(call, likeness, path, codec):
    for program in (call.caller, call.callee):
        connected = program.first("connected")
        assert connected["path"] == path
        assert connected["encryption"] == "dtls-srtp"
        assert connected["codec"] == codec
        assert program.first("media")["after_ms"] >= 0
    for name, alike in likeness.items():
        assert not list(alike.faults()), f"{name} was not heard well: {alike}"


@pytest.mark.parametrize("path", ["direct", "relayed"])
def test_speech_crosses_both_ways(lab, peal_built, said, tmp_path, path):
    call, likeness = talk(lab, said, tmp_path, more=["--relay-only"] if path == "relayed" else [])
    all_well(call, likeness, path, "opus")
    assert all(len(alike.bands) == len(BANDS) for alike in likeness.values())


def test_speech_crosses_in_telephone_quality(lab, peal_built, said, tmp_path):
    """PCMU samples 8,000 times a second: it cannot fill the two octaves that reach above 4 kHz."""
    call, likeness = talk(lab, said, tmp_path, more=["--codec", "pcmu"], top=4000)
    all_well(call, likeness, "direct", "PCMU")
    assert all(len(alike.bands) == len(BANDS) - 2 for alike in likeness.values())


def test_with_the_sender_muted_the_measure_fails(lab, peal_built, said, tmp_path):
    _, likeness = talk(lab, said, tmp_path, muted=["alice"])
    assert list(likeness["alice"].faults()), "silence passed for speech"
    assert not list(likeness["bob"].faults()), likeness["bob"]
