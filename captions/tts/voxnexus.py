"""VoxNexus' messages, out and in; nothing here waits or knows a socket.

Source: the voice-API contract, 3.1 (REST) and 3.6 (WebSocket), open points U20, U24, U28 and U29 read
tolerantly. The vendor's field names end here.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import replace
from typing import Any

from captions.tts.events import Done, Reading, Ready, Sound, Unknown
from captions.tts.providers import VOXNEXUS
from captions.tts.speech import Speech
from captions.upstream.faults import Fault, classify, fault_in, read_error, text_in

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
            return (Ready(text_in(body, "request_id")),)
        case "audio":
            sound = Sound(_audio(body.get("data")))
            return (sound, Done()) if body.get("is_final") is True else (sound,)
        case "error":
            return (fault_in(body),)
        case kind:
            return (fault_in(body),) if kind is None and "error" in body else (Unknown(str(kind)[:64]),)


def read_refusal(body: bytes, http_status: int) -> Fault:
    """The error of an HTTP answer, whatever its body is."""
    kind = classify("", "", http_status)
    fault = read_error(body)
    if fault is None or not fault.message:
        return Fault(kind, "", f"HTTP_{http_status}")
    return replace(fault, kind=kind)


def _audio(data: object) -> bytes:
    if data is None:
        return b""
    if not isinstance(data, str):
        raise Garbled("audio that is no text")
    try:
        return b64decode(data, validate=True)
    except (NotBase64, ValueError):
        raise Garbled("audio that is not Base64") from None
