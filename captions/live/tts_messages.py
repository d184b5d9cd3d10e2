"""What the page that has text spoken says and is told, as text and bytes; nothing here waits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from captions.characters import Standing
from captions.errors import BadField, BadMessage, CaptionError
from captions.live.messages import encode, encode_error, parse_object, shown
from captions.tts.events import Format, Piece, Timing, Waiting, Warned, Wire
from captions.tts.speech import Speech, from_json
from captions.words import gettext_noop as _

ID_BYTES = 4
MAX_ID = 2**32 - 1
MAX_BYTES = 2**53
LONGEST_AUDIO_BYTES = 64 * 1024
"""Audio of one binary message."""
LONGEST_OPTIONS_BYTES = 16 * 1024
"""Of a speech's options as JSON: they are kept with each try."""
MOST_MS = 10 * 60_000
MOST_UNDERRUNS = 1_000_000
WAITING = _("%(service)s has no room now. It is asked again in %(wait_s)s s.")


@dataclass(frozen=True, slots=True)
class Speak:
    """Have something spoken. ``id`` is the page's name for it, in all that is said of it."""

    id: int
    speech: Speech
    keep: bool = True
    keep_audio: bool = False
    trace: bool = False


@dataclass(frozen=True, slots=True)
class Got:
    """So many bytes of audio of a speech have come, in all."""

    id: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Let a speech go."""

    id: int


@dataclass(frozen=True, slots=True)
class Played:
    """What the page has measured while it played a try."""

    try_id: UUID
    measured: Mapping[str, float]


def parse(text: str, *, max_bytes: int) -> Speak | Got | Stop | Played:
    """A text message. Raises ``BadMessage``, and ``BadField`` for a speech that cannot be one."""
    body = parse_object(text, max_bytes)
    match body["type"]:
        case "speak":
            return Speak(
                id=id_of(body),
                speech=speech_of(body.get("speech")),
                keep=_switch(body, "keep", True),
                keep_audio=_switch(body, "keep_audio", False),
                trace=_switch(body, "trace", False),
            )
        case "got":
            return Got(id_of(body), _whole(body, "bytes", 0, MAX_BYTES))
        case "stop":
            return Stop(id_of(body))
        case "played":
            return Played(_uuid(body, "try"), _measured(body))
    raise BadMessage(f"Here one may say speak, got, stop or played, not {shown(body['type'])}.")


def id_in(text: str) -> int | None:
    """Whose speech a message is about that was not understood otherwise."""
    try:
        return id_of(json.loads(text))
    except (BadMessage, ValueError, TypeError, AttributeError, RecursionError):
        return None


def speech_of(body: object) -> Speech:
    """A speech as a page or a script writes it. Raises ``BadField``."""
    speech = from_json(body)
    if len(encode(speech.options)) > LONGEST_OPTIONS_BYTES:
        raise BadField("options", _("These settings are too long. Leave out what the voice does not need."))
    return speech


def id_of(body: Mapping[str, Any]) -> int:
    return _whole(body, "id", 1, MAX_ID)


def encode_audio(id_: int, data: bytes) -> bytes:
    """A piece of audio as a binary message: whose it is, then its bytes."""
    return id_.to_bytes(ID_BYTES, "little") + data


def encode_accepted(id_: int, *, characters: int, standing: Standing) -> str:
    left = {"user": standing.user_left, "site": standing.site_left}
    resets_at = standing.resets_at.isoformat()
    return encode(
        {"type": "accepted", "id": id_, "characters": characters, "left": left, "resets_at": resets_at}
    )


def encode_format(id_: int, format_: Format) -> str:
    return encode(
        {
            "type": "format",
            "id": id_,
            "media_type": format_.media_type,
            "rate_hz": format_.rate_hz,
            "channels": format_.channels,
        }
    )


def encode_piece(id_: int, piece: Piece, *, at_bytes: int) -> str:
    return encode(
        {
            "type": "piece",
            "id": id_,
            "number": piece.number,
            "of": piece.of,
            "text": piece.text,
            "at_bytes": at_bytes,
        }
    )


def encode_wire(id_: int, wire: Wire) -> str:
    return encode(
        {
            "type": "wire",
            "id": id_,
            "direction": wire.direction,
            "at_ms": wire.at_ms,
            "kind": wire.kind,
            "size_bytes": wire.size_bytes,
            "body": wire.body,
            "truncated": wire.is_cut,
        }
    )


def encode_timing(id_: int, timing: Timing, *, pieces: int) -> str:
    """What is known of it by now."""
    return encode({"type": "timing", "id": id_, **timing_json(timing, pieces=pieces)})


def encode_waiting(id_: int, waiting: Waiting, *, service: str) -> str:
    values = {"service": service, "wait_s": f"{waiting.wait_s:g}"}
    return encode(
        {
            "type": "waiting",
            "id": id_,
            "wait_s": waiting.wait_s,
            "message": WAITING % values,
            "template": WAITING,
            "values": values,
        }
    )


def encode_warning(id_: int, warned: Warned) -> str:
    return encode({"type": "warning", "id": id_, "message": warned.template, "template": warned.template})


def encode_done(id_: int, timing: Timing, *, pieces: int, kept: UUID | None) -> str:
    told = timing_json(timing, pieces=pieces)
    return encode({"type": "done", "id": id_, "timing": told, "try": _id_or_null(kept)})


def encode_stopped(id_: int, *, kept: UUID | None) -> str:
    return encode({"type": "stopped", "id": id_, "try": _id_or_null(kept)})


def encode_speech_error(error: CaptionError, id_: int | None, *, kept: UUID | None = None) -> str:
    """What ended a speech, or, without an ``id``, what is wrong with a message."""
    body = json.loads(encode_error(error))
    if id_ is not None:
        body |= {"id": id_, "fatal": False}
    if field := getattr(error, "field", ""):
        body["field"] = field
    if kept is not None:
        body["try"] = str(kept)
    return encode(body)


def timing_json(timing: Timing, *, pieces: int) -> dict[str, Any]:
    """A timing by the names that pages and tries have; what has not come is null."""
    return {
        "connect_ms": timing.connect_ms,
        "ready_ms": timing.ready_ms,
        "first_byte_ms": timing.first_byte_ms,
        "total_ms": timing.total_ms,
        "bytes": timing.audio_bytes,
        "audio_ms": timing.audio_ms,
        "pieces": pieces,
    }


def _id_or_null(kept: UUID | None) -> str | None:
    return str(kept) if kept is not None else None


def _whole(body: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadMessage(f'"{name}" is a whole number from {low} to {high}.')
    return value


def _switch(body: Mapping[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadMessage(f'"{name}" is true or false.')
    return value


def _uuid(body: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(str(body.get(name)))
    except ValueError:
        raise BadMessage(f'"{name}" is the id of a try.') from None


def _measured(body: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {"underruns": _whole(body, "underruns", 0, MOST_UNDERRUNS)}
    first_ms = body.get("first_sound_ms")
    if first_ms is None:
        return found
    if not isinstance(first_ms, int | float) or isinstance(first_ms, bool) or not math.isfinite(first_ms):
        raise BadMessage('"first_sound_ms" is a number.')
    if not 0 <= first_ms <= MOST_MS:
        raise BadMessage(f'"first_sound_ms" is a number from 0 to {MOST_MS}.')
    return {"first_sound_ms": round(float(first_ms), 1), **found}
