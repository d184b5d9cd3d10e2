"""The upstream's messages to events and back. Nothing here waits or knows a socket.

Source: the voice-API contract, section 4 (realtime speech to text), with the open points of its
section 9.1 (U1 to U30) read tolerantly: the newest generation of messages is written, all three
are read. The vendor's field names end here.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from captions.audio import BYTES_PER_SAMPLE, RATE_HZ
from captions.errors import BadChunk, UpstreamGarbled
from captions.stt.events import (
    Event,
    Final,
    Flushed,
    Interim,
    LlmDelta,
    Pong,
    Ready,
    Unknown,
    Word,
)
from captions.upstream.faults import text_in
from captions.upstream.voxnexus import fault_in

_LATEST_MS = 2**40
"""Times beyond this (34 years) are no times."""


@dataclass(frozen=True, slots=True)
class LlmTransform:
    """What a language model is to make of the finals (contract, 4.6)."""

    prompt: str
    model_id: str = ""
    max_tokens: int | None = None
    mode: Literal["per_segment", "post_flush"] = "per_segment"


class Codec:
    """Writes what we say, reads what the upstream says.

    ``language`` is a BCP 47 locale; empty asks the upstream to detect it (U14).
    """

    def __init__(self, *, model: str, language: str, llm: LlmTransform | None = None) -> None:
        self.model = model
        self.language = language
        self.llm = llm

    def init(self) -> str:
        """The first message, sent once. Keys of features that are off are left out."""
        body: dict[str, object] = {
            "type": "init",
            "model_id": self.model,
            "format": "pcm",
            "sample_rate": RATE_HZ,
            "enable_timestamps": True,
        }
        if self.language:
            body["language"] = self.language
        else:
            body["enable_language_detection"] = True
        if self.llm is not None:
            body |= {
                "enable_llm_transform": True,
                "llm_prompt": self.llm.prompt,
                "llm_mode": self.llm.mode,
            }
            if self.llm.model_id:
                body["llm_model_id"] = self.llm.model_id
            if self.llm.max_tokens is not None:
                body["llm_max_tokens"] = self.llm.max_tokens
        return json.dumps(body)

    def audio(self, pcm: bytes) -> str:
        """One chunk, best of 100 to 200 ms (U19). Raises ``BadChunk`` for half a sample."""
        if len(pcm) % BYTES_PER_SAMPLE:
            raise BadChunk(f"{len(pcm)} bytes are not a whole number of samples.")
        # Base64 needs no escaping: joining strings costs a fiftieth of json.dumps, ten times a second.
        return '{"type":"audio","data":"' + b64encode(pcm).decode("ascii") + '"}'

    def flush(self) -> str:
        """Asks to finish what was heard; the answer is ``Flushed``."""
        return '{"type":"command","command":"flush"}'

    def ping(self) -> str:
        """Keeps the connection awake; an answer is not needed (U1)."""
        return '{"type":"ping"}'

    def decode(self, message: str | bytes) -> Event:
        """The event a message stands for; an unknown type is an event too.

        Raises ``UpstreamGarbled`` for text that is not a JSON object, or a transcript without text.
        Binary messages are not in the contract: one that is no JSON either is ``Unknown``.
        """
        try:
            body = json.loads(message)
        except (ValueError, RecursionError):
            if isinstance(message, bytes):
                return Unknown("binary")
            # Not chained: the decoder's error would carry the whole message along.
            raise UpstreamGarbled(f"{len(message)} characters that are not JSON.") from None
        if not isinstance(body, dict):
            raise UpstreamGarbled("A message that is not a JSON object.")
        kind = body.get("type")
        if not isinstance(kind, str):
            return fault_in(body) if "error" in body else Unknown()
        decoder = _DECODERS.get(kind)
        return decoder(body) if decoder is not None else Unknown(kind[:64])


def _ready(body: Mapping[str, Any]) -> Ready:
    return Ready(request_id=text_in(body, "request_id"), language=text_in(body, "language"))


def _transcript(body: Mapping[str, Any]) -> Interim | Final:
    return _final(body) if body.get("is_final") is True else _interim(body)


def _interim(body: Mapping[str, Any]) -> Interim:
    offset_ms, duration_ms = _span(body)
    return Interim(
        text=_said(body), offset_ms=offset_ms, duration_ms=duration_ms, language=text_in(body, "language")
    )


def _final(body: Mapping[str, Any]) -> Final:
    offset_ms, duration_ms = _span(body)
    words = body.get("words")
    return Final(
        text=_said(body),
        offset_ms=offset_ms,
        duration_ms=duration_ms,
        language=text_in(body, "language"),
        confidence=_confidence(body.get("confidence")),
        words=_words(words) if isinstance(words, list) else (),
        upstream_ref=text_in(body, "segment_id"),
    )


def _llm(body: Mapping[str, Any]) -> LlmDelta:
    whole = text_in(body, "text")
    return LlmDelta(
        upstream_ref=text_in(body, "segment_id"),
        text=whole or text_in(body, "delta"),
        is_final=body.get("is_final") is True,
        replaces=bool(whole),
    )


def _flushed(body: Mapping[str, Any]) -> Flushed:
    return Flushed(request_id=text_in(body, "request_id"))


def _pong(body: Mapping[str, Any]) -> Pong:
    return Pong()


_DECODERS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    "ready": _ready,
    "transcript": _transcript,
    "partial": _interim,  # the oldest generation's names (U24)
    "final": _final,
    "llm": _llm,
    "flush_done": _flushed,
    "pong": _pong,
    "error": fault_in,
}


def _said(body: Mapping[str, Any]) -> str:
    text = body.get("text", "")
    if text is None:
        return ""
    if not isinstance(text, str):
        raise UpstreamGarbled("A transcript whose text is not text.")
    return text


def _span(body: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """``offset`` and ``duration`` of a transcript, or what the oldest generation said instead.

    That one may give nothing but an end: then the offset is missing and the duration is the end,
    which counts from the start of the recognition. A duration alone says nothing, and is dropped.
    """
    offset_ms, end_ms = _ms(body.get("offset")), _ms(body.get("end_time_ms"))
    if offset_ms is None:
        offset_ms = _ms(body.get("start_time_ms"))
    duration_ms = _ms(body.get("duration")) if offset_ms is not None else None
    if duration_ms is None and end_ms is not None:
        duration_ms = max(0, end_ms - (offset_ms or 0))
    return offset_ms, duration_ms


def _words(items: list[Any]) -> tuple[Word, ...]:
    """The words that have a text and a place in time."""
    words = []
    for item in items:
        if not isinstance(item, dict):
            continue
        text = text_in(item, "word") or text_in(item, "text")
        offset_ms, duration_ms = _span(item)
        if text.strip() and offset_ms is not None:
            words.append(Word(text, offset_ms, duration_ms or 0, _confidence(item.get("confidence"))))
    return tuple(words)


def _ms(value: object) -> int | None:
    """A time in whole milliseconds; what is none (negative, not finite, not a number) is absent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return round(value) if 0 <= value < _LATEST_MS else None


def _confidence(value: object) -> float | None:
    """0 means that it is not known (U15)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= 1 else None
