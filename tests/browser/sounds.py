"""Sounds that the scripted engine takes for speech: tones, and pauses long enough to end an utterance."""

from __future__ import annotations

import io
import math
import wave
from array import array
from pathlib import Path

RATE_HZ = 16_000
PAUSE_MS = 700
"""The scripted engine ends an utterance after 600 ms."""


def tone(duration_ms: int, *, level: float = 0.2, hz: float = 320.0) -> bytes:
    """PCM, 16-bit mono at 16 kHz; ``level`` is a share of full scale."""
    peak = level * 32_767
    step = 2 * math.pi * hz / RATE_HZ
    samples = (round(peak * math.sin(step * n)) for n in range(duration_ms * RATE_HZ // 1000))
    return array("h", samples).tobytes()


def silence(duration_ms: int) -> bytes:
    return bytes(duration_ms * RATE_HZ // 1000 * 2)


def sentence(duration_ms: int) -> bytes:
    """One utterance for the scripted engine, with the pause that ends it."""
    return tone(duration_ms) + silence(PAUSE_MS)


def wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(pcm)
    return out.getvalue()


def recorded(path: Path, *, gain: float = 1.0) -> bytes:
    """The PCM of a recording, made louder or quieter; what gets too loud is cut off, as a microphone does."""
    with wave.open(str(path)) as recording:
        samples = array("h", recording.readframes(recording.getnframes()))
    return array("h", (max(-32_768, min(32_767, round(gain * sample))) for sample in samples)).tobytes()
