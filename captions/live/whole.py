"""A speech as a whole file, for what keeps sound or hands it on."""

from __future__ import annotations

from dataclasses import dataclass

from captions.live import voices
from captions.live.speaking import Order, Speaking
from captions.live.tap import Tap
from captions.tts import wav
from captions.tts.events import PCM
from captions.tts.provider import REST
from captions.tts.providers import PROVIDERS

WAV = "audio/wav"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole file."""

    data: bytes
    media_type: str


async def whole(order: Order) -> Whole:
    """All of a speech. Raises what it may fail with; whoever waits no longer stops it."""
    tap = Tap()
    speaking = Speaking(order, tap, check=voices.check)
    speaking.start()
    try:
        format_ = await tap.begun()
        data = b"".join([chunk async for chunk in tap.chunks()])
    finally:
        speaking.stop()
    tap.require_whole()
    if format_.media_type == PCM:
        return Whole(wav.header(format_.rate_hz, data_bytes=len(data)) + data, WAV)
    return Whole(data, format_.media_type)


def transport_of(provider: str) -> str:
    """The way that has the least to be said for one text."""
    transports = PROVIDERS[provider].transports
    return REST if REST in transports else transports[0]
