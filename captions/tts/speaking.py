"""A text becomes sound: whichever provider and transport, one stream of one format comes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial

from captions.errors import FaultKind, VoiceGarbled, VoiceRefused
from captions.tts import ssml
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
from captions.tts.http import speak_piece
from captions.tts.pieces import pieces_of
from captions.tts.provider import WEBSOCKET
from captions.tts.service import Service
from captions.tts.sockets import Line, Step, lines
from captions.tts.speech import Speech
from captions.tts.watch import Watch
from captions.tts.wav import BYTES_PER_SAMPLE, BadWav, Unwrapper
from captions.tts.wire import HttpWire, SocketWire
from captions.tts.wires import HTTP, SOCKETS

LONGEST_WAIT_S = 60.0
BYTES_PER_SAMPLE_OF = {PCM: BYTES_PER_SAMPLE, "audio/basic": 1, "audio/x-alaw-basic": 1}
"""Of media types without frames."""

Steps = AsyncGenerator[Step, None]


async def speak(service: Service, speech: Speech) -> AsyncGenerator[Event, None]:
    """What happens while ``speech`` (checked, see ``providers.checked``) is spoken; its timing at the end.

    Close it (``contextlib.aclosing``): then the provider's connection is broken at once, and nothing is
    left behind. A slow reader slows the provider. Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent``
    or ``VoiceGarbled``; where a provider has no room, it is asked again first, and :class:`Waiting` says so.
    """
    watch = Watch(service.key)
    sound = _Sound(service, speech, watch)
    async with AsyncExitStack() as stack:
        for make in await _requests(service, speech, watch, stack):
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


async def _requests(
    service: Service, speech: Speech, watch: Watch, stack: AsyncExitStack
) -> list[Callable[[], Steps]]:
    """What is asked of the provider, one after the other."""
    texts = pieces_of(speech)
    if speech.transport == WEBSOCKET:
        wire = SOCKETS[speech.provider]
        line = await stack.enter_async_context(lines(service, wire, speech, watch))
        turns = wire.turns(speech, texts)
        return [*(partial(line.take, turn) for turn in turns), partial(_goodbye, line)]
    pieces = [Piece(number, len(texts), text) for number, text in enumerate(texts, 1)]
    http = HTTP[speech.provider, speech.transport]
    return [partial(speak_piece, service, http, speech, piece, watch) for piece in pieces]


async def _goodbye(line: Line) -> Steps:
    for step in await line.hang_up():
        yield step


async def _patiently(service: Service, make: Callable[[], Steps]) -> AsyncGenerator[Step | Waiting, None]:
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
        self._speech = speech
        self._rate_hz = int(speech.options["sample_rate_hz"])
        self._media_type = _wire_of(speech).media_type(speech)
        self._watch = watch
        self._unwrapper = Unwrapper()
        self._has_piece = False
        self.audio_bytes = 0

    @property
    def audio_ms(self) -> int | None:
        """Of a file that is passed on only its player knows."""
        size = BYTES_PER_SAMPLE_OF.get(self._media_type)
        return self.audio_bytes * 1000 // (size * self._rate_hz) if size else None

    def of(self, step: Step | Waiting) -> list[Event]:
        """What a step means for who listens."""
        match step:
            case Ready():
                self._watch.note("ready_ms")
            case Sound(data=data):
                return self._audio(data)
            case Piece():
                return self._next_piece(step)
            case Wire() | Waiting() | Warned():
                return [step]
        return []

    def end(self) -> list[Event]:
        """What was still kept. Raises ``VoiceGarbled`` where nothing was heard at all."""
        events = self._heard(self._unwrapper.end())
        if not self.audio_bytes:
            raise VoiceGarbled(VoiceGarbled.nothing_said, service=self._label)
        return events

    def _next_piece(self, piece: Piece) -> list[Event]:
        """Half a sample at the end of a piece must not shift the next."""
        rest = self._heard(self._unwrapper.end())
        self._has_piece = True
        if self._speech.is_ssml:
            piece = replace(piece, text=ssml.spoken(piece.text), characters=len(piece.text))
        return [*rest, piece]

    def _audio(self, data: bytes) -> list[Event]:
        if self._media_type != PCM:
            return self._heard(data)
        try:
            return self._heard(self._unwrapper.feed(data))
        except BadWav:
            raise VoiceGarbled(service=self._label) from None

    def _heard(self, data: bytes) -> list[Event]:
        if not data:
            return []
        events: list[Event] = []
        if not self.audio_bytes:
            self._watch.note("first_byte_ms")
            self._rate_hz = self._unwrapper.rate_hz or self._rate_hz
            events.append(Format(self._media_type, self._rate_hz))
            if not self._has_piece:
                events.append(Piece(1, 1, self._speech.text))
        self.audio_bytes += len(data)
        return [*events, Audio(data)]


def _wire_of(speech: Speech) -> SocketWire | HttpWire:
    if speech.transport == WEBSOCKET:
        return SOCKETS[speech.provider]
    return HTTP[speech.provider, speech.transport]
