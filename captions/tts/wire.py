"""What a provider's wire is asked, whichever provider's it is. Nothing here waits or knows a socket."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from captions.tts.events import PCM, Piece, Reading, Sound
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.upstream.address import Address
from captions.upstream.faults import Fault


class Garbled(ValueError):
    """A message that is not of the protocol."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Messages that are sent, and answered to the end before anything else is said."""

    messages: tuple[str, ...]
    piece: Piece | None = None
    """What its audio speaks, where a turn is a part of a text."""


class Wire(Protocol):
    """What all wires are asked."""

    def media_type(self, speech: Speech) -> str:
        """What comes out of all headers: :data:`~captions.tts.events.PCM`, or a file to be passed on."""
        ...

    def refusal(self, body: bytes, http_status: int) -> Fault:
        """The fault in an HTTP answer, whatever its body is."""
        ...


class SocketWire(Wire, Protocol):
    """A provider's messages over a WebSocket."""

    @property
    def path(self) -> str:
        """Behind the service's address."""
        ...

    @property
    def is_one_turn(self) -> bool:
        """Whether a connection is good for one turn only."""
        ...

    @property
    def silence_ends_s(self) -> float | None:
        """After how long a silence binary audio has ended, where no mark says so."""
        ...

    @property
    def close_ends(self) -> bool:
        """Whether the provider's closing in good order, after audio, is the end of it."""
        ...

    def address(self, service: Service) -> Address:
        """Where to connect, with the key."""
        ...

    def greeting(self, speech: Speech) -> str | None:
        """What is said first, and answered by ``Ready``."""
        ...

    def turns(self, speech: Speech, pieces: tuple[str, ...]) -> list[Turn]:
        """What is said of a text, in order."""
        ...

    def decode(self, message: str | bytes) -> tuple[Reading, ...]:
        """What a message says. Raises :class:`Garbled`."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a person reads it, its audio by its size."""

    body: str
    size_bytes: int


class Reader(Protocol):
    """One answer over HTTP as it comes."""

    def feed(self, data: bytes) -> list[Reading]:
        """What more of it says. Raises :class:`Garbled`."""
        ...

    def shown(self) -> list[Shown] | None:
        """Messages that came whole since this was asked last; ``None`` where there are only bytes."""
        ...

    def end(self) -> list[Reading]:
        """What its end says."""
        ...


class HttpWire(Wire, Protocol):
    """A provider's requests over HTTP, one a piece of text."""

    @property
    def path(self) -> str:
        """Behind the service's address."""
        ...

    def headers(self, service: Service) -> dict[str, str]:
        """The key, and what else is asked for."""
        ...

    def body(self, speech: Speech, text: str) -> dict[str, Any]:
        """The JSON that asks for a piece."""
        ...

    def reader(self) -> Reader:
        """For one answer."""
        ...


class Bytes:
    """An answer that is its audio."""

    def feed(self, data: bytes) -> list[Reading]:
        """It is sound."""
        return [Sound(data)]

    def shown(self) -> list[Shown] | None:
        """Its bytes say all."""
        return None

    def end(self) -> list[Reading]:
        """Nothing is missing that could be known of."""
        return []


def object_in(message: str | bytes) -> Mapping[str, Any]:
    """The JSON object that a message is. Raises :class:`Garbled`."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        raise Garbled("not JSON") from None
    if not isinstance(body, dict):
        raise Garbled("not a JSON object")
    return body


def audio_in(value: object) -> bytes:
    """The bytes of a Base64 text; of none at all, none. Raises :class:`Garbled`."""
    if value is None:
        return b""
    if not isinstance(value, str):
        raise Garbled("audio that is no text")
    try:
        return b64decode(value, validate=True)
    except (NotBase64, ValueError):
        raise Garbled("audio that is not Base64") from None


MEDIA_TYPES = {
    "pcm": PCM,
    "wav": PCM,
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "ulaw": "audio/basic",
    "alaw": "audio/x-alaw-basic",
}
"""What comes of a format, by its name; a header of WAV is taken off."""


def media_type_of(speech: Speech) -> str:
    """By the option ``format``."""
    return MEDIA_TYPES[str(speech.options["format"])]
