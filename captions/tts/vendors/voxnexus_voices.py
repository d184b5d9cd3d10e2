"""VoxNexus' list of voices, whichever generation it is of. Pure.

Source: the voice-API contract, 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from captions.tts.voices import MOST_STYLES, Voice
from captions.upstream.faults import text_in


def read(body: object) -> tuple[tuple[Voice, ...], int]:
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
    voice_id = text_in(item, "voice_id")
    return Voice(
        provider="voxnexus",
        id=voice_id,
        name=text_in(item, "display_name") or text_in(item, "name") or voice_id,
        locales=_locales(item),
        gender=text_in(item, "gender").lower(),
        age=text_in(item, "age").lower(),
        category=text_in(item, "category"),
        description=text_in(item, "description"),
        styles=_styles(item, schema),
        schema=schema,
    )


def _locales(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Its own first, where that is said."""
    own = text_in(item, "primary_locale") or text_in(item, "locale") or text_in(item, "language")
    supported = item.get("supported_locales")
    more = [
        text_in(each, "locale") or text_in(each, "language") if isinstance(each, Mapping) else str(each)
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
