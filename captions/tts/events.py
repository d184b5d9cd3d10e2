"""What happens while a text is spoken, whichever provider speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from captions.upstream.faults import Fault

PCM = "audio/pcm"
"""Signed 16-bit little-endian, mono."""


@dataclass(frozen=True, slots=True)
class Format:
    """Of all audio that follows. Comes once, before the first :class:`Audio`."""

    media_type: str
    rate_hz: int
    channels: int = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio from here on speaks ``text``, the ``number``-th of ``of`` pieces.

    ``characters`` is how many were sent for it, where that is not the text's length.
    """

    number: int
    of: int
    text: str
    characters: int | None = None


@dataclass(frozen=True, slots=True)
class Audio:
    """Audio in the format that was said; PCM in whole samples, never empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wire:
    """One message between us and the provider, for whoever wants to look: no key, no long audio in it.

    ``at_ms`` counts from the moment the speech was asked for; ``size_bytes`` is the whole message's.
    """

    direction: Literal["out", "in"]
    kind: Literal["open", "text", "binary", "http", "sse", "close"]
    at_ms: float
    size_bytes: int
    body: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider wants to be asked again in ``wait_s`` seconds; until then nothing is sent."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know of audio that may still be whole. A template of ours."""

    template: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When things came, in ms since the speech was asked for; ``None`` is what has not come."""

    connect_ms: float | None = None
    ready_ms: float | None = None
    first_byte_ms: float | None = None
    total_ms: float | None = None
    audio_bytes: int = 0
    audio_ms: int | None = None

    def as_json(self) -> dict[str, float | int | None]:
        """By the names that pages and tries have."""
        return {name: getattr(self, name) for name in self.__slots__}


Event = Format | Piece | Audio | Wire | Waiting | Warned | Timing
"""What :func:`captions.tts.speaking.speak` gives. The last one is the whole :class:`Timing`."""


# What a codec reads from its provider, before any of it is the same for all.


@dataclass(frozen=True, slots=True)
class Ready:
    """The provider takes text from now on."""

    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """Bytes as the provider sent them, a header or half a sample among them; may be empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """The provider has said all it was asked for."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type we do not know: shown, never fatal."""

    type: str = field(default="")


Reading = Ready | Sound | Done | Fault | Unknown
