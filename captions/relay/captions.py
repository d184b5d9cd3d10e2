"""What a relay session makes: captions in session time, whole milliseconds since its first sample."""

from __future__ import annotations

from dataclasses import dataclass, field

from captions.stt.events import Word


@dataclass(frozen=True, slots=True)
class InterimCaption:
    """Text that may still change; replaces the interim of its utterance. Blank: it came to nothing."""

    utterance: int
    text: str
    offset_ms: int
    language: str


@dataclass(frozen=True, slots=True)
class FinalCaption:
    """Text that stays. Its words are in session time, inside ``offset_ms`` to the end."""

    utterance: int
    text: str
    offset_ms: int
    duration_ms: int
    confidence: float | None
    language: str
    words: tuple[Word, ...] = ()
    upstream_ref: str = ""
    came_at_s: float = field(default=0.0, compare=False)
    """When it came from the upstream, on the monotonic clock; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class GapCaption:
    """Audio that was lost: from ``offset_ms``, for ``duration_ms``. Takes an utterance number too."""

    utterance: int
    offset_ms: int
    duration_ms: int
