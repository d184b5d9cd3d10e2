"""One run of one microphone: audio in, captions out, whatever the upstream does in between.

    push ─▶ ring ─▶ _send… ─▶ upstream ─▶ _hear ─▶ outgoing ─▶ sink.store
                                            └─▶ sink.interim

Three positions follow the audio, in samples of the session: ``_cursor`` (sent on this connection),
``_settled`` (heard: covered by finals that came, gaps, or answered flushes) and ``safe_samples`` (the
same, stored). A connection that breaks costs what lies between the first two: the next one is sent it again
from ``_settled``. The ring keeps audio from ``_settled`` on.

What is bounded, and why that is enough:

- the ring, by ``ring_ms``: what falls out of it unheard becomes a gap;
- captions waiting to be stored, by ``unstored_captions``: then nothing is read and nothing is sent,
  until the ring is all that grows;
- what waits to be sent, by the connection (32 KiB); what was received, by the connection (16 messages);
- attempts, by ``retries``: after a quota a few, after a passing fault those of ``away_limit_s``, with
  capped delays between them, and by the gate that all sessions of a process share;
- an upstream's silence, by ``watchdog``; the upstream's own time, by ``idle``: with nobody speaking, the
  connection is closed, and what is not silence any more is sent to the next one, pre-roll first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from math import inf
from time import monotonic
from typing import Literal, Protocol

import structlog

from captions.audio import (
    BYTES_PER_SAMPLE,
    CHUNK_BYTES,
    CHUNK_SAMPLES,
    SAMPLES_PER_MS,
    ms_to_samples,
    samples_in,
    samples_to_ms,
)
from captions.errors import (
    BadChunk,
    CaptionError,
    FaultKind,
    LeaseLost,
    UpstreamError,
    UpstreamLost,
    UpstreamRefused,
)
from captions.relay.arrivals import Arrivals
from captions.relay.captions import FinalCaption, GapCaption, InterimCaption
from captions.relay.counts import RelayCounts
from captions.relay.handover import without_cut_word
from captions.relay.idle import Idle
from captions.relay.limits import RelayLimits
from captions.relay.loudness import Loudness, level_of
from captions.relay.outgoing import Outgoing
from captions.relay.pace import Pace
from captions.relay.retries import Retries
from captions.relay.ring import Ring
from captions.relay.scribe import Scribe
from captions.relay.watchdog import Watchdog
from captions.stt.connection import Connection
from captions.stt.events import Final, Flushed, Interim, Pong, Unknown
from captions.stt.gate import Gate
from captions.upstream.faults import Fault

log = structlog.get_logger(__name__)

__all__ = ["RelayLimits", "RelaySession", "Sink", "UpstreamState"]

UpstreamState = Literal["connecting", "live", "lost", "paused", "ended"]

FLUSHES_UNANSWERED = 2
"""In a row; from then on an upstream is not flushed any more, except at the end."""

PATIENCE = 6
"""Times a limit on silence that a flush or a stop may take as a whole, however much is said meanwhile."""

LOUD_IDLE = 12
"""Times longer that an idle moment must be where the audio broke off in mid-word: what settles it cuts the
word. A host whose network was gone for a minute is back by then."""

LEAST_ANSWER_S = 1.5
"""Time any flush is given, however long the upstream has said nothing."""

AT_REST = ms_to_samples(1_000)
"""Audio that may wait to be sent when the upstream is let go: it is listened to, not thrown away."""

LONGEST_HUSH = ms_to_samples(2_000)
"""Quiet at the end of what was sent that need not be called a gap, though no flush was answered."""


class Sink(Protocol):
    """Where captions go. ``interim`` and ``status`` must not wait."""

    def interim(self, caption: InterimCaption) -> None:
        """Show it; a blank text takes an interim away that came to nothing."""

    async def store(self, caption: FinalCaption | GapCaption) -> None:
        """Return when it is safe. Called one by one, in order. May raise ``LeaseLost``."""

    def status(self, upstream: UpstreamState, error: CaptionError | None) -> None:
        """The upstream's state changed, or the reason for it did."""


class RelaySession:
    """See the module. ``push`` from the loop's thread; ``run`` once; ``stop`` at any time.

    ``first_sample`` and ``next_utterance`` are where a resumed session goes on. ``gate`` is the door to
    the provider that it shares with others.
    """

    def __init__(
        self,
        *,
        connect: Callable[[str], AbstractAsyncContextManager[Connection]],
        language: str,
        sink: Sink,
        gate: Gate | None = None,
        limits: RelayLimits | None = None,
        counts: RelayCounts | None = None,
        first_sample: int = 0,
        next_utterance: int = 1,
    ) -> None:
        self._connect = connect
        self._language = language
        self._sink = sink
        self._gate = gate
        self._limits = limits or RelayLimits()
        self._counts = counts or RelayCounts()
        self._arrivals = Arrivals()

        self.samples = first_sample
        """One past the newest sample accepted."""
        self.sent_samples = 0
        """Handed to the speech service by this session, replays among them: what it may charge for."""
        self.upstream: UpstreamState = "connecting"
        self.unknown_messages = 0
        self._told: tuple[str, str] = ("", "")

        self._ring = Ring(ms_to_samples(self._limits.ring_ms))
        self._loudness = Loudness()
        self._cursor = self._settled = self._furthest = first_sample

        self._scribe = Scribe(language=language, first_sample=first_sample, next_utterance=next_utterance)
        self._outgoing = Outgoing(
            bound=self._limits.unstored_captions,
            bound_bytes=self._limits.unstored_bytes,
            safe=first_sample,
        )
        self._watchdog = Watchdog(probe_s=self._limits.probe_s, deaf_s=self._limits.deaf_s)
        self._idle = Idle(self._limits.idle_s, now_s=monotonic())
        self._pace = Pace(self._limits.replay_rate)

        self._news = asyncio.Event()
        self._pushed_at_s = monotonic()
        self._progress_at_s = monotonic()
        self._json_pings = True
        self._ping_is_open = False
        self._unflushed = False
        self._awaits_flush = False
        self._flushed = asyncio.Event()
        self._flushes_unanswered = 0
        self._live_since_s: float | None = None
        self._request_id = ""

        self._started = False
        self._stopping = asyncio.Event()
        self._stop_began_s = 0.0
        self._patience: asyncio.Timeout | None = None
        self._over = asyncio.Event()
        self._ending = asyncio.Lock()
        self._handed_over = False
        self._goes_on = self._is_left = False
        """Whether somebody else goes on with the session; whether the tail is theirs."""

    # --- what the host's side sees ---

    @property
    def safe_samples(self) -> int:
        """Everything before is stored, or nothing of it is pending; in whole milliseconds.

        Rounded down as stored times are, so that a host that forgets audio up to here can still go
        on at the end of what is stored.
        """
        return self._outgoing.safe // SAMPLES_PER_MS * SAMPLES_PER_MS

    @property
    def free_samples(self) -> int:
        """How much more can be pushed now without pushing out audio that was not sent yet."""
        return max(0, self._ring.capacity_samples - (self.samples - self._cursor))

    @property
    def is_between_sentences(self) -> bool:
        """Whether nobody speaks and nothing said waits for its final: to stop now cuts no word."""
        return self._loudness.is_quiet and not self._scribe.is_open

    @property
    def held_samples(self) -> int:
        """Audio that is kept because nothing settles it yet."""
        return self._ring.held_samples

    @property
    def kept_ms(self) -> int:
        """Audio that waits for the upstream."""
        return samples_to_ms(min(self._ring.held_samples, self.samples - self._settled))

    @property
    def lost_ms(self) -> int:
        """Audio that no longer waits: it has fallen out of the ring, and becomes a gap."""
        return samples_to_ms(max(0, self._ring.start - self._settled))

    @property
    def unstored(self) -> int:
        """Captions that wait for the store."""
        return len(self._outgoing)

    @property
    def store_is_full(self) -> bool:
        """Whether so many wait that nothing is recognised until the store takes some."""
        return self._outgoing.is_full

    def push(self, first_sample: int, pcm: bytes) -> None:
        """Take audio. Never waits.

        What lies before ``samples`` is a repetition and ignored; what begins behind it leaves a hole,
        which becomes a gap. After ``stop`` nothing is taken. Raises ``BadChunk`` for half a sample.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise BadChunk(f"{len(pcm)} bytes are not a whole number of samples.")
        if self._stopping.is_set() or self._over.is_set():
            return
        end = first_sample + samples_in(pcm)
        if end <= self.samples:
            return
        if first_sample < self.samples:
            pcm = pcm[(self.samples - first_sample) * BYTES_PER_SAMPLE :]
            first_sample = self.samples
        self._ring.append(first_sample, pcm)
        self.samples = end
        self._pushed_at_s = monotonic()
        self._arrivals.note(end, self._pushed_at_s)
        self._counts.received_samples += samples_in(pcm)
        if end - self._cursor >= CHUNK_SAMPLES:
            self._news.set()

    async def stop(self, *, goes_on: bool = False) -> None:
        """Send what is left, settle it, store it; what cannot be had within the limits becomes a gap.

        With ``goes_on`` somebody else goes on with the session from ``safe_samples``: what cannot be had
        is left to them, and so is a word that the audio breaks off in.

        Returns when ``run`` is about to. Also right after a ``run`` that failed: then the audio it left
        unsettled becomes a gap. After one that was cancelled, or lost its lease, nothing is written any
        more: somebody else goes on from ``safe_samples``. Calling it again is harmless. Cancelled
        itself, the session still goes on to its end. Raises ``CaptionError`` only where storing does.
        """
        if not self._stopping.is_set():
            self._goes_on = goes_on
            self._stopping.set()
            self._stop_began_s = monotonic()
        self._news.set()
        self._be_patient(0.0 if self._nothing_left else self._limits.stop_timeout_s)
        if not self._started:
            with suppress(CaptionError):
                await self.run()
        await self._over.wait()
        async with self._ending:
            if not self._handed_over:
                self._settle_tail()
                try:
                    await self._outgoing.drain(self._sink.store)
                except LeaseLost:
                    self._handed_over = True
            self._tell("ended")

    async def run(self) -> None:
        """Go on until stopped, refused for good, or told that the lease is lost.

        Raises only ``CaptionError``. Cancelling it is safe: what is not stored yet is not counted in
        ``safe_samples``, so the host still has it.
        """
        if self._started:
            await self._over.wait()
            return
        self._started = True
        following = asyncio.create_task(self._follow(), name="relay: follow the upstream")
        storing = asyncio.create_task(self._outgoing.run(self._sink.store), name="relay: store captions")
        try:
            await asyncio.wait({following, storing}, return_when=asyncio.FIRST_COMPLETED)
            if not storing.done():
                self._outgoing.finish()
                await asyncio.wait({storing})
            storing.result()
            following.result()
            self._tell("ended")
        except asyncio.CancelledError:
            self._handed_over = True
            raise
        except CaptionError as exc:
            self._handed_over = isinstance(exc, LeaseLost)
            log.warning("relay_failed", reason=exc.code)
            raise
        except Exception as exc:
            log.exception("relay_broke")
            raise CaptionError("The captions stopped because of a fault of ours.") from exc
        finally:
            following.cancel()
            storing.cancel()
            try:
                await asyncio.gather(following, storing, return_exceptions=True)
            finally:
                # Also where this very waiting is cancelled: a stop waits for it.
                self._over.set()
        log.info("relay_ended", samples=self.samples, utterances=self._scribe.utterance - 1)

    # --- the upstream, one connection after another ---

    async def _follow(self) -> None:
        """Until stopped and settled, or refused for good."""
        try:
            async with asyncio.timeout(None) as self._patience:
                self._be_patient(self._limits.stop_timeout_s)
                await self._keep_connected()
        except TimeoutError:
            log.info("relay_stopped_waiting", missing_samples=self.samples - self._settled)
        except UpstreamError as exc:
            if not self._stopping.is_set():
                raise
            log.warning("relay_gave_up", reason=exc.code, missing_samples=self.samples - self._settled)
        finally:
            self._patience = None
        self._settle_tail()

    async def _keep_connected(self) -> None:
        retries = Retries(self._limits, now_s=monotonic())
        self._tell("connecting")
        while not (self._stopping.is_set() and self._nothing_left):
            await self._room_to_store()
            settled, self._live_since_s, self._request_id = self._settled, None, ""
            try:
                if not await self._talk_once(retries):
                    return
            except UpstreamError as exc:
                error = exc
            else:
                await self._rest()
                retries = Retries(self._limits, now_s=monotonic())
                continue
            finally:
                # Nothing is on its way any more; what was not settled will be sent again.
                self._cursor = self._settled
                self._unflushed = self._awaits_flush = False
            self._tell("lost", error)
            self._counts.note_lost(error)
            log.warning(
                "upstream_lost",
                reason=error.code,
                refusals=retries.refusals,
                request_id=error.request_id[:64] or self._request_id,
            )
            delay_s = retries.delay_s(
                error,
                live_since_s=self._live_since_s,
                has_settled=self._settled > settled,
                now_s=monotonic(),
            )
            await self._pause(delay_s)

    async def _talk_once(self, retries: Retries) -> bool:
        """One connection, from its opening to its end; whether it was ended because nobody speaks."""
        left_s = max(0.0, retries.give_up_at_s - monotonic())
        limit = asyncio.timeout(None if left_s == inf else left_s)
        try:
            async with limit, self._opening() as connection:
                limit.reschedule(None)
                self._live_since_s = monotonic()
                self._request_id = connection.ready.request_id[:64]
                self._tell("live")
                log.info("upstream_live", request_id=self._request_id)
                with self._counts.connected():
                    return await self._talk(connection)
        except TimeoutError:
            if not limit.expired():
                raise
            raise retries.gone() from None

    def _opening(self) -> AbstractAsyncContextManager[Connection]:
        opening = self._connect(self._language)
        if self._gate is None:
            return opening
        return self._gate.through(opening, lambda error: self._tell("lost", error))

    async def _pause(self, delay_s: float) -> None:
        """Wait before the next attempt; a stop makes it come at once."""
        if self._stopping.is_set():
            await asyncio.sleep(delay_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._stopping.wait()

    async def _talk(self, connection: Connection) -> bool:
        """Both directions until all is settled; raises what ended it before that.

        True where there is more to come, but nobody speaks.
        """
        self._cursor = self._settled
        self._ping_is_open = False
        self._watchdog.restart()
        self._scribe.timeline.connected(self._cursor)
        hearing = asyncio.create_task(self._hear(connection), name="relay: hear")
        speaking = asyncio.create_task(self._send_until_stopped(connection), name="relay: speak")
        # No TaskGroup: before Python 3.13 one swallows a cancellation that meets an error of a child.
        try:
            await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done() and isinstance(speaking.exception(), UpstreamLost):
                # What came in before the line broke still counts: the other side reads on to the break.
                connection.abort()
                await asyncio.wait({hearing})
                if isinstance(hearing.exception(), UpstreamLost):
                    speaking.result()  # it knows better why
            elif speaking.done():
                return speaking.result()
            hearing.result()
            raise UpstreamLost
        finally:
            hearing.cancel()
            speaking.cancel()
            await asyncio.gather(hearing, speaking, return_exceptions=True)

    # --- audio out ---

    async def _send_until_stopped(self, connection: Connection) -> bool:
        """Whole chunks as they come; at a hole, in an idle moment and at the end also the remainder.

        True if it ends because nobody speaks, and not because it was stopped.
        """
        ping_s = monotonic() + self._limits.json_ping_s
        while True:
            await self._room_to_store()
            if self._json_pings and monotonic() >= ping_s:
                ping_s = monotonic() + self._limits.json_ping_s
                self._ping_is_open = True
                await connection.ping()
            first, pcm = self._ring.read(self._cursor) or (self._cursor, b"")
            is_whole = len(pcm) == CHUNK_BYTES or first + samples_in(pcm) < self.samples
            idle_s = self._idle_at_s()
            if self._may_rest():
                if not self._unflushed:
                    return True
                await self._flush(connection)
            elif first > self._cursor:
                await self._pass_hole(connection, first)
            elif pcm and (is_whole or self._stopping.is_set() or monotonic() >= idle_s):
                await self._send(connection, first, pcm)
                if self._flush_is_due() or self._probe_is_due():
                    await self._flush(connection)
                else:
                    self._look_after()
            elif self._stopping.is_set():
                if not self._unflushed:
                    return False
                await self._flush(connection)
            elif monotonic() >= idle_s:
                await self._flush(connection)
            else:
                rest_s = self._idle.due_at_s if self._may_flush else inf
                wake_s = min(idle_s, ping_s if self._json_pings else inf)
                await self._wait_for_news(min(wake_s, rest_s) if rest_s > monotonic() else wake_s)

    async def _send(self, connection: Connection, first_sample: int, pcm: bytes) -> None:
        await self._pace.keep(samples_in(pcm))
        # Noted before it goes out: the answer may be read before the sending returns.
        self._scribe.timeline.sent(first_sample, samples_in(pcm))
        self._cursor = first_sample + samples_in(pcm)
        self._counts.sent_samples += samples_in(pcm)
        self._counts.replayed_samples += max(0, min(self._cursor, self._furthest) - first_sample)
        self._unflushed = True
        self.sent_samples += samples_in(pcm)
        self._loudness.hear(pcm)
        if self._loudness.is_voiced:
            self._idle.spoke(monotonic())
        else:
            self._idle.quiet(self._loudness.level)
        self._watchdog.sent(monotonic(), is_voiced=self._loudness.is_voiced)
        if self._cursor > self._furthest:
            self._furthest = self._cursor
            if self._stopping.is_set():
                self._made_progress()
        await connection.send_audio(pcm)

    async def _pass_hole(self, connection: Connection, until: int) -> None:
        """Settle what was said before a hole, then call it a gap: captions stay in order."""
        if self._unflushed and self._may_flush:
            await self._flush(connection)
            return  # more may have fallen out of the ring meanwhile: look again
        self._gap(self._cursor, until)
        self._cursor = until

    async def _flush(self, connection: Connection) -> None:
        """Have all that was sent settled. No audio goes out until it is (contract, 4.11, rule 6)."""
        self._flushed.clear()
        self._awaits_flush = True
        began_s = self._progress_at_s = monotonic()
        await connection.flush()
        while not self._flushed.is_set():
            await self._room_to_store()
            limit_s = min(
                self._progress_at_s + self._limits.flush_timeout_s,
                began_s + self._limits.flush_timeout_s * PATIENCE,
                max(began_s + LEAST_ANSWER_S, self._watchdog.deaf_at_s),
            )
            if monotonic() >= limit_s:
                self._look_after()
                self._flushes_unanswered += 1
                log.warning("upstream_flush_unanswered", times=self._flushes_unanswered)
                raise UpstreamLost("The speech service did not finish what it had heard.")
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s - monotonic()):
                    await self._flushed.wait()

    @property
    def _may_flush(self) -> bool:
        return self._flushes_unanswered < FLUSHES_UNANSWERED

    def _flush_is_due(self) -> bool:
        """Whether so much is unsettled that it should be, and this is the moment for it."""
        unsettled_ms = (self._cursor - self._settled) // SAMPLES_PER_MS
        some_ms = self._limits.quiet_flush_ms
        if unsettled_ms <= some_ms or not self._may_flush:
            return False
        if unsettled_ms > min(3 * some_ms, self._limits.ring_ms * 2 // 3):
            return True
        return self._loudness.is_quiet and (not self._scribe.is_open or unsettled_ms > 2 * some_ms)

    def _probe_is_due(self) -> bool:
        """Whether the upstream has been silent for so long that a flush is to show that it lives."""
        return self._may_flush and self._watchdog.wants_probe(
            monotonic(), is_open=self._scribe.is_open, is_quiet=self._loudness.is_quiet
        )

    def _look_after(self) -> None:
        """Give up an upstream that has said nothing for too long."""
        if monotonic() >= self._watchdog.deaf_at_s:
            self._watchdog.was_deaf()
            log.warning("upstream_deaf")
            raise UpstreamLost("The speech service takes audio and answers nothing.")

    def _may_rest(self) -> bool:
        """Whether nobody has spoken for so long that the upstream is not needed."""
        return (
            monotonic() >= self._idle.due_at_s
            and self._may_flush
            and not (self._scribe.is_open or self._stopping.is_set() or self.samples - self._cursor > AT_REST)
        )

    def _idle_at_s(self) -> float:
        """When to settle what there is, should no more audio come; never, where there is nothing."""
        if self.samples == self._settled or (self._cursor == self.samples and not self._may_flush):
            return inf
        patience = 1 if self._loudness.is_quiet else LOUD_IDLE
        return self._pushed_at_s + self._limits.idle_flush_s * patience

    async def _wait_for_news(self, until_s: float) -> None:
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if until_s == inf else max(0.0, until_s - monotonic())):
                await self._news.wait()

    # --- no upstream, for nobody speaks ---

    async def _rest(self) -> None:
        """Until somebody speaks, or it is stopped: what is quiet is settled, but for the pre-roll."""
        self._tell("paused")
        log.info("upstream_let_go", samples=self._settled)
        preroll = ms_to_samples(self._limits.preroll_ms)
        at = self._settled
        while True:
            await self._room_to_store()
            first, pcm = self._ring.read(at) or (at, b"")
            is_whole = len(pcm) == CHUNK_BYTES or first + samples_in(pcm) < self.samples
            if first > at:
                self._settle(at)
                self._gap(at, first)
                at = first
            elif pcm and (is_whole or self._stopping.is_set()):
                if self._idle.wakes(level_of(pcm)):
                    break
                at += samples_in(pcm)
                self._settle(max(self._settled, at - preroll))
            elif self._stopping.is_set():
                self._settle(at)
                break
            else:
                await self._wait_for_news(inf)
            self._cursor = self._settled
        self._cursor = self._settled
        self._idle.spoke(monotonic())
        if not self._nothing_left:
            self._tell("connecting")

    # --- events in ---

    async def _hear(self, connection: Connection) -> None:
        async for event in connection:
            if not isinstance(event, Pong):
                self._watchdog.heard()
            if isinstance(event, Interim):
                self._interim(event)
            elif isinstance(event, Final):
                await self._room_to_store()
                self._final(event)
            elif isinstance(event, Flushed):
                self._answered()
            elif isinstance(event, Fault):
                self._fault(event)
            elif isinstance(event, Unknown):
                self._unknown(event)

    def _interim(self, event: Interim) -> None:
        self._made_progress()
        caption = self._scribe.interim(event)
        if caption is not None:
            self._counts.interims += 1
            self._idle.spoke(monotonic())
            self._show(caption)

    def _final(self, event: Final) -> None:
        """Take a final: no await in here, so it is taken wholly or not at all."""
        self._made_progress()
        caption = self._scribe.final(event)
        if caption is None:
            self._withdraw_interim()
        else:
            caption = self._counted(caption)
            self._idle.spoke(monotonic())
        if caption is not None and self._goes_on and self._awaits_flush and self._loudness.is_voiced:
            self._settle_whole_words(caption)
        else:
            self._settle(self._scribe.heard, caption)

    def _settle_whole_words(self, caption: FinalCaption) -> None:
        """Take the last final before a handover, but for a word that is not over yet."""
        whole = without_cut_word(caption, samples_to_ms(self._cursor))
        if whole is caption:
            self._settle(self._scribe.heard, caption)
            return
        self._is_left = True
        self._withdraw_interim()
        if whole is not None:
            self._settle(ms_to_samples(whole.offset_ms + whole.duration_ms), whole)

    def _counted(self, caption: FinalCaption) -> FinalCaption:
        now_s = monotonic()
        took_s = self._arrivals.age_s(ms_to_samples(caption.offset_ms + caption.duration_ms), now_s)
        self._counts.finals += 1
        if took_s is not None:
            self._counts.speech_to_final.note(took_s)
        return replace(caption, came_at_s=now_s)

    def _answered(self) -> None:
        """A flush was answered: nothing of what was sent is pending."""
        if not self._awaits_flush:
            return
        self._made_progress()
        self._awaits_flush = self._unflushed = False
        self._flushes_unanswered = 0
        self._watchdog.answers_flushes = True
        self._scribe.flushed(self._cursor)
        self._withdraw_interim()
        if not self._is_left:
            self._settle(self._cursor)
        self._flushed.set()

    def _fault(self, event: Fault) -> None:
        """An error after ``ready`` (U16): a key or quota ends the connection, anything else is noted."""
        log.warning(
            "upstream_fault",
            kind=str(event.kind),
            upstream_code=event.upstream_code,
            request_id=event.request_id[:64],
        )
        if event.kind in (FaultKind.AUTH, FaultKind.QUOTA):
            raise UpstreamRefused(
                event.message,
                kind=event.kind,
                upstream_code=event.upstream_code,
                request_id=event.request_id,
            )
        if self._ping_is_open:
            # It knows no ping (U1); the line's own pings go on.
            self._json_pings = self._ping_is_open = False

    def _unknown(self, event: Unknown) -> None:
        if not self.unknown_messages:
            log.info("upstream_unknown_message", type=event.type)
        self.unknown_messages += 1

    # --- positions, captions, state ---

    def _gap(self, start: int, until: int) -> None:
        caption = self._scribe.gap(start, until)
        self._counts.gaps += 1
        self._counts.gap_ms += caption.duration_ms
        log.warning("audio_gap", offset_ms=caption.offset_ms, duration_ms=caption.duration_ms)
        self._settle(until, caption)

    def _settle(self, until: int, caption: FinalCaption | GapCaption | None = None) -> None:
        """Everything before ``until`` is heard; it is safe once ``caption``, and all before it, is stored."""
        self._settled = max(self._settled, until)
        self._ring.forget(self._settled)
        if caption is not None:
            self._outgoing.put(caption, self._settled)
        else:
            self._outgoing.settle(self._settled)

    @property
    def _nothing_left(self) -> bool:
        return self._settled == self.samples and not self._unflushed

    def _settle_tail(self) -> None:
        """At the end: what nobody could make out is a gap, unless it is the hush after the last word."""
        if self._settled == self.samples or self._goes_on:
            self._withdraw_interim()
            return
        if self._tail_is_hush():
            self._settle(self.samples)
        else:
            self._gap(self._settled, self.samples)

    def _tail_is_hush(self) -> bool:
        """Whether the tail was sent, is short and quiet, and the upstream had begun nothing in it."""
        if self._scribe.is_open or self._furthest < self.samples:
            return False
        if self.samples - self._settled > LONGEST_HUSH or self._ring.start > self._settled:
            return False
        tail = self._ring.read(self._settled, LONGEST_HUSH)
        return (
            tail is not None
            and samples_in(tail[1]) == self.samples - self._settled
            and (self._loudness.would_be_quiet(tail[1]))
        )

    def _withdraw_interim(self) -> None:
        caption = self._scribe.withdrawn()
        if caption is not None:
            self._show(caption)

    def _show(self, caption: InterimCaption) -> None:
        try:
            self._sink.interim(caption)
        except Exception:
            # What is shown for a second must not cost what is kept.
            log.exception("interim_not_shown")

    def _tell(self, state: UpstreamState, error: UpstreamError | None = None) -> None:
        """Say the state when it changes, and again when there is another reason for it."""
        reason = "" if error is None else f"{error.code} {getattr(error, 'upstream_code', '')}"
        if (state, reason) == self._told:
            return
        self._told = (state, reason)
        self.upstream = state
        try:
            self._sink.status(state, error)
        except Exception:
            log.exception("status_not_told")

    def _made_progress(self) -> None:
        self._progress_at_s = monotonic()
        self._ping_is_open = False
        self._be_patient(self._limits.stop_timeout_s)

    def _be_patient(self, for_s: float) -> None:
        """While stopping: wait that much longer, but not for ever, unless it is for the store."""
        if not self._stopping.is_set() or self._patience is None or self._patience.expired():
            return
        if self._outgoing.is_full:
            self._patience.reschedule(None)
            return
        end_s = min(monotonic() + for_s, self._stop_began_s + self._limits.stop_timeout_s * PATIENCE)
        self._patience.reschedule(asyncio.get_running_loop().time() + end_s - monotonic())

    async def _room_to_store(self) -> None:
        """Wait while too much waits for the store; a stop is patient with a store that is slow."""
        if not self._outgoing.is_full:
            return
        self._be_patient(0.0)
        await self._outgoing.room()
        self._stop_began_s = self._progress_at_s = monotonic()
        self._watchdog.restart()
        self._be_patient(self._limits.stop_timeout_s)
