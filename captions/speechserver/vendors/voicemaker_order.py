"""Voicemaker: what a client asks to have spoken, over either way (voice-API contract, 5.1 and 5.2)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from captions.speechserver.speaking.base import Manner, Voice
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.voicemaker import Refused
from captions.speechserver.vendors.voicemaker_voices import EFFECTS, MULTI, Catalogue, Listed

LONGEST_TEXT = 3_000
SOCKET_FORMATS = ("mp3", "wav")
REST_FORMATS = (*SOCKET_FORMATS, "ogg", "opus", "aac", "ulaw", "alaw")
SOCKET_RATES_HZ = (22_050, 24_000, 44_100, 48_000)
REST_RATES_HZ = (8_000, 16_000, *SOCKET_RATES_HZ)
OPUS_RATES_HZ = (8_000, 16_000, 24_000, 48_000)
PRO_PLUS_FIELDS = ("Stability", "Similarity", "ProEngine")
SEMITONES = 12
"""That ``MasterPitch`` of 100 raises a voice."""
SLOWEST = 0.25
LOUDEST = 2.0
_TAG = re.compile(r"<(/|\w[^<>]*?/?>)")


@dataclass(frozen=True, slots=True)
class Order:
    """A text, who says it and what the audio is to be."""

    text: str
    voice: Voice
    """The engine's."""
    language: str
    format: str
    rate_hz: int
    manner: Manner
    is_ssml: bool
    is_stream: bool
    """Over REST: the audio itself, in place of the address of a file."""
    store_hours: int


def parse(body: str, speaker: Speaker, switches: Switches, *, is_rest: bool) -> Order:
    """The order in a request. Raises ``Refused`` with every fault of it."""
    fields = _object(body)
    check = _Check(fields)
    text = check.required("Text")
    voice_id, language = check.required("VoiceId"), check.required("LanguageCode")
    catalogue = Catalogue(speaker)
    listed = catalogue.find(voice_id)
    if voice_id and listed is None:
        check.errors.append(f"VoiceId {voice_id[:60]} is not known")
    elif listed is not None and language and language != listed.language:
        check.errors.append(f"LanguageCode of {listed.id} is {listed.language}")
    if len(text) > LONGEST_TEXT and switches.vm_long_text == "error":
        check.errors.append(f"Text must have at most {LONGEST_TEXT} characters")
    check.one_of("Engine", ("neural", "standard"))
    check.one_of("MasterSettings", ("advanced_v1", "advanced_v2"))
    check.text("AccentCode")
    check.text("CustomFileName")
    format_ = check.one_of("OutputFormat", REST_FORMATS if is_rest else SOCKET_FORMATS)
    if format_ == "aac":
        check.errors.append("OutputFormat aac cannot be made here")
    rate_hz = check.rate_hz(REST_RATES_HZ if is_rest else SOCKET_RATES_HZ)
    if format_ == "opus" and rate_hz not in OPUS_RATES_HZ:
        check.errors.append("SampleRate cannot be had of opus")
    manner = _manner(check, listed)
    _check_pro_plus(check, listed)
    is_stream, hours = _check_rest(check) if is_rest else (True, 0)
    if "VoxFx" in fields and not is_rest and switches.vm_voxfx == "error":
        check.errors.append("VoxFx is not supported over WebSocket")
    if check.errors or listed is None:
        raise Refused("Validation error", tuple(check.errors))
    return Order(
        text=text,
        voice=catalogue.spoken_by(listed, language),
        language=language,
        format=format_,
        rate_hz=rate_hz,
        manner=manner,
        is_ssml=_TAG.search(text) is not None,
        is_stream=is_stream,
        store_hours=hours,
    )


def said(speaker: Speaker, order: Order) -> AsyncGenerator[bytes, None]:
    """The audio of an order; what ``Speaker.speak`` says of it holds."""
    locales = order.voice.locales
    return speaker.speak(
        order.text,
        voice_id=order.voice.id,
        rate_hz=order.rate_hz,
        language=order.language if order.language in locales else locales[0],
        manner=order.manner,
        ssml=order.is_ssml,
    )


class _Check:
    """The fields of a request, and what is wrong with them."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.errors: list[str] = []

    def required(self, name: str) -> str:
        value = self.fields.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.errors.append(f"{name} is required and must be a non-empty string")
        return ""

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        if isinstance(value, str):
            return value
        self.errors.append(f"{name} must be a string")
        return ""

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.fields.get(name, choices[0])
        if value in choices:
            return str(value)
        self.errors.append(f"{name} must be one of {', '.join(choices)}")
        return choices[0]

    def number(self, name: str, default: int, least: int, most: int) -> float:
        """Written as a number or as a text (V5)."""
        value = self.fields.get(name, default)
        try:
            number = float(value) if isinstance(value, int | float | str) and value is not True else None
        except ValueError:
            number = None
        if number is not None and least <= number <= most:
            return number
        self.errors.append(f"{name} must be between {least} and {most}")
        return default

    def rate_hz(self, rates_hz: tuple[int, ...]) -> int:
        value = str(self.fields.get("SampleRate", 24_000))
        if value in map(str, rates_hz):
            return int(value)
        self.errors.append(f"SampleRate must be one of {', '.join(map(str, rates_hz))}")
        return 24_000


def _manner(check: _Check, listed: Listed | None) -> Manner:
    volume_db = check.number("MasterVolume", 0, -20, 20)
    speed_percent = check.number("MasterSpeed", 0, -100, 100)
    pitch_percent = check.number("MasterPitch", 0, -100, 100)
    effect = check.text("Effect") or "default"
    if listed is not None and effect not in ("default", *listed.effects):
        check.errors.append(f"Effect {effect[:30]} is not supported by {listed.id}")
        effect = "default"
    added = EFFECTS.get(effect, Manner())
    return Manner(
        speed=max(SLOWEST, (1 + speed_percent / 100) * added.speed),
        pitch_semitones=pitch_percent / 100 * SEMITONES + added.pitch_semitones,
        volume=min(LOUDEST, 10 ** (volume_db / 20) * added.volume),
    )


def _check_pro_plus(check: _Check, listed: Listed | None) -> None:
    check.number("Stability", 50, 0, 100)
    check.number("Similarity", 80, 0, 100)
    check.one_of("ProEngine", ("highres", "turbo", "expressive"))
    for name in PRO_PLUS_FIELDS:
        if name in check.fields and listed is not None and not listed.is_pro_plus:
            check.errors.append(f"{name} is for ProPlus voices only")
    accent = check.fields.get("AccentCode")
    if accent and listed is not None and listed.language != MULTI:
        check.errors.append("AccentCode is for multilingual voices only")


def _check_rest(check: _Check) -> tuple[bool, int]:
    is_stream = check.one_of("ResponseType", ("file", "stream")) == "stream"
    if is_stream and check.fields.get("CustomFileName"):
        check.errors.append("CustomFileName cannot be used with stream")
    effects = check.fields.get("VoxFx", {})
    if not isinstance(effects, dict):
        check.errors.append("VoxFx must be an object")
    else:
        inner = _Check(effects)
        if effects:
            inner.required("presetId")
        inner.number("dryWet", 100, 0, 100)
        check.errors += [f"VoxFx.{error}" for error in inner.errors]
    return is_stream, int(check.number("FileStore", 1, 1, 240))


def _object(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refused("Invalid JSON") from exc
    if not isinstance(fields, dict):
        raise Refused("Invalid JSON")
    return fields
