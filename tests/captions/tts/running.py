"""Speeches and services for tests, and what came of a speech."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from captions.tts.events import Audio, Event, Format, Timing
from captions.tts.providers import checked
from captions.tts.service import Service
from captions.tts.speaking import speak
from captions.tts.speech import Speech
from captions.upstream.secret import Secret

VOICE = "vl-xiaoxiao"
MOST_CHARACTERS = 100_000


def a_speech(
    text: str = "Hello there. How are you?",
    transport: str = "websocket",
    *,
    provider: str = "voxnexus",
    voice: str = VOICE,
    language: str = "",
    **options: Any,
) -> Speech:
    """A good speech, checked."""
    speech = Speech(
        provider=provider, transport=transport, text=text, voice=voice, language=language, options=options
    )
    return checked(speech, most_characters=MOST_CHARACTERS)


def a_service(url: str, key: str = "emu-key", *, provider: str = "voxnexus", **more: Any) -> Service:
    """A service on loopback that waits for nothing for long."""
    service = Service(
        provider_name=provider,
        ws_url=url.replace("http://", "ws://"),
        http_url=url,
        key=Secret(key),
        connect_timeout_s=2,
        first_byte_timeout_s=2,
        idle_timeout_s=2,
    )
    return replace(service, **more)


@dataclass
class Spoken:
    """All that came of a speech."""

    events: list[Event]

    @property
    def pcm(self) -> bytes:
        return b"".join(event.data for event in self.events if isinstance(event, Audio))

    @property
    def formats(self) -> list[Format]:
        return [event for event in self.events if isinstance(event, Format)]

    @property
    def timing(self) -> Timing:
        last = self.events[-1]
        assert isinstance(last, Timing)
        return last

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


async def spoken(service: Service, speech: Speech) -> Spoken:
    """The speech, heard to its end."""
    async with aclosing(speak(service, speech)) as events:
        return Spoken([event async for event in events])
