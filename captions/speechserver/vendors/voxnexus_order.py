"""VoxNexus: what a client asks to have spoken, and how; the same over REST and the socket (3.1, 3.6)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from captions.speechserver.protocol import Message, Refusal, text_of
from captions.speechserver.speaking.base import Manner, Voice
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.vendors.voxnexus_voices import Catalogue, locale_of, styled

FORMATS = ("wav", "pcm")
RATES_HZ = (16_000, 24_000, 48_000)
LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Order:
    """A voice, how it is to speak and what the audio is to be."""

    voice: Voice
    spoken_by: Voice
    """The engine's voice."""
    language: str
    format: str
    rate_hz: int
    manner: Manner
    is_ssml: bool

    @property
    def spoken_in(self) -> str:
        """The locale of the engine's voice."""
        locales = self.spoken_by.locales
        return self.language if self.language in locales else locales[0]


def parse(body: Message, catalogue: Catalogue) -> Order:
    """The order in an ``init`` or a request. Raises ``Refusal`` of no close code."""
    voice_id = text_of(body, "voice_id", "")
    if not voice_id:
        raise Refusal("INVALID_REQUEST", "voice_id is required")
    voice = catalogue.find(voice_id)
    language = locale_of(voice, text_of(body, "language", ""))
    asked = Manner(
        speed=_number(body, "speed", 1.0, 0.5, 2.0),
        pitch_semitones=_semitones(body),
        volume=_number(body, "volume", 1.0, 0.0, 1.0),
    )
    return Order(
        voice=voice,
        spoken_by=catalogue.spoken_by(voice, language),
        language=language,
        format=_format(body),
        rate_hz=_rate_hz(body),
        manner=styled(asked, voice, body.get("voice_config")),
        is_ssml=_flag(body, "ssml"),
    )


def check_length(characters: int) -> None:
    """Raises ``Refusal`` if a text of so many characters is too long."""
    if characters > LONGEST_TEXT:
        raise Refusal("TEXT_TOO_LONG", f"a text has at most {LONGEST_TEXT} characters, this has {characters}")


def said(speaker: Speaker, text: str, order: Order) -> AsyncGenerator[bytes, None]:
    """The audio of a text as it was ordered; what ``Speaker.speak`` says of it holds."""
    return speaker.speak(
        text,
        voice_id=order.spoken_by.id,
        rate_hz=order.rate_hz,
        language=order.spoken_in,
        manner=order.manner,
        ssml=order.is_ssml,
    )


def _format(body: Message) -> str:
    asked = body.get("format", "wav")
    if asked not in FORMATS:
        raise Refusal("UNSUPPORTED_FORMAT", "format is wav or pcm")
    return str(asked)


def _rate_hz(body: Message) -> int:
    asked = body.get("sample_rate", RATES_HZ[0])
    if isinstance(asked, bool) or asked not in RATES_HZ:
        raise Refusal("UNSUPPORTED_FORMAT", f"sample_rate is one of {', '.join(map(str, RATES_HZ))}")
    return int(asked)


def _number(body: Message, name: str, default: float, least: float, most: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refusal("INVALID_REQUEST", f"{name} is a number from {least:g} to {most:g}")
    return float(value)


def _semitones(body: Message) -> float:
    value = _number(body, "pitch", 0, -12, 12)
    if value != int(value):
        raise Refusal("INVALID_REQUEST", "pitch is a whole number of semitones")
    return value


def _flag(body: Message, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refusal("INVALID_REQUEST", f"{name} is true or false")
    return value
