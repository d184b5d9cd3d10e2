"""What is to be spoken and how: what a page asks for, a try keeps and a link shares. Never with a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from captions.errors import BadField
from captions.words import gettext_noop as _

LONGEST_NAME = 200
"""Characters of a voice's id or a language: beyond that it is neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One text with a voice and its settings. ``options`` are by our names (``captions/tts/options.py``)."""

    provider: str
    transport: str
    text: str
    voice: str
    language: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ssml(self) -> bool:
        """Whether tags in the text are to be obeyed."""
        return self.options.get("ssml") is True

    def as_json(self) -> dict[str, Any]:
        """As it is sent and kept."""
        return {
            "provider": self.provider,
            "transport": self.transport,
            "text": self.text,
            "voice": self.voice,
            "language": self.language,
            "options": dict(self.options),
        }


def from_json(body: object) -> Speech:
    """The speech that ``as_json`` wrote, or a page. Raises :class:`BadField` for what is of another kind."""
    if not isinstance(body, Mapping):
        raise BadField("speech", _("Say what to speak: a provider, a voice and a text."))
    options = body.get("options") or {}
    if not isinstance(options, Mapping) or not all(isinstance(name, str) for name in options):
        raise BadField("options", _("Options are given by their names."))
    return Speech(
        provider=_text(body, "provider", LONGEST_NAME),
        transport=_text(body, "transport", LONGEST_NAME),
        text=_text(body, "text"),
        voice=_text(body, "voice", LONGEST_NAME),
        language=_text(body, "language", LONGEST_NAME),
        options=dict(options),
    )


def _text(body: Mapping[str, Any], name: str, longest: int | None = None) -> str:
    value = body.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        raise BadField(name, _("That value cannot be used."))
    return value
