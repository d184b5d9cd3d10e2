"""Who is on the air in this process: each session's relay, its lease, and what its host is told.

A session is more than its host's socket: the socket may drop and come back, here or at another
worker, and a second tab may go on with it. So it lives here, by id, for as long as this worker has
its lease, and for ``conf.host_grace_s`` without a host.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Protocol
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from django.db import DataError, IntegrityError
from django.db import Error as DatabaseFailed
from structlog.contextvars import bind_contextvars, unbind_contextvars

from captions import database
from captions.audio import ms_to_samples
from captions.conf import conf
from captions.errors import (
    CaptionError,
    LeaseLost,
    RoomClosed,
    SessionUnknown,
    Superseded,
    Unavailable,
    UpstreamGone,
)
from captions.live import doorkeeper, lifetime, messages
from captions.live.arrears import Arrears
from captions.live.counts import counts
from captions.live.doorkeeper import Place
from captions.live.hub import RoomHub, in_room
from captions.live.intake import Intake
from captions.live.messages import Chunk, Start
from captions.live.outbox import INTERIM, STATUS, Outgoing
from captions.live.spend import Meter, Spend, may_spend
from captions.live.tasks import end, spawn
from captions.live.trace import Trace, new_id
from captions.live.wire import Claimed, RoomEvent, utterance_key
from captions.plaintext import clean
from captions.relay.captions import FinalCaption, GapCaption, InterimCaption
from captions.relay.session import RelayLimits, RelaySession, UpstreamState
from captions.services import captions as finals
from captions.services import sessions
from captions.services.rooms import Visitor
from captions.stt.backoff import backoff
from captions.stt.breaker import BreakerLimits
from captions.stt.connection import connect
from captions.stt.gate import gate_of

log = structlog.get_logger(__name__)

UNSTORABLE_TRIES = 3
"""Then it is this caption that cannot be stored: a gap says so in its place."""
AWAY = ("connecting", "lost")
"""States in which audio waits for the upstream."""
END_TRIES = 12
LEAVE_LIMIT_S = 5.0
GIVE_BACK_LIMIT_S = 1.0
"""Both within :data:`captions.live.lifetime.LIMIT_S`, with time left to tell the pages."""
LEAVE_TRIES = 3


class Host(Protocol):
    """A host's socket, as its session sees it. Neither call waits."""

    def tell(self, out: Outgoing) -> None:
        """Put a message into its outbox."""

    def leave(self, error: CaptionError) -> None:
        """Say why it is over, and close."""


class OnAir:
    """One session on the air in this process; the relay's sink. Made by :func:`go_on_air` alone."""

    def __init__(self, claim: sessions.Claim, meter: Meter, trace: str) -> None:
        self.trace = Trace(trace)
        """Of whoever went on with it last; in all its log lines."""
        self.session_id = claim.session_id
        self.room_id = claim.room_id
        self.lease = claim.lease
        self.host: Host | None = None
        self.ending = False
        """Whether the session is on its way off the air; nobody may go on with it then."""
        self.segments = 0
        """Speech segments stored, once it has ended."""
        self._hub: RoomHub | None = None
        self._began_s = monotonic() - claim.age_s
        self._intake = self._measure()
        self._was_live = claim.resumed
        self._stored_samples = self._noted_samples = claim.samples
        self._status_told = self._host_told = self._state = ""
        self._states = 0
        self._arrears = Arrears(
            behind_s=conf.store_behind_s, bound=conf.unstored_captions, kept_s=conf.ring_ms // 1000
        )
        self._superseded = self._taken_over = False
        self._leaving = False
        """Whether this process ends and others may go on with the session."""
        self._grace: asyncio.TimerHandle | None = None
        self._away: Place | None = None
        """Of a host that is not here: its right to come back is asked for as long as it may."""
        self._relay = RelaySession(
            connect=lambda language: connect(conf.stt, language),
            language=claim.language,
            sink=self,
            gate=gate_of(conf.stt, BreakerLimits(per_s=conf.stt_connects_per_s)),
            limits=_relay_limits(),
            counts=counts.relay,
            first_sample=claim.samples,
            next_utterance=claim.next_utterance,
        )
        self.spend = Spend(meter, self._relay, tell=self._tell_host, stop=self._used_up)
        self._over: CaptionError | None = None
        """Why it stops, where neither its host nor a fault makes it."""
        self._log = log.bind(trace=self.trace, session=str(claim.session_id), room=claim.room_id)
        self._began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._main: asyncio.Task[None] | None = None

    # --- the host's side ---

    @property
    def samples(self) -> int:
        """One past the newest sample accepted: where a host goes on."""
        return self._relay.samples

    @property
    def relay(self) -> RelaySession:
        """For whoever looks on: what it holds, and how it stands with the upstream."""
        return self._relay

    def push(self, chunk: Chunk) -> None:
        """Take a chunk. Never waits; raises ``Overrun`` when it comes faster than it can be used."""
        if self._intake.admits(chunk, samples=self._relay.samples, free_samples=self._relay.free_samples):
            self._relay.push(chunk.first_sample, chunk.pcm)
        else:
            counts.chunks_refused["ignored"] += 1

    def _measure(self) -> Intake:
        return Intake(
            rate=conf.audio_rate_limit,
            burst_ms=conf.audio_burst_ms,
            age_s=monotonic() - self._began_s,
        )

    def adopt(self, host: Host, lease: UUID, trace: str) -> None:
        """Go on with this host's socket; the one before, if it is still there, is told and closed."""
        if self.host is not None and self.host is not host:
            self.host.leave(Superseded())
        self.host = host
        self._wait_for(None)
        self._host_told = ""
        self.lease = lease
        self.trace.current = trace
        self._intake = self._measure()
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def _tell_host(self, out: Outgoing) -> None:
        if self.host is not None:
            self.host.tell(out)

    def _used_up(self, error: CaptionError) -> None:
        """Nothing is left for today: as by a stop, and the host is told once all is stored."""
        if self._stopping is None:
            self._over = error
            self._begin_to_stop()

    def detach(self, host: Host, place: Place | None = None) -> None:
        """The host's socket is gone: wait a while for it to come back, then go off the air.

        ``place`` is what it was let in with: void, and nobody waits any longer.
        """
        was_mine = self.host is host
        if was_mine:
            self.host = None
        if self.ending or not was_mine:
            if place is not None:
                doorkeeper.dismiss(place)
            return
        self._wait_for(place)
        self._log.info("host_away", grace_s=conf.host_grace_s)
        self._grace = asyncio.get_running_loop().call_later(conf.host_grace_s, self._begin_to_stop)

    def _wait_for(self, place: Place | None) -> None:
        if self._away is not None:
            doorkeeper.dismiss(self._away)
        self._away = place
        if place is not None:
            place.leave = self.supersede

    async def stop(self) -> int:
        """Go off the air once all that was said is stored; how many speech segments there are.

        Cancelling stops the waiting, not the stopping. Raises ``Unavailable`` where this process ends
        before it is done: the session waits for its host, who has kept what is not stored.
        """
        self._begin_to_stop()
        await self.ended()
        if self._leaving:
            raise Unavailable
        return self.segments

    async def ended(self) -> None:
        """Wait until it is off the air."""
        if self._main is not None:
            with suppress(Exception):  # it has been logged, and its host told
                await asyncio.shield(self._main)

    def _begin_to_stop(self) -> None:
        self.ending = True
        if self._stopping is None:
            stopping = self._relay.stop(goes_on=self._leaving)
            self._stopping = spawn(stopping, name=f"stop-{self.session_id}")

    # --- the relay's side (relay.session.Sink) ---

    def interim(self, caption: InterimCaption) -> None:
        """Show it; it is never stored."""
        session = str(self.session_id)
        said = clean(caption.text)
        text = messages.encode_interim(
            session=session,
            utterance=caption.utterance,
            text=said,
            offset_ms=caption.offset_ms,
            language=caption.language,
        )
        key = utterance_key(session, caption.utterance)
        self._publish(RoomEvent(Outgoing(INTERIM, text, key), session=session, blank=not said))

    async def store(self, caption: FinalCaption | GapCaption) -> None:
        """Store it, then show it. A database that fails is asked until it answers."""
        with self._arrears.storing():
            stored = await self._store(caption)
        if stored is None:
            return
        samples = ms_to_samples(caption.offset_ms + caption.duration_ms)
        self._stored_samples = max(self._stored_samples, samples)
        key = utterance_key(self.session_id, caption.utterance)
        shown, full = (
            Outgoing(
                "final",
                messages.encode_segment("final", version=stored.version, segment=segment),
                key=key,
                version=stored.version,
                came_at_s=caption.came_at_s if isinstance(caption, FinalCaption) else 0.0,
            )
            for segment in (stored.segment, stored.host_segment)
        )
        self._publish(RoomEvent(shown, host=full, session=str(self.session_id)))
        if isinstance(caption, FinalCaption):
            self.spend.look(sentence_is_over=True)

    async def _store(self, caption: FinalCaption | GapCaption) -> finals.Stored | None:
        failures, began_s = 0, monotonic()
        for delay_s in backoff():
            try:
                stored = await database.write(finals.store, self.session_id, self.lease, caption)
                counts.finals_stored += isinstance(caption, FinalCaption)
                counts.store.note(monotonic() - began_s)
                return stored
            except LeaseLost:
                raise
            except Exception as exc:
                if isinstance(exc, DatabaseFailed) and not isinstance(exc, (DataError, IntegrityError)):
                    counts.store_failures["database"] += 1
                    self._log.warning("store_failed", utterance=caption.utterance, error=type(exc).__name__)
                else:
                    # It is this caption, so waiting alone will not help; it must not stop the others.
                    failures += 1
                    counts.store_failures["refused"] += 1
                    self._log.error("store_refused", utterance=caption.utterance, error=type(exc).__name__)
                    if failures == UNSTORABLE_TRIES:
                        counts.store_failures["given_up"] += 1
                        if isinstance(caption, GapCaption):
                            return None
                        return await self._store(
                            GapCaption(caption.utterance, caption.offset_ms, caption.duration_ms)
                        )
            await asyncio.sleep(delay_s)
        raise AssertionError("backoff has no end")

    def status(self, upstream: UpstreamState, error: CaptionError | None) -> None:
        """Show the upstream's state; the host is also told why."""
        if upstream == "live":
            self._was_live = True
        self._say_status()
        # What will not be tried again ends the session, and is told then.
        if error is not None and error.retryable and self.host is not None:
            self.host.tell(Outgoing("error", messages.encode_error(error, fatal=False)))

    def _say_status(self, *, live: bool = True) -> None:
        """Say how things stand, where that has changed; of the store only the host is told."""
        upstream = self._relay.upstream if live else "ended"
        if live and upstream == "ended":
            return  # said when the tail is stored
        counts: dict[str, int] = {}
        if upstream in AWAY:
            counts = {"kept_ms": self._relay.kept_ms, "lost_ms": self._relay.lost_ms}
        unstored = self._arrears.unstored(self._relay.unstored)
        if upstream != self._state:
            # Only until the state changes may a newer one replace one that waits: the last one counts.
            self._state, self._states = upstream, self._states + 1
        key = f"{self.lease}/{self._states}"
        shown, full = (
            Outgoing(STATUS, messages.encode_status(live=live, upstream=upstream, **some), key=key)
            for some in (counts, {**counts, "unstored": unstored})
        )
        if shown.text != self._status_told:
            self._publish(RoomEvent(shown, host=full, session=str(self.session_id), live=live))
        elif full.text != self._host_told and self.host is not None:
            self.host.tell(full)
        self._status_told, self._host_told = shown.text, full.text

    def _publish(self, event: RoomEvent) -> None:
        if self._hub is not None:
            self._hub.publish(event)

    # --- other workers (hub.Worker) ---

    def claimed(self, claim: Claimed) -> None:
        """Somebody has taken the room's air. That may be old news: the database knows whose it is."""
        if claim.session != str(self.session_id) or claim.lease != str(self.lease):
            spawn(self._note(None, lost=Superseded()), name=f"claimed-{self.session_id}")

    def closed(self) -> None:
        """The room was closed."""
        self.supersede(RoomClosed())

    def supersede(self, error: CaptionError) -> None:
        """The air is taken away: store what was said until now, and be gone."""
        if self._superseded:
            return
        self._superseded = True
        # Else nobody goes on with it: its room was closed, or its host may not speak any more.
        self._taken_over = isinstance(error, Superseded | LeaseLost)
        self._log.info("superseded", reason=error.code)
        if self.host is not None:
            self.host.leave(error)
        self._begin_to_stop()

    def announce(self) -> None:
        """Tell other processes that the air is ours."""
        if self._hub is not None:
            self._hub.announce(Claimed(str(self.session_id), str(self.lease)))

    # --- its life ---

    async def begin(self) -> None:
        """Open the room's hub and start the relay."""
        self._main = spawn(self._live(), name=f"onair-{self.session_id}")
        await asyncio.wait([self._began, self._main], return_when=asyncio.FIRST_COMPLETED)
        if not self._began.done():
            await self._main

    async def let_go(self) -> None:
        """This process ends: store what was said, within a limit, and leave the session to others.

        One that is stopping already is brought to its end, and left to others only where time is short.
        """
        self._leaving = self._stopping is None
        self._begin_to_stop()
        try:
            async with asyncio.timeout(LEAVE_LIMIT_S):
                await self.ended()
        except TimeoutError:
            # What is not stored was not reported as heard either: the host still has it.
            self._leaving = True
            await end(self._stopping, self._running)
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVE_BACK_LIMIT_S):
                    await self.ended()

    async def _live(self) -> None:
        # For the lines of the relay, which knows no session and no room, and outlives its first socket.
        bind_contextvars(trace=self.trace, session=str(self.session_id), room=self.room_id)
        unbind_contextvars("request")
        error: CaptionError | None = None
        try:
            async with in_room(self.room_id) as hub:
                self._hub = hub
                hub.workers.add(self)
                self._say_status()
                self._began.set_result(None)
                try:
                    error = await self._relay_until_over()
                    self.ending = True
                    await self._finish(error)
                finally:
                    hub.workers.discard(self)
                    if not (self._leaving or self._taken_over):
                        self._say_status(live=False)
        finally:
            self.ending = True
            await self.spend.end()
            error = error or self._over
            if _airs.get(self.session_id) is self:
                del _airs[self.session_id]
            self._wait_for(None)
            if self._grace is not None:
                self._grace.cancel()
            if self.host is not None and (error is not None or self._stopping is None):
                self.host.leave(error or Unavailable())
            self._log.info("off_air", segments=self.segments, reason=error.code if error else "")

    async def _relay_until_over(self) -> CaptionError | None:
        """Run the relay with what goes beside it; why it ended, if not by stopping."""
        beside = [
            spawn(self._renew(), name=f"renew-{self.session_id}"),
            spawn(self._report_heard(), name=f"heard-{self.session_id}"),
            spawn(self.spend.run(), name=f"spend-{self.session_id}"),
            spawn(self._report_standing(), name=f"standing-{self.session_id}"),
        ]
        self._running = asyncio.create_task(self._relay.run(), name=f"relay-{self.session_id}")
        try:
            await asyncio.wait([self._running])
            if self._running.cancelled():
                return None
            error = self._running.exception()
            if isinstance(error, UpstreamGone):
                self._was_live = True  # it had its hour: a gap of it is a transcript too
            if error is not None and self._was_live and not isinstance(error, LeaseLost):
                # Refused in the middle: what was said and is not stored becomes a gap that says so.
                self._begin_to_stop()
            if self._stopping is not None:
                await asyncio.wait([self._stopping])
            if isinstance(error, LeaseLost):
                self._taken_over = True
                return Superseded()
            return error if isinstance(error, CaptionError) else None
        finally:
            await end(*beside, self._running)

    async def _finish(self, error: CaptionError | None) -> None:
        """Give the air back. A database that fails for longer than this takes: the lease runs out."""
        for delay_s, tries in zip(backoff(), range(1, END_TRIES + 1), strict=False):
            try:
                if self._leaving:
                    await database.write(sessions.release, self.session_id, self.lease)
                elif error is not None and not self._was_live:
                    # Refused before anything was heard: there is nothing to list.
                    await database.write(sessions.take_back, self.session_id, self.lease)
                else:
                    self.segments = await database.write(sessions.end, self.session_id, self.lease)
                return
            except (LeaseLost, SessionUnknown):
                return
            except DatabaseFailed as exc:
                self._log.warning("end_failed", error=type(exc).__name__)
                if self._leaving and tries >= LEAVE_TRIES:
                    return
            await asyncio.sleep(delay_s)

    async def _renew(self) -> None:
        """Hold the lease."""
        while True:
            await asyncio.sleep(conf.lease_s / 3)
            await self._note(None)

    async def _report_heard(self) -> None:
        """Tell the host what it may forget, once that survives us."""
        while True:
            await asyncio.sleep(conf.heard_interval_s)
            samples = self._relay.safe_samples
            if samples > max(self._stored_samples, self._noted_samples) and not await self._note(samples):
                continue
            if self.host is not None:
                self.host.tell(Outgoing("heard", messages.encode_heard(samples)))

    async def _report_standing(self) -> None:
        """Count on while the upstream or the store is away. Waits for neither."""
        while True:
            await asyncio.sleep(conf.heard_interval_s)
            self._say_status()
            error = self._arrears.news(waiting=self._relay.unstored, is_full=self._relay.store_is_full)
            if error is not None:
                self._log.warning("store_behind", waiting=error.waiting, full=error.is_full)
                if self.host is not None:
                    self.host.tell(Outgoing("error", messages.encode_error(error)))

    async def _note(self, samples: int | None, *, lost: CaptionError | None = None) -> bool:
        """Renew the lease and, with ``samples``, write down that nothing is pending before.

        ``lost`` is why it is lost, should it be, where that is known better than the database does.
        """
        try:
            await database.write(sessions.renew, self.session_id, self.lease, conf.lease_s, samples)
        except LeaseLost as exc:
            self.supersede(lost or exc)
            return False
        except DatabaseFailed as exc:
            self._log.warning("renew_failed", error=type(exc).__name__)
            return False
        if samples is not None:
            self._noted_samples = samples
        return True


def _relay_limits() -> RelayLimits:
    return RelayLimits(
        ring_ms=conf.ring_ms,
        quiet_flush_ms=conf.quiet_flush_ms,
        flush_timeout_s=conf.stt_flush_timeout_s,
        probe_s=conf.stt_probe_s,
        deaf_s=conf.stt_deaf_s,
        away_limit_s=conf.stt_away_limit_s,
        idle_s=conf.stt_idle_s,
        preroll_ms=conf.stt_preroll_ms,
        json_ping_s=conf.stt_json_ping_s,
        replay_rate=conf.replay_rate,
        unstored_captions=conf.unstored_captions,
        unstored_bytes=conf.unstored_bytes,
    )


_airs: dict[UUID, OnAir] = {}
_doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def airs() -> list[OnAir]:
    """The sessions that this process has on the air."""
    return list(_airs.values())


async def go_on_air(*, slug: str, user: Visitor, start: Start, host: Host) -> OnAir:
    """Take a room's air for a host and start, or go on with, its session.

    Nothing is opened upstream before the host may. Raises what :func:`services.sessions.claim` does,
    and ``UsedUp`` where nothing of today's speech time is left.
    """
    trace = start.trace or new_id()
    door = _doors.setdefault(slug.lower()[:100], asyncio.Lock())
    async with door:
        meter = await may_spend(slug, user, session=start.session)
        claim = await _claim(slug, user, start)
        air = _airs.get(claim.session_id)
        if air is not None and air.ending:
            await air.ended()
            claim = await _claim(slug, user, start)
            air = None
        if air is None:
            air = OnAir(claim, meter, trace)
            air.adopt(host, claim.lease, trace)
            _airs[claim.session_id] = air
            try:
                await air.begin()
            except Exception:
                # Nobody speaks for it now, so nobody need wait until the lease runs out.
                await database.write(sessions.release, claim.session_id, claim.lease)
                raise
        else:
            air.adopt(host, claim.lease, trace)
            air.spend.bill(meter)
        for other in list(_airs.values()):
            if other.room_id == claim.room_id and other is not air:
                other.supersede(Superseded())
        air.announce()
    log.info("on_air", trace=trace, session=str(claim.session_id), room=claim.room_id, resumed=claim.resumed)
    return air


async def _claim(slug: str, user: Visitor, start: Start) -> sessions.Claim:
    held = next((air for air in _airs.values() if str(air.session_id) == start.session), None)
    return await database.write(
        sessions.claim,
        room_slug=slug,
        user=user,
        language=start.language,
        session_id=start.session,
        take_over=start.take_over,
        is_new=start.is_new,
        lease_s=conf.lease_s,
        engine=conf.stt.engine_name,
        held=held.lease if held is not None else None,
    )


async def let_all_go() -> None:
    """The end of this process."""
    await asyncio.gather(*(air.let_go() for air in list(_airs.values())))


lifetime.at_end(let_all_go)
