"""An engine whose speech is a tone, so that a test can read from the sound how it was asked for.

60 ms a character divided by the speed; a fixed pitch for each voice, moved by the semitones; the level
follows the volume (voice-API contract, 8.3). The same request always gives the same bytes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Generator

from captions.speechserver.speaking.base import BLOCK_MS, Manner, Voice

RATE_HZ = 24_000
CHARACTER_MS = 60
LEVEL = 12_000
"""Greatest sample at volume 1; twice the volume still fits."""

VOICES = (
    Voice("emu-en-us-emma", "Emma (English, United States)", ("en-US",), "female", ("calm", "cheerful")),
    Voice("emu-en-us-henry", "Henry (English, United States)", ("en-US",), "male"),
    Voice("emu-en-gb-grace", "Grace (English, United Kingdom)", ("en-GB",), "female"),
    Voice("emu-de-de-klara", "Klara (German, Germany)", ("de-DE",), "female", ("calm", "cheerful")),
    Voice("emu-de-de-jonas", "Jonas (German, Germany)", ("de-DE",), "male"),
    Voice("emu-ar-sa-layla", "Layla (Arabic, Saudi Arabia)", ("ar-SA",), "female"),
    Voice("emu-zh-cn-mei", "Mei (Chinese, China)", ("zh-CN",), "female"),
    Voice("emu-hi-in-asha", "Asha (Hindi, India)", ("hi-IN", "en-IN"), "female"),
)
LOWEST_HZ = {"female": 220.0, "male": 110.0, "neutral": 165.0}


class ToneEngine:
    """The engine of tests. It needs no library and never waits."""

    name = "tone"
    label = "tones in place of speech, for tests"
    rate_hz = RATE_HZ
    voices = VOICES

    def speak(
        self, text: str, *, voice: Voice, language: str, manner: Manner, ssml: bool = False
    ) -> Generator[bytes, None, None]:
        samples = round(len(text) * CHARACTER_MS * RATE_HZ / 1000 / manner.speed)
        step = 2 * math.pi * pitch_hz(voice, manner) / RATE_HZ
        level = min(32_767.0, LEVEL * manner.volume)
        block = BLOCK_MS * RATE_HZ // 1000
        for first in range(0, samples, block):
            numbers = range(first, min(first + block, samples))
            yield struct.pack(f"<{len(numbers)}h", *(round(level * math.sin(step * n)) for n in numbers))

    def close(self) -> None:
        """There is nothing to let go of."""


def pitch_hz(voice: Voice, manner: Manner) -> float:
    """The tone of a voice: a semitone above the one before it in the list of its gender."""
    place = VOICES.index(voice) if voice in VOICES else 0
    return LOWEST_HZ[voice.gender] * 2 ** ((place + manner.pitch_semitones) / 12)
