"""Codecs in a real call: speech between two peals, tones with libwebrtc, and two channels.

Opus and PCMU are in test_speech and test_webrtc; each codec's own elements in tests/media/test_codecs.c.
"""
# SPDX-License-Identifier: MIT
import wave

import numpy as np
import pytest

from calls import ended
from lab.measure import compare
from lab.sound import RATE, loudest_tone, read_wav, tone
from lab.speech import ANSWERER, CALLER, speak

pytestmark = pytest.mark.in_time

SECONDS = 4
# The name in events, and what it carries, Hz: it has no filter steeper than that.
CODECS = {"g722": ("G722", 7000), "pcma": ("PCMA", 3400), "speex": ("speex", 7000)}
ATTEMPTS = 4
HURRIED_MS = 60  # a jitter buffer that had to wait so long on a net without jitter: nobody had a turn


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    for name, speaker in (("alice", CALLER), ("bob", ANSWERER)):
        samples = speak(speaker, folder / f"{name}.wav")[:SECONDS * RATE]
        write(folder / f"{name}.wav", samples)
    return folder


def write(path, *channels):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.stack(channels, axis=1) * 32767).astype("<i2").tobytes())


def channels(path):
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 2 ** 15
        return samples.reshape(-1, file.getnchannels()).T


def place(lab, ours, theirs, codec, seconds=SECONDS + 1):
    """A call; `ours` and `theirs`: what each says and where each hears."""
    alice, bob = lab.server.friends("alice", "bob")
    sound = [["--audio-in", f"file:{said}", "--audio-out", f"file:{heard}"]
             for said, heard in (ours, theirs)]
    callee = lab.peal(bob, "answer", "--auto", "--once", *sound[1])
    callee.wait("online")
    caller = lab.peal(alice, "call", bob.jid, "--codec", codec, "--duration", str(seconds), *sound[0])
    for program in (caller, callee):
        assert ended(program, seconds + 40) == ("success", 0)
    return caller, callee


def hurried(pair):
    """Whether the machine was too busy for sound to be measured."""
    counts = [program.events[-1]["stats"][0] for program in pair]
    return any(count["wait_ms"] >= HURRIED_MS or count["late"] > 0 for count in counts)


@pytest.mark.parametrize("codec", CODECS)
def test_speech_crosses(lab, peal_built, said, tmp_path, codec):
    name, top = CODECS[codec]
    for _ in range(ATTEMPTS):
        pair = place(lab, (said / "alice.wav", tmp_path / "alice.wav"),
                     (said / "bob.wav", tmp_path / "bob.wav"), codec)
        for program in pair:
            assert program.first("connected")["codec"] == program.first("media")["codec"] == name
        alike = [compare(read_wav(said / f"{speaker}.wav"), read_wav(tmp_path / f"{hearer}.wav"), top)
                 for speaker, hearer in (("alice", "bob"), ("bob", "alice"))]
        faults = [fault for one in alike for fault in one.faults()]
        if not faults or not hurried(pair):
            break
    assert not faults, alike


def meet(lab, folder, codec, caller):
    """A call with libwebrtc, which has that codec alone; peal, and what libwebrtc found."""
    alice, bob = lab.server.friends("alice", "bob")
    ours = ["--audio-in", "tone:660", "--audio-out", f"file:{folder}/heard.wav"]
    theirs = ["--tone", 1000, "--codecs", codec]
    if caller == "peal":
        peer = lab.webrtc(bob, *theirs)
        peer.wait("ready")
        peal = lab.peal(alice, "call", bob.jid, "--duration", "3", *ours)
    else:
        peal = lab.peal(bob, "answer", "--auto", "--once", *ours)
        peal.wait("online")
        peer = lab.webrtc(alice, "--to", bob.jid, "--duration", 3, "--invite", *theirs)
    result = peer.wait("result", 40)
    assert ended(peal) == ("success", 0)
    return peal, result


@pytest.mark.parametrize("caller", ["peal", "libwebrtc"])
@pytest.mark.parametrize("codec", ["G722", "PCMA"])
def test_libwebrtc_hears_and_is_heard(lab, peal_built, tmp_path, codec, caller):
    for _ in range(ATTEMPTS):
        peal, result = meet(lab, tmp_path, codec, caller)
        assert peal.first("connected")["codec"] == codec
        pitch, share = loudest_tone(read_wav(tmp_path / "heard.wav")[-2 * RATE:-RATE // 2])
        good = (result["ok"] and result["hertz"] == pytest.approx(660, rel=0.01)
                and pitch == pytest.approx(1000, rel=0.01) and share > 0.9)
        if good or not hurried([peal]):
            break
    assert good, (result, pitch, share)


def test_left_stays_left(lab, peal_built, said, tmp_path):
    write(tmp_path / "both.wav", tone(440, SECONDS), tone(880, SECONDS))
    place(lab, (tmp_path / "both.wav", tmp_path / "alice.wav"),
          (said / "bob.wav", tmp_path / "bob.wav"), "opus")
    left, right = channels(tmp_path / "bob.wav")
    for side, hertz in ((left, 440), (right, 880)):
        pitch, share = loudest_tone(side[RATE:2 * RATE])
        assert pitch == pytest.approx(hertz, rel=0.01) and share > 0.8  # a mixture would have half of it
