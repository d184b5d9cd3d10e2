"""What the speech server asks of a synthesiser, and what it gets back.

Everything here is synchronous: an engine computes, the server waits elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from captions.errors import CaptionError
from captions.speechserver.engines.base import EngineUnavailable

BLOCK_MS = 60
"""Audio an engine gives at a time, about."""

Gender = Literal["female", "male", "neutral"]

__all__ = [
    "BLOCK_MS",
    "EngineUnavailable",
    "Gender",
    "Manner",
    "SynthesisFailed",
    "TtsEngine",
    "Voice",
    "VoiceUnknown",
]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of an engine. ``locales`` are BCP 47 tags, the first of them its own."""

    id: str
    name: str
    locales: tuple[str, ...]
    gender: Gender
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is spoken: ``speed`` and ``volume`` as factors, 1 being the voice's own."""

    speed: float = 1.0
    pitch_semitones: float = 0.0
    volume: float = 1.0


class TtsEngine(Protocol):
    """A synthesiser by name. Several threads may have it speak at the same time."""

    @property
    def name(self) -> str:
        """What it is called in settings."""
        ...

    @property
    def label(self) -> str:
        """What it is called on a page, honestly."""
        ...

    @property
    def rate_hz(self) -> int:
        """Samples a second of what it makes."""
        ...

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Its voices; ids are unlike each other whatever their case."""
        ...

    def speak(
        self, text: str, *, voice: Voice, language: str, manner: Manner, ssml: bool = False
    ) -> Generator[bytes, None, None]:
        """PCM, signed 16-bit little-endian mono at ``rate_hz``, whole samples, each block as soon as it is
        made. Closing the generator stops the synthesis. ``language`` is one of the voice's locales.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds. May be called twice."""
        ...


class SynthesisFailed(CaptionError):
    """An engine broke off in the middle of its work."""

    code: ClassVar[str] = "speech.synthesis_failed"


class VoiceUnknown(CaptionError):
    """There is no voice of that id."""

    code: ClassVar[str] = "speech.voice_unknown"
