"""VoxNexus' messages, out and in; nothing here waits or knows a socket.

Source: the voice-API contract, 3.1 (REST) and 3.6 (WebSocket), open points U20, U24, U28 and U29 read
tolerantly. The vendor's field names end here.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from captions.errors import FaultKind
from captions.tts.events import Done, Reading, Ready, Refused, Sound, Unknown
from captions.tts.providers import VOXNEXUS
from captions.tts.speech import Speech
from captions.upstream.faults import classify, tidy

SOCKET_PATH = "/v1/tts/realtime"
REST_PATH = "/v1/tts"


class Garbled(ValueError):
    """A message that is not of the protocol."""


def settings(speech: Speech) -> dict[str, Any]:
    """Voice, language and options by the vendor's names; what is off is left out."""
    body: dict[str, Any] = {"voice_id": speech.voice}
    if speech.language:
        body["language"] = speech.language
    known = VOXNEXUS.options_for(speech.transport)
    return body | {known[name].field: value for name, value in speech.options.items()}


def init(speech: Speech) -> str:
    """The first message of a socket."""
    return json.dumps({"type": "init"} | settings(speech), ensure_ascii=False)


def text(piece: str, *, is_final: bool) -> str:
    """A piece to speak. It ends in a blank: whether pieces are joined with one is not known (U20)."""
    spaced = piece if piece[-1:].isspace() else piece + " "
    return json.dumps({"type": "text", "text": spaced, "is_final": is_final}, ensure_ascii=False)


def rest_body(speech: Speech, piece: str) -> dict[str, Any]:
    """The body of a request for one piece."""
    return settings(speech) | {"text": piece}


def decode(message: str | bytes) -> tuple[Reading, ...]:
    """What a message says. Raises :class:`Garbled` for what is no JSON object, or audio that is none."""
    if isinstance(message, bytes):
        return (Sound(message),)
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        raise Garbled("not JSON") from None
    if not isinstance(body, dict):
        raise Garbled("not a JSON object")
    match body.get("type"):
        case "ready":
            return (Ready(_text(body, "request_id")),)
        case "audio":
            sound = Sound(_audio(body.get("data")))
            return (sound, Done()) if body.get("is_final") is True else (sound,)
        case "error":
            return (refusal(body),)
        case kind:
            return (refusal(body),) if kind is None and "error" in body else (Unknown(str(kind)[:64]),)


def refusal(body: Mapping[str, Any], http_status: int | None = None) -> Refused:
    """The error in a message or a body (contract, 2.2)."""
    code = tidy(_text(body, "code"))
    message = tidy(_text(body, "error") or _text(body, "message") or code)
    return Refused(classify(code, message, http_status), message, code, _text(body, "request_id"))


def read_refusal(body: bytes, http_status: int) -> Refused:
    """The error of an HTTP answer, whatever its body is."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        refused = refusal(found, http_status)
        if refused.message:
            return refused
    return Refused(classify("", "", http_status), "", f"HTTP_{http_status}")


def read_close(code: int) -> FaultKind | None:
    """Why a socket was closed before anything was spoken, where the code says so (U3, U21)."""
    if code == 1008 or (4000 <= code <= 4999 and code != 4429):
        return FaultKind.AUTH
    return FaultKind.QUOTA if code in (1013, 4429) else None


def _audio(data: object) -> bytes:
    if data is None:
        return b""
    if not isinstance(data, str):
        raise Garbled("audio that is no text")
    try:
        return b64decode(data, validate=True)
    except (NotBase64, ValueError):
        raise Garbled("audio that is not Base64") from None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
