"""Voices of a provider, whichever generation of its list they come from. Pure.

Source: the voice-API contract, 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_STYLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One voice. ``locales`` are BCP 47 tags or bare codes, its own first."""

    provider: str
    id: str
    name: str
    locales: tuple[str, ...] = ()
    gender: str = ""
    age: str = ""
    category: str = ""
    description: str = ""
    styles: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON Schema of what ``voice_config`` takes."""

    def as_json(self) -> dict[str, Any]:
        """For pages."""
        return {name: getattr(self, name) for name in self.__slots__}


def read_voxnexus(body: object) -> tuple[tuple[Voice, ...], int]:
    """The voices of one page of the list, and how many pages there are. What has no id is left out."""
    listed: object = body
    pages = 1
    if isinstance(body, Mapping):
        listed = body.get("voices", body.get("data"))
        pagination = body.get("pagination")
        if isinstance(pagination, Mapping) and isinstance(pagination.get("total_pages"), int):
            pages = max(1, pagination["total_pages"])
    items = listed if isinstance(listed, list) else []
    voices = [_voxnexus(item) for item in items if isinstance(item, Mapping)]
    return tuple(voice for voice in voices if voice.id), pages


def _voxnexus(item: Mapping[str, Any]) -> Voice:
    schema = item.get("config_schema", item.get("voice_config_schema"))
    schema = schema if isinstance(schema, Mapping) else None
    voice_id = _text(item, "voice_id")
    return Voice(
        provider="voxnexus",
        id=voice_id,
        name=_text(item, "display_name") or _text(item, "name") or voice_id,
        locales=_locales(item),
        gender=_text(item, "gender").lower(),
        age=_text(item, "age").lower(),
        category=_text(item, "category"),
        description=_text(item, "description"),
        styles=_styles(item, schema),
        schema=schema,
    )


def _locales(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Its own first, where that is said."""
    own = _text(item, "primary_locale") or _text(item, "locale") or _text(item, "language")
    supported = item.get("supported_locales")
    more = [
        _text(each, "locale") or _text(each, "language") if isinstance(each, Mapping) else str(each)
        for each in (supported if isinstance(supported, list) else [])
    ]
    return tuple(dict.fromkeys(locale for locale in (own, *more) if locale))


def _styles(item: Mapping[str, Any], schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Of the schema, else of the older list."""
    found: object = schema
    for name in ("properties", "style", "enum"):
        found = found.get(name) if isinstance(found, Mapping) else None
    styles = found if isinstance(found, list) else item.get("styles")
    if not isinstance(styles, list):
        return ()
    return tuple(style for style in styles if isinstance(style, str))[:MOST_STYLES]


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
