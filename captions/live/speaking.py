"""A speech under way, for whoever listens: asked for, counted, spoken, let go of, and kept.

    Speaking.start ─▶ check ─▶ turn ─▶ reserve ─▶ speak ─▶ listener.hear … ─▶ settle ─▶ listener.over

A task of its own does all of it and is never cancelled, so that what was reserved is always settled.
:meth:`Speaking.stop` cancels only what stands between the provider and the listener, which breaks the
provider's connection at once.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Hashable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.characters import Standing
from captions.conf import conf
from captions.errors import CaptionError, SpeechUnheard, Unavailable, VoiceRefused
from captions.live.counts import counts
from captions.live.lifetime import at_end
from captions.live.sent import Sent
from captions.live.tasks import spawn
from captions.live.tts_messages import timing_json
from captions.live.turns import turns
from captions.services import characters, speakers, tries
from captions.services.characters import Reservation
from captions.services.speakers import Speaker
from captions.services.tries import Bounds, Sound
from captions.tts.events import Audio, Event, Format, Piece, Timing, Warned
from captions.tts.providers import PROVIDERS
from captions.tts.service import Service
from captions.tts.speaking import speak
from captions.tts.speech import Speech
from captions.words import gettext_noop as _

log = structlog.get_logger(__name__)

DONE: Final = "done"
STOPPED: Final = "stopped"
TOO_LONG_TO_KEEP = _("This speech is longer than what is kept, so its try is kept without its audio.")

Check = Callable[[Speech], Awaitable[Speech]]


class Listener(Protocol):
    """Who a speech is for."""

    def accepted(self, standing: Standing) -> None:
        """It is counted, and asked for now."""

    async def hear(self, event: Event) -> None:
        """Something of it; while this waits, the provider waits as well."""

    def over(self, speaking: Speaking) -> None:
        """It has ended, and is settled. Said once, whatever happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be spoken, for whom, and what of it is to be kept."""

    speech: Speech
    speaker: Speaker
    keep: bool = True
    keep_audio: bool = False
    room_id: int | None = None
    """A room that it is spoken for; its turns are not the account's own."""

    @property
    def turns_of(self) -> Hashable:
        """Who may have only so many spoken at once."""
        return self.speaker.user_id if self.room_id is None else ("room", self.room_id)


class Speaking:
    """One speech. See the module."""

    def __init__(self, order: Order, listener: Listener, *, check: Check) -> None:
        self.try_id = uuid.uuid4()
        self.kept: uuid.UUID | None = None
        """The try, once it is kept."""
        self.timing = Timing()
        self.pieces = 0
        self.ended = ""
        """``done``, ``stopped`` or the code of an error; empty while it goes on."""
        self.error: CaptionError | None = None
        self._order = order
        self._listener = listener
        self._check = check
        self._keep_audio = order.keep_audio and order.keep
        self._is_too_long_to_keep = False
        self._audio = bytearray()
        self._format: Format | None = None
        self._reservation: Reservation | None = None
        self._sent: Sent | None = None
        self._inner: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    # --- the listener's side ---

    def start(self) -> None:
        """Begin. Never waits."""
        _under_way.add(self)
        self._task = spawn(self._run(), name="speaking")

    def stop(self, error: CaptionError | None = None) -> None:
        """Let go of the provider at once, for this reason if there is one. Never waits; once counts."""
        if self._is_stopped or self.ended:
            return
        self._is_stopped, self.error = True, error
        if self._inner is not None:
            self._inner.cancel()

    async def settled(self) -> None:
        """Wait until it has ended and nothing of it is left to do."""
        if self._task is not None:
            await asyncio.wait([self._task])

    # --- the task ---

    async def _run(self) -> None:
        self._inner = spawn(self._speak(), name="speaking-voice")
        if self._is_stopped:
            self._inner.cancel()
        await asyncio.wait([self._inner])
        self.ended = STOPPED if self._is_stopped and self.error is None else DONE
        if self.error is not None:
            self.ended = self.error.code
        try:
            await self._settle()
        finally:
            _under_way.discard(self)
            self._report()
            self._listener.over(self)

    async def _speak(self) -> None:
        """All that may be cancelled. Errors are kept, not raised."""
        try:
            with ExitStack() as stack:
                speech, service = await self._prepare(stack)
                await self._reserve(speech)
                self._sent = Sent(speech, service.provider)
                await self._voice(service, speech)
        except CaptionError as exc:
            if isinstance(exc, VoiceRefused) and self._sent is not None:
                self._sent.refused()
            self._failed(exc)
        except DatabaseFailed as exc:
            log.warning("speaking_without_database", error=type(exc).__name__)
            self._failed(Unavailable())
        except Exception:
            log.exception("speaking_failed")
            self._failed(Unavailable())

    def _failed(self, error: CaptionError) -> None:
        if not self._is_stopped:
            self.error = error

    async def _prepare(self, stack: ExitStack) -> tuple[Speech, Service]:
        speech, speaker = self._order.speech, self._order.speaker
        if speech.provider in PROVIDERS:  # else the check says so
            turn = turns.taken(
                PROVIDERS[speech.provider], self._order.turns_of, most_of_account=conf.tts_at_once_per_user
            )
            stack.enter_context(turn)
        await database.read(speakers.ask_again, speaker=speaker)
        speech = await self._check(speech)
        self._order = replace(self._order, speech=speech)
        return speech, conf.voice_service(speech.provider)

    async def _reserve(self, speech: Speech) -> None:
        """In a task that runs to its end: cancelled in the middle, nobody would know what was counted."""
        reserving = asyncio.create_task(
            database.write(
                characters.reserve,
                user_id=self._order.speaker.user_id,
                provider=speech.provider,
                characters=len(speech.text),
                quota=conf.characters,
            )
        )
        try:
            self._reservation = await asyncio.shield(reserving)
        except asyncio.CancelledError:
            await asyncio.wait([reserving])
            if reserving.exception() is None:
                self._reservation = reserving.result()
            raise
        self._listener.accepted(self._reservation.standing)

    async def _voice(self, service: Service, speech: Speech) -> None:
        async with aclosing(speak(service, speech)) as events:
            async for event in events:
                self._note(event)
                await self._tell(event)
        if self._is_too_long_to_keep:
            await self._tell(Warned(TOO_LONG_TO_KEEP))

    async def _tell(self, event: Event) -> None:
        try:
            async with asyncio.timeout(conf.tts_stall_s):
                await self._listener.hear(event)
        except TimeoutError:
            raise SpeechUnheard(waited_s=conf.tts_stall_s) from None

    def _note(self, event: Event) -> None:
        if self._sent is not None:
            self._sent.note(event)
        match event:
            case Timing():
                self.timing = event
            case Format():
                self._format = event
            case Piece():
                self.pieces = event.of
            case Audio() if self._keep_audio:
                self._audio += event.data
                if len(self._audio) > conf.try_audio_bytes:
                    self._keep_audio, self._is_too_long_to_keep = False, True
                    self._audio.clear()

    async def _settle(self) -> None:
        """Give back what was not sent, and keep the try of what was."""
        if self._reservation is None:
            return
        sent = self._sent.characters if self._sent is not None else 0
        unsent = self._reservation.characters - sent
        try:
            if unsent:
                await database.write(characters.give_back, reservation=self._reservation, characters=unsent)
            if self._order.keep and (sent or self.ended != STOPPED):
                kept = await database.write(tries.keep, **self._as_try())
                self.kept = kept.pk if kept is not None else None
        except DatabaseFailed as exc:
            log.warning("speaking_unsettled", error=type(exc).__name__, characters=unsent)
        except Exception:
            log.exception("speaking_unsettled")

    def _report(self) -> None:
        if self._reservation is None:
            return  # it was refused here, for what it is
        provider = self._order.speech.provider
        characters = self._sent.characters if self._sent is not None else 0
        counts.spoken_characters[provider] += characters
        counts.speeches[self.ended if self.error is None else "failed"] += 1
        log.info(
            "spoken",
            account=self._order.speaker.user_id,
            provider=provider,
            transport=self._order.speech.transport,
            characters=characters,
            ended=self.ended,
            first_byte_ms=self.timing.first_byte_ms,
            audio_ms=self.timing.audio_ms,
        )

    def _as_try(self) -> dict[str, Any]:
        speech = self._order.speech
        sound = None
        if self._keep_audio and self._format is not None:
            sound = Sound(
                data=bytes(self._audio), media_type=self._format.media_type, rate_hz=self._format.rate_hz
            )
        return {
            "try_id": self.try_id,
            "owner_id": self._order.speaker.user_id,
            "speech": speech.as_json(),
            "characters": len(speech.text),
            "timing": timing_json(self.timing, pieces=self.pieces),
            "ended": self.ended,
            "sound": sound,
            "bounds": Bounds(
                tries=conf.tries_kept,
                audio_bytes=conf.try_audio_bytes,
                all_audio_bytes=conf.tries_audio_bytes,
            ),
        }


_under_way: set[Speaking] = set()


async def let_all_go() -> None:
    """Stop everything that is spoken, and wait until it is settled."""
    under_way = list(_under_way)
    for speaking in under_way:
        speaking.stop(Unavailable())
    await asyncio.gather(*(speaking.settled() for speaking in under_way))


at_end(let_all_go)
