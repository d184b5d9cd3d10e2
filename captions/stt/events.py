"""What the upstream says, in our words. Times are the upstream's own, in whole milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from captions.upstream.faults import Fault


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; ``confidence`` from 0 to 1, ``None`` where it is not known."""

    text: str
    offset_ms: int
    duration_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The upstream takes audio from now on."""

    request_id: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Interim:
    """Text that may still change; replaces the interim before it."""

    text: str
    offset_ms: int | None = None
    duration_ms: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Final:
    """Text the upstream will not change again. ``text`` may be blank: then only time has passed."""

    text: str
    offset_ms: int | None = None
    duration_ms: int | None = None
    language: str = ""
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    upstream_ref: str = ""


@dataclass(frozen=True, slots=True)
class LlmDelta:
    """A piece of text made from a final (``upstream_ref``) or from all of them (empty ref).

    ``text`` is to be appended, or replaces what was collected where ``replaces`` is true.
    """

    upstream_ref: str
    text: str
    is_final: bool
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Flushed:
    """Everything sent before the flush has been recognised."""

    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Pong:
    """An answer to our ping; nothing needs it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type we do not know: counted, never fatal."""

    type: str = field(default="")


Event = Ready | Interim | Final | LlmDelta | Flushed | Pong | Fault | Unknown
