"""A text becomes sound: whichever provider and transport, one stream of one format comes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from captions.errors import FaultKind, VoiceGarbled, VoiceRefused
from captions.tts import rest, sockets
from captions.tts.events import (
    PCM,
    Audio,
    Event,
    Format,
    Piece,
    Ready,
    Sound,
    Waiting,
    Warned,
    Wire,
)
from captions.tts.providers import REST
from captions.tts.service import Service
from captions.tts.sockets import Step
from captions.tts.speech import Speech
from captions.tts.text import split
from captions.tts.watch import Watch
from captions.tts.wav import BYTES_PER_SAMPLE, BadWav, Unwrapper

LONGEST_WAIT_S = 60.0

Steps = AsyncGenerator[Step | Piece, None]


async def speak(service: Service, speech: Speech) -> AsyncGenerator[Event, None]:
    """What happens while ``speech`` (checked, see ``providers.checked``) is spoken; its timing at the end.

    Close it (``contextlib.aclosing``): then the provider's connection is broken at once, and nothing is
    left behind. A slow reader slows the provider. Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent``
    or ``VoiceGarbled``; where a provider has no room, it is asked again first, and :class:`Waiting` says so.
    """
    watch = Watch(service.key)
    sound = _Sound(service, speech, watch)
    for make in _requests(service, speech, watch):
        async with aclosing(_patiently(service, make)) as steps:
            async for step in steps:
                known = watch.timing
                for event in sound.of(step):
                    yield event
                if watch.timing != known:
                    yield watch.timing
    for event in sound.end():
        yield event
    watch.note("total_ms")
    yield replace(watch.timing, audio_bytes=sound.audio_bytes, audio_ms=sound.audio_ms)


def _requests(service: Service, speech: Speech, watch: Watch) -> list[Callable[[], Steps]]:
    """What is asked of the provider, one after the other."""
    if speech.transport != REST:
        return [partial(sockets.speak, service, speech, watch)]
    texts = split(speech.text, service.provider.longest_characters)
    pieces = [Piece(number, len(texts), text) for number, text in enumerate(texts, 1)]
    return [partial(rest.speak_piece, service, speech, piece, watch) for piece in pieces]


async def _patiently(
    service: Service, make: Callable[[], Steps]
) -> AsyncGenerator[Step | Piece | Waiting, None]:
    """One request; one that is refused for want of room, before anything was heard, is made again."""
    waited_s, wait_s = 0.0, service.quota_wait_s
    while True:
        heard = False
        try:
            async with aclosing(make()) as steps:
                async for step in steps:
                    heard = heard or (isinstance(step, Sound) and bool(step.data))
                    yield step
            return
        except VoiceRefused as exc:
            if exc.retry_after_s is not None:
                wait_s = exc.retry_after_s
            if exc.kind is not FaultKind.QUOTA or heard or waited_s + wait_s > service.quota_give_up_s:
                raise
        yield Waiting(wait_s)
        await asyncio.sleep(wait_s)
        waited_s += wait_s
        wait_s = min(LONGEST_WAIT_S, 2 * wait_s)


class _Sound:
    """From what a provider sends to audio in one format."""

    def __init__(self, service: Service, speech: Speech, watch: Watch) -> None:
        self._label = service.provider.label
        self._rate_hz = int(speech.options["sample_rate_hz"])
        self._whole_text = speech.text
        self._watch = watch
        self._unwrapper = Unwrapper()
        self._has_piece = False
        self.audio_bytes = 0

    @property
    def audio_ms(self) -> int:
        return self.audio_bytes * 1000 // (BYTES_PER_SAMPLE * self._rate_hz)

    def of(self, step: Step | Piece | Waiting) -> list[Event]:
        """What a step means for who listens."""
        match step:
            case Ready():
                self._watch.note("ready_ms")
            case Sound(data=data):
                return self._audio(data)
            case Piece():
                self._has_piece = True
                return [step]
            case Wire() | Waiting() | Warned():
                return [step]
        return []

    def end(self) -> list[Event]:
        """What was still kept. Raises ``VoiceGarbled`` where nothing was heard at all."""
        events = self._heard(self._unwrapper.end())
        if not self.audio_bytes:
            raise VoiceGarbled(VoiceGarbled.nothing_said, service=self._label)
        return events

    def _audio(self, data: bytes) -> list[Event]:
        try:
            return self._heard(self._unwrapper.feed(data))
        except BadWav:
            raise VoiceGarbled(service=self._label) from None

    def _heard(self, pcm: bytes) -> list[Event]:
        if not pcm:
            return []
        events: list[Event] = []
        if not self.audio_bytes:
            self._watch.note("first_byte_ms")
            self._rate_hz = self._unwrapper.rate_hz or self._rate_hz
            events.append(Format(PCM, self._rate_hz))
            if not self._has_piece:
                events.append(Piece(1, 1, self._whole_text))
        self.audio_bytes += len(pcm)
        return [*events, Audio(pcm)]
