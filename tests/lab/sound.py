"""Sound as arrays: WAV files in and out, resampling, synthetic tones. One channel, floats in ±1."""
# SPDX-License-Identifier: MIT
import struct
import wave

import numpy as np

RATE = 48000

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def chunks(data):
    """The chunks of a RIFF file; one whose size was never written runs to the end."""
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if kind == b"data" and (size == 0 or at + 8 + size > len(data)):
            size = len(data) - at - 8
        yield kind, data[at + 8:at + 8 + size]
        at += 8 + size + size % 2


def read_wav(path):
    """The samples of a WAV file, mixed to one channel, at 48 kHz.

    Also reads what a killed program left: the sizes in the header may be missing.
    """
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file")
    parts = {}
    for kind, body in chunks(data):
        parts.setdefault(kind, body)
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", parts[b"fmt "])
    if code == EXTENSIBLE:
        code = struct.unpack_from("<H", parts[b"fmt "], 24)[0]
    kinds = {(PCM, 16): ("<i2", 2 ** 15), (PCM, 32): ("<i4", 2 ** 31),
             (FLOAT, 32): ("<f4", 1), (FLOAT, 64): ("<f8", 1)}
    kind, full = kinds[code, bits]
    body = parts.get(b"data", b"")
    body = body[:len(body) - len(body) % (channels * bits // 8)]
    samples = np.frombuffer(body, kind).astype(float) / full
    return resample(samples.reshape(-1, channels).mean(axis=1), rate)


def write_wav(path, samples):
    """Writes 16-bit samples at 48 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def resample(samples, rate, to=RATE):
    """The same sound at another rate, by its spectrum."""
    if rate == to or not len(samples):
        return samples
    length = round(len(samples) * to / rate)
    spectrum = np.fft.rfft(samples)
    wanted = np.zeros(length // 2 + 1, complex)
    shared = min(len(spectrum), len(wanted))
    wanted[:shared] = spectrum[:shared]
    return np.fft.irfft(wanted, length) * (length / len(samples))


def level_db(samples):
    """The level of it, dB below a full square wave; -inf of nothing."""
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.mean(np.square(samples)))) if len(samples) else -np.inf


def tone(hertz, seconds, amplitude=0.25):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def loudest_tone(samples):
    """The frequency that is strongest, and the share of all power that is within 2 % of it."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[frequencies < 20] = 0
    if not spectrum.sum():
        return 0.0, 0.0
    peak = frequencies[np.argmax(spectrum)]
    near = np.abs(frequencies - peak) <= max(0.02 * peak, 10)
    return float(peak), float(spectrum[near].sum() / spectrum.sum())
