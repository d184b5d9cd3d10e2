"""The clock of one speech: when each thing came, and what went over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any, Literal

from captions.tts.events import Timing, Wire
from captions.upstream.redaction import without
from captions.upstream.secret import Secret

LONGEST_BODY = 4_000
"""Characters of a message that are shown."""
AUDIO_FIELDS = ("data", "audio")
SHORTEST_AUDIO = 64
"""Characters from which on a text under such a name is taken for audio."""


class Watch:
    """Started when a speech is asked for. ``key`` is taken out of everything that is shown."""

    def __init__(self, key: Secret, clock: Callable[[], float] = monotonic) -> None:
        self._key = key
        self._clock = clock
        self._began_s = clock()
        self.timing = Timing()

    @property
    def ms(self) -> float:
        """Since the speech was asked for."""
        return round((self._clock() - self._began_s) * 1000, 1)

    def note(self, name: Literal["connect_ms", "ready_ms", "first_byte_ms", "total_ms"]) -> None:
        """Something has come, for the first time or again; only the first counts."""
        if getattr(self.timing, name) is None:
            come: dict[str, Any] = {name: self.ms}
            self.timing = replace(self.timing, **come)

    def text(self, direction: Literal["out", "in"], message: str) -> Wire:
        """A text message as it is shown."""
        return self._wire(direction, "text", len(message.encode("utf-8", "replace")), shown(message))

    def binary(self, direction: Literal["out", "in"], size_bytes: int) -> Wire:
        """A binary message; its bytes are audio."""
        return self._wire(direction, "binary", size_bytes, "")

    def event(self, body: str, size_bytes: int) -> Wire:
        """A server-sent event as it is shown."""
        return self._wire("in", "sse", size_bytes, body)

    def line(
        self, direction: Literal["out", "in"], kind: Literal["open", "http", "close"], body: str
    ) -> Wire:
        """What happened to the connection."""
        return self._wire(direction, kind, len(body), body)

    def _wire(self, direction: Any, kind: Any, size_bytes: int, body: str) -> Wire:
        body = without(self._key, body)
        return Wire(direction, kind, self.ms, size_bytes, body[:LONGEST_BODY], len(body) > LONGEST_BODY)


def shown(message: str) -> str:
    """A message as a person reads it: JSON with room, audio by its size."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return message
    return json.dumps(_shortened(body), ensure_ascii=False, indent=2)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _audio(name, inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list) else value


def _audio(name: str, value: Any) -> Any:
    if name in AUDIO_FIELDS and isinstance(value, str) and len(value) > SHORTEST_AUDIO:
        return audio_by_size(value)
    return _shortened(value)


def audio_by_size(written: str) -> str:
    """What is shown in place of audio in Base64."""
    return f"… {len(written) * 3 // 4 - written[-2:].count('=')} bytes of audio …"
