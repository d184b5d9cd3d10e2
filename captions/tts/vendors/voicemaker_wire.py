"""Voicemaker's messages, out and in; nothing here waits or knows a socket.

Source: the voice-API contract, 5.1 (WebSocket), 5.2 (REST) and 5.3 (voices), open points V1 to V12 read
tolerantly. The vendor's field names end here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from captions.tts.events import Done, Piece, Reading, Sound, Unknown
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.vendors.voicemaker import VOICEMAKER
from captions.tts.voices import MOST_STYLES, Voice
from captions.tts.wire import Bytes, Garbled, Reader, Turn, audio_in, media_type_of, object_in
from captions.upstream.address import Address
from captions.upstream.faults import Fault, classify, text_in, tidy
from captions.upstream.secret import Secret

PATH = "/api/v1/voice/convert"
VOICES_PATH = "/api/v1/voice/list"


def headers(key: Secret) -> dict[str, str]:
    """The key; there is no other way to send it."""
    return {"Authorization": f"Bearer {key.reveal()}"} if key else {}


def request(speech: Speech, text: str) -> dict[str, Any]:
    """All of a request. Numbers are written as texts, as the documents do (V5)."""
    body: dict[str, Any] = {"VoiceId": speech.voice, "LanguageCode": speech.language, "Text": text}
    known = VOICEMAKER.options_for(speech.transport)
    effects: dict[str, Any] = {}
    for name, value in speech.options.items():
        outer, _, inner = known[name].field.partition(".")
        if inner:
            effects[inner] = value
        elif outer and value != "":
            body[outer] = str(value)
    # Without a preset there is no effect that a mix could be of.
    return body | ({"VoxFx": effects} if effects.get("presetId") else {})


def fault_in(body: Mapping[str, Any]) -> Fault:
    """The fault in a failure: a message, and a sentence for each of its reasons. There are no codes."""
    errors = body.get("errors")
    reasons = [reason for reason in errors if isinstance(reason, str)] if isinstance(errors, list) else []
    message = tidy(": ".join(filter(None, [text_in(body, "message"), "; ".join(reasons)])))
    return Fault(classify("", message), message)


def read_refusal(body: bytes, http_status: int) -> Fault:
    """The error of an HTTP answer, whatever its body is."""
    kind = classify("", "", http_status)
    try:
        fault = fault_in(object_in(body))
    except Garbled:
        fault = Fault(kind, "")
    return replace(
        fault, kind=fault.kind if http_status == 200 else kind, upstream_code=f"HTTP_{http_status}"
    )


class VoicemakerSocket:
    """One request a piece, answered to its end before the next (V2)."""

    path = PATH
    is_one_turn = False
    silence_ends_s = None
    close_ends = False

    def address(self, service: Service) -> Address:
        return Address(service.ws_url.rstrip("/") + self.path, headers(service.key))

    def greeting(self, speech: Speech) -> str | None:
        return None

    def turns(self, speech: Speech, pieces: tuple[str, ...]) -> list[Turn]:
        return [
            Turn((json.dumps(request(speech, text), ensure_ascii=False),), Piece(number, len(pieces), text))
            for number, text in enumerate(pieces, 1)
        ]

    def decode(self, message: str | bytes) -> tuple[Reading, ...]:
        if isinstance(message, bytes):
            return (Sound(message),)
        body = object_in(message)
        if body.get("success") is False or ("success" not in body and "audio" not in body):
            known = body.get("success") is False or "message" in body or "errors" in body
            return (fault_in(body),) if known else (Unknown(),)
        sound = Sound(audio_in(body.get("audio")))
        return (sound, Done()) if body.get("isFinal") is True else (sound,)

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)


class VoicemakerHttp:
    """The same request with effects and more formats; the answer is the audio."""

    path = PATH

    def headers(self, service: Service) -> dict[str, str]:
        return headers(service.key)

    def body(self, speech: Speech, text: str) -> dict[str, Any]:
        return request(speech, text) | {"ResponseType": "stream"}

    def reader(self) -> Reader:
        return Bytes()

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)


def voices(body: object) -> tuple[Voice, ...]:
    """The voices of a list, in each shape it was seen in; what has no id is left out."""
    listed: object = body
    if isinstance(listed, Mapping):
        listed = listed.get("data", listed.get("voices_list"))
    if isinstance(listed, Mapping):
        listed = listed.get("voices_list")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return tuple(_voice(item) for item in items if text_in(item, "VoiceId"))


def _voice(item: Mapping[str, Any]) -> Voice:
    voice_id, language = text_in(item, "VoiceId"), text_in(item, "Language")
    effects = item.get("VoiceEffects")
    name = text_in(item, "VoiceWebname") or voice_id
    spelt = text_in(item, "LanguageName")
    return Voice(
        provider=VOICEMAKER.name,
        id=voice_id,
        name=f"{name} ({spelt})" if spelt else name,
        locales=(language,) if language else (),
        gender=text_in(item, "VoiceGender").lower(),
        category=text_in(item, "Engine"),
        styles=tuple(style for style in effects if isinstance(style, str))[:MOST_STYLES]
        if isinstance(effects, list)
        else (),
    )
