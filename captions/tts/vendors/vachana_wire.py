"""Vachana's messages, out and in; nothing here waits or knows a socket.

Source: the voice-API contract, 6.1 and 6.2 (WebSocket), 6.4 (REST) and 6.5 (server-sent events), open points
G1 to G14 read tolerantly: both kinds of frames, both vocabularies of events, both shapes of errors. The
vendor's field names end here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from captions.errors import FaultKind
from captions.tts.events import Done, Piece, Reading, Ready, Sound, Unknown
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.sse import BadStream, EventReader
from captions.tts.sse import Event as ServerEvent
from captions.tts.vendors.vachana_voices import language_sent, parted
from captions.tts.watch import SHORTEST_AUDIO, audio_by_size, shown
from captions.tts.wire import Bytes, Garbled, Reader, Shown, Turn, audio_in, media_type_of, object_in
from captions.upstream.address import Address
from captions.upstream.faults import Fault, classify, text_in, tidy
from captions.upstream.secret import Secret

CONTAINERS = {"wav": "wav", "pcm": "raw", "mp3": "mp3"}
SILENCE_ENDS_S = 3.0
SERVED_NOW = "Older models may be gone: timbre-v2.0 with Pranav is served now."
"""Beside a refusal that may be about a model or a voice; nothing is switched in silence (G5)."""


def headers(key: Secret) -> dict[str, str]:
    """The key; there is no other way to send it."""
    return {"X-API-Key-ID": key.reveal()} if key else {}


def request(speech: Speech, text: str) -> dict[str, Any]:
    """All of a request, with every member of ``audio_config`` (G4)."""
    model, voice = parted(speech.voice)
    options = speech.options
    audio: dict[str, Any] = {
        "sample_rate": options["sample_rate_hz"],
        "num_channels": 1,
        "sample_width": 2,
        "encoding": "linear_pcm",
        "container": CONTAINERS[str(options["format"])],
    }
    if "bit_rate" in options:
        audio["bitrate"] = options["bit_rate"]
    body: dict[str, Any] = {"text": text, "voice": voice, "model": model, "audio_config": audio}
    if language := language_sent(model, speech.language):
        body["language"] = language
    if "speed" in options:
        body["speed"] = options["speed"]
    return body


def fault_in(body: Mapping[str, Any]) -> Fault:
    """The fault in an error of either shape, or in what is neither."""
    error, detail = body.get("error"), body.get("detail")
    code = message = ""
    for inner in (error, detail):
        if isinstance(inner, Mapping):
            code = code or text_in(inner, "type") or text_in(inner, "error_code")
            message = message or text_in(inner, "message")
        elif isinstance(inner, list):
            message = message or "; ".join(_reason(each) for each in inner)
        elif isinstance(inner, str):
            message = message or inner
    message = tidy(message or text_in(body, "message") or json.dumps(body, ensure_ascii=False))
    kind = classify(code, message)
    if kind is FaultKind.CONFIG and any(word in message.lower() for word in ("model", "voice")):
        message = f"{message}. {SERVED_NOW}"
    return Fault(kind, message, tidy(code), text_in(body, "request_id"))


def read_refusal(body: bytes, http_status: int) -> Fault:
    """The error of an HTTP answer, whatever its body is."""
    kind = classify("", "", http_status)
    try:
        fault = fault_in(object_in(body))
    except Garbled:
        return Fault(kind, "", f"HTTP_{http_status}")
    return replace(fault, kind=fault.kind if http_status == 200 else kind)


class VachanaSocket:
    """One connection a request, as the vendor's own client does (G9)."""

    path = "/api/v1/tts"
    is_one_turn = True
    silence_ends_s = SILENCE_ENDS_S
    close_ends = True

    def address(self, service: Service) -> Address:
        more = {"Content-Type": "application/json"}
        return Address(service.ws_url.rstrip("/") + self.path, headers(service.key) | more)

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
        try:
            return _read(object_in(message), "")
        except Garbled:
            # Text that is no JSON means nothing here (6.2, rule 1); audio that is none does.
            if message.lstrip()[:1] == "{":
                raise
            return (Unknown("text"),)

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)


class VachanaHttp:
    """``/tts/inference``: the answer is the audio, once it is whole."""

    path = "/api/v1/tts/inference"

    def headers(self, service: Service) -> dict[str, str]:
        return headers(service.key)

    def body(self, speech: Speech, text: str) -> dict[str, Any]:
        return request(speech, text)

    def reader(self) -> Reader:
        return Bytes()

    def media_type(self, speech: Speech) -> str:
        return media_type_of(speech)

    def refusal(self, body: bytes, http_status: int) -> Fault:
        return read_refusal(body, http_status)


class VachanaEvents(VachanaHttp):
    """``/tts/sse``: the answer is a stream of events."""

    path = "/api/v1/tts/sse"

    def headers(self, service: Service) -> dict[str, str]:
        return headers(service.key) | {"Accept": "text/event-stream"}

    def reader(self) -> Reader:
        return _Events()


class _Events:
    """Events of both vocabularies: what is a JSON object is looked into, all else is audio (6.5)."""

    def __init__(self) -> None:
        self._reader = EventReader()
        self._shown: list[Shown] = []

    def feed(self, data: bytes) -> list[Reading]:
        try:
            events = self._reader.feed(data)
        except BadStream as exc:
            raise Garbled(str(exc)) from None
        self._shown += map(_told, events)
        return [reading for event in events for reading in _read_event(event)]

    def shown(self) -> list[Shown]:
        told, self._shown = self._shown, []
        return told

    def end(self) -> list[Reading]:
        return []


def _told(event: ServerEvent) -> Shown:
    data = event.data.strip()
    size_bytes = len(data.encode("utf-8", "replace"))
    is_audio = not data.startswith("{") and size_bytes > SHORTEST_AUDIO
    said = audio_by_size(data) if is_audio else shown(data)
    return Shown(f"event: {event.name}\n{said}", size_bytes)


def _read_event(event: ServerEvent) -> tuple[Reading, ...]:
    data = event.data.strip()
    if data.startswith("{"):
        return _read(object_in(data), event.name)
    return (Sound(audio_in(data)),) if data else ()


def _read(body: Mapping[str, Any], name: str) -> tuple[Reading, ...]:
    """A message, or an event of that name."""
    kind = text_in(body, "type") or name
    inner = body.get("data")
    holder = inner if isinstance(inner, Mapping) else body
    if kind == "error" or body.get("error") or body.get("detail") or body.get("success") is False:
        return (fault_in(body),)
    if body.get("status") == "error":
        return (fault_in(body),)
    readings: list[Reading] = []
    if holder.get("audio") is not None:
        readings.append(Sound(audio_in(holder["audio"])))
    if kind in ("complete", "completed") or holder.get("is_final") is True:
        return (*readings, Done())
    if kind == "start":
        return (Ready(text_in(body, "request_id")),)
    return tuple(readings) or (Unknown(kind[:64]),)


def _reason(each: object) -> str:
    return text_in(each, "msg") or text_in(each, "message") if isinstance(each, Mapping) else str(each)
