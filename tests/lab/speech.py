"""Ten seconds of speech, by espeak-ng: another text and another voice for each side of a call."""
# SPDX-License-Identifier: MIT
import dataclasses
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from lab.sound import RATE, read_wav, write_wav

SECONDS = 10
LEVEL = 0.07  # RMS, -23 dB: leaves room for the loudest vowel


@dataclasses.dataclass(frozen=True)
class Speaker:
    """Low voices with much hiss in the text: so each of the eight octaves has something to say."""
    voice: str
    pitch: int
    speed: int
    text: str


CALLER = Speaker("en-us", 12, 165, (
    "Good morning, this is the first of two voices. Sixty six ships sailed past the misty coast,"
    " chasing a fresh breeze, while a dozen thirsty sailors sat on the deck and shelled peas."
    " She saw such shiny shoes, and he asked which was which. Is this stretch of the sea safe?"))
ANSWERER = Speaker("en-gb-scotland", 22, 160, (
    "Yes, I hear you well, and I answer at once. The quick brown fox is much too lazy today; zebras"
    " and oxen cross the frosty square instead. Just fetch a box of chalk, six sharp scissors,"
    " and those cheap red jackets. What a strange zoo, said the judge, and shut the gate."))


def synthesize(speaker):
    """What espeak-ng makes of it. Even when it writes a file it prepares to play, by PulseAudio,
    which leaves folders behind: it gets a home to do so."""
    with tempfile.TemporaryDirectory() as home:
        raw = pathlib.Path(home) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", speaker.voice, "-p", str(speaker.pitch),
                        "-s", str(speaker.speed), "-w", raw, speaker.text],
                       check=True, capture_output=True,
                       env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "TMPDIR": home,
                            "XDG_RUNTIME_DIR": home})
        return read_wav(raw)


def speak(speaker, path):
    """Writes exactly SECONDS of `speaker` to a WAV file at 48 kHz; the samples."""
    samples = synthesize(speaker)
    length = SECONDS * RATE
    if len(samples) < length * 0.9:
        raise ValueError(f"only {len(samples) / RATE:.1f} s of speech")
    samples = np.pad(samples[:length], (0, max(0, length - len(samples))))
    fade = np.linspace(0, 1, RATE // 50)
    samples[:len(fade)] *= fade
    samples[-len(fade):] *= fade[::-1]
    samples *= LEVEL / np.sqrt(np.mean(samples ** 2))
    write_wav(path, samples)
    return samples
