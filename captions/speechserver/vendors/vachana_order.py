"""Vachana: what a client asks to have spoken, the same over each endpoint (voice-API contract, 6.1)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from captions.speechserver.speaking.base import Manner, Voice
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.vendors.vachana import Refused
from captions.speechserver.vendors.vachana_voices import CLONE, EMBEDDING_SHAPE, MODELS, V1, language_of

LONGEST_TEXT = 5_000
RATES_HZ = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
TELEPHONE_HZ = 8_000
BIT_RATES = ("32k", "64k", "96k", "128k", "192k")
FORMATS = {
    ("linear_pcm", "raw"): "pcm",
    ("linear_pcm", "wav"): "wav",
    ("linear_pcm", "mp3"): "mp3",
    ("pcm_mulaw", "raw"): "mulaw",
    ("pcm_mulaw", "mulaw"): "mulaw",
    ("pcm_alaw", "raw"): "alaw",
    ("pcm_alaw", "alaw"): "alaw",
    ("linear_pcm", "mulaw"): "mulaw",
    ("linear_pcm", "alaw"): "alaw",
    ("oggopus", "raw"): "opus",
}
"""What comes out of an encoding in a container; all other pairs are refused (G10)."""
REQUIRED = ("num_channels", "sample_width", "encoding", "container")


@dataclass(frozen=True, slots=True)
class Order:
    """A text, who says it and what the audio is to be."""

    text: str
    voice: Voice
    """The engine's."""
    language: str
    format: str
    rate_hz: int
    channels: int
    manner: Manner


def parse(body: str | bytes, speaker: Speaker, *, is_strict: bool) -> Order:
    """The order in a request. Raises ``Refused``."""
    fields = _object(body)
    text = _text(fields, "text")
    if not text.strip():
        raise Refused("text is required")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"text has at most {LONGEST_TEXT} characters, this has {len(text)}")
    name = _text(fields, "model", V1)
    model = MODELS.get(name)
    if model is None:
        raise Refused(f"unknown model {name[:60]}")
    told = _text(fields, "language")
    if told and told not in model.languages:
        raise Refused(f"language {told[:20]} is not accepted by {name}")
    voice = _voice(fields, name)
    audio = fields.get("audio_config", {})
    if not isinstance(audio, dict):
        raise Refused("audio_config is an object")
    if is_strict and (missing := [member for member in REQUIRED if member not in audio]):
        raise Refused(f"audio_config.{missing[0]} is required")
    format_, rate_hz = _format(audio)
    language = language_of(model, voice, told)
    return Order(
        text=text,
        voice=speaker.find_for(language, name=voice),
        language=language,
        format=format_,
        rate_hz=rate_hz,
        channels=_whole(audio, "num_channels", 1, 1, 8),
        manner=Manner(speed=_speed(fields, takes=model.takes_speed)),
    )


def said(speaker: Speaker, order: Order) -> AsyncGenerator[bytes, None]:
    """The audio of an order; what ``Speaker.speak`` says of it holds."""
    locales = order.voice.locales
    language = order.language if order.language in locales else locales[0]
    return speaker.speak(
        order.text,
        voice_id=order.voice.id,
        rate_hz=order.rate_hz,
        language=language,
        manner=order.manner,
    )


def _voice(fields: dict[str, Any], model: str) -> str:
    if model == CLONE:
        embedding = fields.get("speaker_embedding")
        if not isinstance(embedding, dict) or embedding.get("shape") != EMBEDDING_SHAPE:
            raise Refused(f"speaker_embedding of the shape {EMBEDDING_SHAPE} is required")
        return "clone"
    names = {name.lower() for name in MODELS[model].voices}
    voice = _text(fields, "voice", next(iter(MODELS[model].voices)))
    if voice.lower() not in names:
        raise Refused(f"unknown voice {voice[:60]} of {model}")
    return voice


def _format(audio: dict[str, Any]) -> tuple[str, int]:
    encoding, container = _text(audio, "encoding", "linear_pcm"), _text(audio, "container", "wav")
    format_ = FORMATS.get((encoding, container))
    if format_ is None:
        raise Refused(f"encoding {encoding[:20]} does not go into container {container[:20]}")
    rate_hz = audio.get("sample_rate", 44_100)
    if isinstance(rate_hz, bool) or rate_hz not in RATES_HZ:
        raise Refused(f"sample_rate is one of {', '.join(map(str, RATES_HZ))}")
    if format_ in ("mulaw", "alaw") and rate_hz != TELEPHONE_HZ:
        raise Refused(f"{format_} has a sample_rate of {TELEPHONE_HZ}")
    if _whole(audio, "sample_width", 2, 1, 4) != 2:
        raise Refused("only samples of 2 bytes can be made here")
    bit_rate = audio.get("bitrate")
    if bit_rate is not None and (format_ != "mp3" or bit_rate not in BIT_RATES):
        raise Refused(f"bitrate is for mp3, one of {', '.join(BIT_RATES)}")
    return format_, int(rate_hz)


def _speed(fields: dict[str, Any], *, takes: bool) -> float:
    speed = fields.get("speed")
    if speed is None:
        return 1.0
    if not takes:
        raise Refused("speed is not accepted by this model")
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.85 <= speed <= 1.15:
        raise Refused("speed is from 0.85 to 1.15")
    return float(speed)


def _object(body: str | bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refused("not JSON") from exc
    if not isinstance(fields, dict):
        raise Refused("a JSON object is expected")
    return fields


def _text(fields: dict[str, Any], name: str, default: str = "") -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise Refused(f"{name} is a text")
    return value


def _whole(fields: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name} is from {least} to {most}")
    return value
