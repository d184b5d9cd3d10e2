"""One conversation with the speech service: what a person says becomes text, and nothing of it is kept.

    push ─▶ _waiting ─▶ _send… ─▶ upstream ─▶ _hear ─▶ the page

There is one connection upstream, and no second one: where it breaks the person is told, and begins again.
Audio that waits is bounded by ``conf.talk_waiting_ms``, the whole by ``conf.talk_limit_s``, a hush by
``conf.talk_silence_s``. After a pause the upstream is asked to finish what it heard, so that an answer
need not wait until it thinks so itself.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from math import inf
from time import monotonic
from typing import Protocol

import structlog

from captions.audio import CHUNK_BYTES, CHUNK_MS, ms_to_samples, samples_in, samples_to_ms
from captions.conf import conf
from captions.errors import CaptionError, Overrun, UpstreamError, UpstreamLost, UpstreamRefused
from captions.live import talk_messages
from captions.live.outbox import INTERIM, Outgoing
from captions.live.spend import Meter, Spend
from captions.live.talk_messages import End
from captions.live.tasks import end, spawn
from captions.plaintext import clean
from captions.relay.loudness import Loudness
from captions.relay.pace import Pace
from captions.stt.breaker import BreakerLimits
from captions.stt.connection import Connection, connect
from captions.stt.events import Final, Flushed, Interim
from captions.stt.gate import gate_of
from captions.upstream.faults import Fault

log = structlog.get_logger(__name__)

OPENING_STEPS = 3
"""Times ``conf.stt_open_timeout_s`` until it is given up: the handshake, ready, and as much in line."""


class Page(Protocol):
    """Whoever is told what was understood. Does not wait."""

    def tell(self, out: Outgoing) -> None:
        """Put a message into its outbox."""


class Talk:
    """See the module. ``push`` and ``stop`` from the loop's thread, once it is ``ready``; ``run`` once."""

    def __init__(self, language: str, page: Page, meter: Meter) -> None:
        self.ready = False
        """Whether the speech service listens."""
        self.sent_samples = 0
        self._language = language
        self._page = page
        self._spend = Spend(meter, self, tell=page.tell, stop=self._used_up)
        self._held_up_by: UpstreamError | None = None
        """Why it stands in line, if it has to."""
        self._waiting = bytearray()
        self._news = asyncio.Event()
        self._loudness = Loudness()
        self._pace = Pace(conf.replay_rate)
        self._pushed_at_s = self._spoke_at_s = monotonic()
        self._unflushed = self._is_open = False
        """Whether audio was sent since the last flush; whether there was a voice in it."""
        self._quiet_ms = 0
        """Audio sent since that voice."""
        self._flushed = asyncio.Event()
        self._utterance = 1
        self._interim = ""
        self._end: End | None = None
        self._over: CaptionError | None = None

    # --- the page's side ---

    def push(self, pcm: bytes) -> None:
        """Take audio. Never waits; raises ``Overrun`` where more would wait than may."""
        if self._end is not None:
            return
        if samples_in(self._waiting) + samples_in(pcm) > ms_to_samples(conf.talk_waiting_ms):
            raise Overrun
        self._waiting += pcm
        self._pushed_at_s = monotonic()
        self._news.set()

    def stop(self, why: End = End.ASKED) -> None:
        """Take no more, and have what was said finished."""
        self._end = self._end or why
        self._news.set()

    async def run(self) -> End:
        """Listen until it is over, and say why. Cancelled, it lets go of the upstream at once.

        Raises ``UpstreamError`` where the upstream fails, ``UsedUp`` when no speech time is left.
        """
        spending = spawn(self._spend.run(), name="talk-spend")
        began_s = monotonic()
        try:
            await self._connect()
        finally:
            await end(spending)
            await self._spend.end()
            log.info(
                "talk_ended",
                reason=self._over.code if self._over else self._end or "left",
                audio_ms=samples_to_ms(self.sent_samples),
                open_s=round(monotonic() - began_s, 1),
            )
        if self._over is not None:
            raise self._over
        return self._end or End.ASKED

    @property
    def is_between_sentences(self) -> bool:
        """Whether nobody speaks and nothing said waits for its final."""
        return self._loudness.is_quiet and not self._interim

    def _used_up(self, error: CaptionError) -> None:
        self._over = self._over or error
        self.stop()

    # --- the upstream ---

    async def _connect(self) -> None:
        limit = asyncio.timeout(OPENING_STEPS * conf.stt_open_timeout_s)
        try:
            async with limit, self._opening() as connection:
                limit.reschedule(None)
                self.ready = True
                self._spoke_at_s = monotonic()
                self._page.tell(Outgoing("ready", talk_messages.encode_ready()))
                self._spend.tell_host()
                await self._talk(connection)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._held_up_by or UpstreamLost("The speech service did not answer.") from None

    def _opening(self) -> AbstractAsyncContextManager[Connection]:
        gate = gate_of(conf.stt, BreakerLimits(per_s=conf.stt_connects_per_s))
        return gate.through(connect(conf.stt, self._language), self._stand_in_line)

    def _stand_in_line(self, error: UpstreamError) -> None:
        self._held_up_by = error

    async def _talk(self, connection: Connection) -> None:
        """Both directions until it is over; raises what ended it before that."""
        hearing = asyncio.create_task(self._hear(connection), name="talk: hear")
        speaking = asyncio.create_task(self._send_until_over(connection), name="talk: speak")
        try:
            await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done() and isinstance(speaking.exception(), UpstreamLost):
                # What came in before the line broke may know better why.
                connection.abort()
                await asyncio.wait({hearing})
                if not isinstance(hearing.exception(), UpstreamLost):
                    hearing.result()
            if speaking.done():
                speaking.result()
                return
            hearing.result()
            raise UpstreamLost
        except asyncio.CancelledError:
            connection.abort()
            raise
        finally:
            hearing.cancel()
            speaking.cancel()
            await asyncio.gather(hearing, speaking, return_exceptions=True)

    # --- audio out ---

    async def _send_until_over(self, connection: Connection) -> None:
        ends_at_s = monotonic() + conf.talk_limit_s
        while True:
            if monotonic() >= ends_at_s:
                self.stop(End.TIME)
            elif monotonic() >= self._silent_at_s:
                self.stop(End.SILENCE)
            if chunk := self._next_chunk():
                await self._send(connection, chunk)
            if self._flush_is_due():
                await self._flush(connection)
            elif not chunk:
                if self._end is not None:
                    return
                await self._wait_for_news(min(ends_at_s, self._silent_at_s, self._paused_at_s))

    def _next_chunk(self) -> bytes:
        """A whole chunk, or nothing; at the end and where no more comes, what there is."""
        is_last = self._end is not None or monotonic() >= self._paused_at_s
        if len(self._waiting) < CHUNK_BYTES and not is_last:
            return b""
        chunk = bytes(self._waiting[:CHUNK_BYTES])
        del self._waiting[:CHUNK_BYTES]
        return chunk

    async def _send(self, connection: Connection, pcm: bytes) -> None:
        await self._pace.keep(samples_in(pcm))
        self.sent_samples += samples_in(pcm)
        self._unflushed = True
        self._loudness.hear(pcm)
        if self._loudness.is_voiced:
            self._spoke_at_s = monotonic()
            self._is_open, self._quiet_ms = True, 0
        else:
            self._quiet_ms += CHUNK_MS
        await connection.send_audio(pcm)

    @property
    def _silent_at_s(self) -> float:
        """When nobody will have spoken for too long."""
        return self._spoke_at_s + conf.talk_silence_s

    @property
    def _paused_at_s(self) -> float:
        """When a voice will have been followed by no audio at all for as long as a pause."""
        return self._pushed_at_s + conf.talk_pause_ms / 1000 if self._is_open else inf

    def _flush_is_due(self) -> bool:
        """At the end once all is sent; before that after a pause, by what was sent or by the clock."""
        if self._end is not None:
            return self._unflushed and not self._waiting
        has_stalled = not self._waiting and monotonic() >= self._paused_at_s
        return self._is_open and (self._quiet_ms >= conf.talk_pause_ms or has_stalled)

    async def _flush(self, connection: Connection) -> None:
        """Have all that was sent finished. No audio goes out until it is (contract, 4.11, rule 6)."""
        self._unflushed = self._is_open = False
        self._flushed.clear()
        await connection.flush()
        try:
            async with asyncio.timeout(conf.stt_flush_timeout_s):
                await self._flushed.wait()
        except TimeoutError:
            raise UpstreamLost("The speech service did not finish what it had heard.") from None

    async def _wait_for_news(self, until_s: float) -> None:
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until_s - monotonic())):
                await self._news.wait()

    # --- events in ---

    async def _hear(self, connection: Connection) -> None:
        async for event in connection:
            if isinstance(event, Interim):
                self._show(clean(event.text))
            elif isinstance(event, Final):
                self._finish(clean(event.text))
            elif isinstance(event, Flushed):
                self._show("")
                self._flushed.set()
            elif isinstance(event, Fault):
                raise UpstreamRefused(
                    event.message,
                    kind=event.kind,
                    upstream_code=event.upstream_code,
                    request_id=event.request_id,
                )

    def _show(self, text: str) -> None:
        """Show what may still change; nothing takes away what came to nothing."""
        if text == self._interim:
            return
        self._interim = text
        self._spoke_at_s = monotonic()
        self._page.tell(Outgoing(INTERIM, talk_messages.encode_interim(text), key=str(self._utterance)))

    def _finish(self, text: str) -> None:
        if not text:
            self._show("")
            return
        final = talk_messages.encode_final(text, utterance=self._utterance)
        self._page.tell(Outgoing("final", final, key=str(self._utterance)))
        self._utterance += 1
        self._interim = ""
        self._spend.look(sentence_is_over=True)
