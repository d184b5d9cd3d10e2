"""Who speaks, over what, and what of it can be set: the whole of a page's controls as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from captions.tts.options import Option

WEBSOCKET = "websocket"
REST = "rest"
SSE = "sse"
"""Server-sent events: an answer over HTTP, of messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A service that speaks. ``longest_characters`` is what it takes in one request."""

    name: str
    label: str
    transports: tuple[str, ...]
    options: tuple[Option, ...]
    longest_characters: int
    most_at_once: int
    key_variable: str
    needs_language: bool = False

    def options_for(self, transport: str) -> dict[str, Option]:
        """The settings that can be sent over a transport, by name."""
        return {
            option.name: option
            for option in self.options
            if not option.transports or transport in option.transports
        }

    def as_json(self) -> dict[str, Any]:
        """For pages."""
        return {
            "name": self.name,
            "label": self.label,
            "transports": list(self.transports),
            "options": [option.as_json() for option in self.options],
        }
