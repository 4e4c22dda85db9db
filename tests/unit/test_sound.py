"""Sound files as programs write them, and speech as the tests need it."""
# SPDX-License-Identifier: MIT
import struct
import zlib

import numpy as np
import pytest

from lab import measure, picture
from lab.sound import RATE, level_db, loudest_tone, read_wav, resample, tone, write_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak


def test_a_wav_comes_back(tmp_path):
    sound = tone(440, 0.5)
    write_wav(tmp_path / "a.wav", sound)
    assert np.abs(read_wav(tmp_path / "a.wav") - sound).max() < 1e-3


def wav(code, bits, channels, rate, body, size=None):
    form = struct.pack("<HHIIHH", code, channels, rate, rate * channels * bits // 8,
                       channels * bits // 8, bits)
    return (b"RIFF" + struct.pack("<I", 0) + b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0"
            + b"fmt " + struct.pack("<I", len(form)) + form
            + b"data" + struct.pack("<I", len(body) if size is None else size) + body)


@pytest.mark.parametrize("size", [None, 0, 0xFFFFFFFF])
def test_a_header_that_was_never_finished(tmp_path, size):
    body = (tone(1000, 0.25)[:, None] * [1, 0] * 32767).astype("<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(1, 16, 2, RATE, body + b"\x01", size))
    sound = read_wav(tmp_path / "a.wav")
    assert len(sound) == RATE // 4
    assert loudest_tone(sound)[0] == pytest.approx(1000, abs=5)


def test_floats_at_another_rate(tmp_path):
    body = (0.25 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)).astype("<f4").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(3, 32, 1, 8000, body))
    sound = read_wav(tmp_path / "a.wav")
    assert len(sound) == RATE
    assert loudest_tone(sound)[0] == pytest.approx(500, abs=1)
    assert level_db(sound) == pytest.approx(-15, abs=0.2)


def test_what_is_no_wav_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"OggS" + bytes(60))
    with pytest.raises(ValueError, match="not a WAV"):
        read_wav(tmp_path / "a.wav")


def test_resampling_keeps_the_tone_and_its_level():
    sound = resample(tone(1000, 1), RATE, 22050)
    back = resample(sound, 22050)
    assert np.abs(back - tone(1000, 1)).max() < 0.01


def test_a_tone_in_noise_is_less_pure():
    noise = np.random.default_rng(1).normal(0, 0.05, RATE)
    assert loudest_tone(tone(440, 1))[1] > 0.99
    pitch, share = loudest_tone(tone(440, 1) + noise)
    assert pitch == pytest.approx(440, abs=2) and share < 0.95
    assert loudest_tone(np.zeros(RATE)) == (0.0, 0.0)


@pytest.mark.parametrize("speaker", [CALLER, ANSWERER])
def test_speech_fills_ten_seconds_and_every_octave(tmp_path, speaker):
    said = speak(speaker, tmp_path / "said.wav")
    assert len(said) == SECONDS * RATE
    assert np.abs(said).max() < 0.95
    assert level_db(said[-2 * RATE:]) > -40, "it must not end early"
    for low, high in measure.BANDS:
        assert level_db(measure.band(said, low, high)) > -50, f"{low:.0f} to {high:.0f} Hz"


def test_picture_shows_the_tone_where_it_is(tmp_path):
    pixels = picture.pair(tone(6000, 2), np.zeros(RATE))
    height, width, _ = pixels.shape
    assert width == (2 * RATE - picture.SIZE) // picture.STEP + 1
    column = pixels[:picture.ROWS, width // 2].sum(axis=1)
    assert abs(int(np.argmax(column)) - picture.ROWS // 2) <= 1
    assert pixels[-picture.ROWS:].max() == 0
    picture.write_png(tmp_path / "a.png", pixels)
    data = (tmp_path / "a.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (width, height)
    body = data[data.index(b"IDAT") + 4:data.index(b"IEND") - 8]
    assert len(zlib.decompress(body)) == height * (3 * width + 1)
