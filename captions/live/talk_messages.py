"""What the page that is talked with says and is told, as text and bytes; nothing here waits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from captions.errors import BadMessage
from captions.live.messages import encode, language_of, parse_object, parse_pcm, shown

__all__ = ["End", "Start", "Stop", "parse", "parse_pcm"]


class End(StrEnum):
    """Why nobody listens any more, where nothing went wrong."""

    ASKED = "asked"
    SILENCE = "silence"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Start:
    """Listen from now on, in ``language`` (BCP 47)."""

    language: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish what was said, and listen no more."""


def parse(text: str, *, max_bytes: int) -> Start | Stop:
    """A text message. Raises ``BadMessage``."""
    body = parse_object(text, max_bytes)
    match body["type"]:
        case "start":
            language = language_of(body)
            if language is None:
                raise BadMessage('A start names its "language", a BCP 47 tag such as en-US.')
            return Start(language)
        case "stop":
            return Stop()
    raise BadMessage(f"Here one may say start or stop, not {shown(body['type'])}.")


def encode_ready() -> str:
    return encode({"type": "ready"})


def encode_interim(text: str) -> str:
    return encode({"type": "interim", "text": text})


def encode_final(text: str, *, utterance: int) -> str:
    return encode({"type": "final", "text": text, "utterance": utterance})


def encode_stopped(end: End) -> str:
    return encode({"type": "stopped", "reason": end})
