"""VoxNexus' messages, out and in; nothing here waits or knows a socket.

Source: the voice-API contract, 3.1 (REST) and 3.6 (WebSocket), open points U20, U24, U28 and U29 read
tolerantly. The vendor's field names end here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from captions.tts.events import Done, Reading, Ready, Sound, Unknown
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.vendors.voxnexus import VOXNEXUS
from captions.tts.wire import Bytes, Reader, Turn, audio_in, media_type_of, object_in
from captions.upstream.address import Address
from captions.upstream.faults import Fault, classify, text_in
from captions.upstream.voxnexus import address, fault_in, headers, read_error


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


def read_refusal(body: bytes, http_status: int) -> Fault:
    """The error of an HTTP answer, whatever its body is."""
    kind = classify("", "", http_status)
    fault = read_error(body)
    if fault is None or not fault.message:
        return Fault(kind, "", f"HTTP_{http_status}")
    return replace(fault, kind=kind)


class VoxnexusSocket:
    """``/v1/tts/realtime``: all of a text is sent, then all of its audio comes."""

    path = "/v1/tts/realtime"
    is_one_turn = True
    silence_ends_s = None
    close_ends = False

    def address(self, service: Service) -> Address:
        return address(service.ws_url.rstrip("/") + self.path, key=service.key, auth=service.auth)

    def greeting(self, speech: Speech) -> str | None:
        return init(speech)

    def turns(self, speech: Speech, pieces: tuple[str, ...]) -> list[Turn]:
        last = len(pieces)
        return [Turn(tuple(text(piece, is_final=n == last) for n, piece in enumerate(pieces, 1)))]

    def decode(self, message: str | bytes) -> tuple[Reading, ...]:
        if isinstance(message, bytes):
            return (Sound(message),)
        body = object_in(message)
        match body.get("type"):
            case "ready":
                return (Ready(text_in(body, "request_id")),)
            case "audio":
                sound = Sound(audio_in(body.get("data")))
                return (sound, Done()) if body.get("is_final") is True else (sound,)
            case "error":
                return (fault_in(body),)
            case kind:
                return (fault_in(body),) if kind is None and "error" in body else (Unknown(str(kind)[:64]),)

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)


class VoxnexusHttp:
    """``/v1/tts``: the answer is the audio."""

    path = "/v1/tts"

    def headers(self, service: Service) -> dict[str, str]:
        return headers(service.key)

    def body(self, speech: Speech, text: str) -> dict[str, Any]:
        return settings(speech) | {"text": text}

    def reader(self) -> Reader:
        return Bytes()

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)
