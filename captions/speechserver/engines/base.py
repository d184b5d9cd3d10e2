"""What the speech server asks of a recogniser, and what it gets back.

Everything here is synchronous: an engine computes, the server waits elsewhere. Times are whole
milliseconds since the first sample a session was fed; a flush does not set them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from captions.errors import CaptionError

ANY_LANGUAGE = "*"
"""In ``SttEngine.languages``: the engine takes every language."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; ``confidence`` from 0 to 1, ``None`` where the engine has none."""

    text: str
    offset_ms: int
    duration_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """An interim, or a final with its words. ``text`` is never blank."""

    text: str
    is_final: bool
    offset_ms: int
    duration_ms: int
    confidence: float | None = None
    words: tuple[Word, ...] = ()


def final(text: str, words: Sequence[Word], *, start_ms: int, now_ms: int) -> Transcript:
    """A final that lies where its words do; without words from ``start_ms`` until ``now_ms``.

    Its confidence is the mean of what is known of the words'.
    """
    if not words:
        return Transcript(text, True, start_ms, max(1, now_ms - start_ms))
    offset_ms, end_ms = words[0].offset_ms, words[-1].offset_ms + words[-1].duration_ms
    known = [word.confidence for word in words if word.confidence is not None]
    confidence = round(sum(known) / len(known), 3) if known else None
    return Transcript(text, True, offset_ms, max(1, end_ms - offset_ms), confidence, tuple(words))


class SttSession(Protocol):
    """One stream of audio. Calls come from one thread, one at a time."""

    def feed(self, pcm: bytes) -> list[Transcript]:
        """Take PCM16 mono of any whole number of samples; give what became known through it.

        A caller that lags behind feeds longer pieces: an engine whose interims cost time makes at
        most one of them a call, so that they are what is saved first.
        """
        ...

    def flush(self) -> list[Transcript]:
        """Finish the open utterance, if there is one; audio may follow and starts a new one."""
        ...

    def close(self) -> None:
        """Let go of what the session holds. May be called twice."""
        ...


class SttEngine(Protocol):
    """A recogniser by name. Making one is cheap; ``load`` is what takes time and memory."""

    @property
    def name(self) -> str:
        """What it is called in settings."""
        ...

    @property
    def label(self) -> str:
        """What it is called on a page, honestly."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags, or ``ANY_LANGUAGE`` alone."""
        ...

    @property
    def isolation(self) -> Literal["process", "thread"]:
        """Where a session may run. "process": it holds the interpreter's lock while it computes, so each
        session gets a process of its own, forked after ``load`` where the platform allows; ``load``
        must then start no threads. "thread": sessions of one process run side by side.
        """
        ...

    def load(self) -> None:
        """Read the model. Raises ``EngineUnavailable``. Called once, before the first ``open``."""
        ...

    def open(self, *, language: str, sample_rate_hz: int) -> SttSession:
        """A session in one of ``languages``."""
        ...


class EngineFactory(Protocol):
    """What an entry point of group ``voxweb.stt_engines`` has to be: a class will do."""

    def __call__(self, *, model_dir: Path | None) -> SttEngine:
        """An engine that reads its model from ``model_dir``. Raises ``EngineUnavailable``."""
        ...


class EngineUnavailable(CaptionError):
    """An engine is not known, its library is not installed or its model is not where it should be."""

    code: ClassVar[str] = "speech.engine_unavailable"
    sentence: ClassVar[str] = "This speech engine cannot be used here."
