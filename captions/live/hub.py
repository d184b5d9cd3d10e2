"""One hub a process and room: what happens in the room, handed to every socket that looks on.

A message is encoded once, put into the outbox of each local socket at once, and sent over the
channel layer for the hubs of other processes, which hand it on as it is. The layer may lose
messages and may be away: nobody here waits for it. What was lost shows by version: the ticker
compares each room with the database every few seconds, sends what is missing and says ``tick``.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Protocol

import structlog
from channels.layers import get_channel_layer
from django.db import Error as DatabaseFailed
from django.utils import timezone

from captions import database
from captions.conf import conf
from captions.errors import CaptionError, RoomClosed, RoomNotFound, Unavailable
from captions.live import doorkeeper, lag, lifetime, messages
from captions.live.counts import counts
from captions.live.groups import group_name
from captions.live.outbox import INTERIM, Outbox, Outgoing
from captions.live.tasks import end, spawn
from captions.live.wire import Claimed, Recheck, RoomEvent, from_wire, interim_key, to_wire, utterance_key
from captions.models import Room
from captions.services.captions import Changes, changes_since, newest
from captions.services.pulse import Pulse, pulses
from captions.stt.backoff import backoff

log = structlog.get_logger(__name__)

LAYER_BACKLOG = 1000
"""Messages kept for a layer that does not take them; the oldest go first, and versions show it. An interim
takes the place of the one that still waits for its utterance, so that it is finals that are kept."""
LAYER_TIMEOUT_S = 5.0
FAREWELL_S = 1.0
KEPT_REFILLS = 8
KEPT_INTERIMS = 8


class ChannelLayer(Protocol):
    """What a hub needs of a channel layer."""

    async def new_channel(self) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


class Worker(Protocol):
    """Who has a session of the room on the air in this process. Neither call waits."""

    def claimed(self, claim: Claimed) -> None:
        """A worker of another process has taken the air."""

    def closed(self) -> None:
        """The room was closed."""


@dataclass(frozen=True, slots=True)
class Refill:
    """Segments to catch up with, encoded (:func:`messages.encode_refill`); complete up to ``version``."""

    version: int
    text: str
    keys: frozenset[str]
    """The utterances that are in it."""

    def outgoing(self, type_: str, text: str) -> Outgoing:
        return Outgoing(type_, text, position=self.version, refill=True, ends=self.keys)


class RoomHub:
    """What one process knows of one room. Get it by :func:`in_room`; all of it is on one event loop."""

    def __init__(self, room_id: int, layer: ChannelLayer | None = None) -> None:
        self.room_id = room_id
        self.live = False
        """Whether somebody is on the air."""
        self.version = 0
        """The highest version heard of."""
        self.delivered = 0
        """Everything up to here has been handed to whoever was in the room."""
        self.workers: set[Worker] = set()
        """With one of them here, this process knows better than the database who is on the air."""
        self.users = 0
        self._opened_s = monotonic()
        self._joined_count = self._most_at_once = 0
        self._origin = uuid.uuid4().hex
        self._seats: dict[Outbox, bool] = {}
        self._emptied = asyncio.Event()
        self._ahead: set[int] = set()
        self._interims: OrderedDict[str, RoomEvent] = OrderedDict()
        self._status: Outgoing | None = None
        self._refills: OrderedDict[int | None, Refill] = OrderedDict()
        self._refilling = asyncio.Lock()
        self._outward: deque[dict[str, Any]] = deque()
        self._outward_interims: dict[str, dict[str, Any]] = {}
        self._outward_wake = asyncio.Event()
        self._outward_idle = asyncio.Event()
        self._outward_idle.set()
        self._failing: set[str] = set()
        self._layer: ChannelLayer = layer if layer is not None else get_channel_layer()
        self._channel = ""
        self._joined = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def outboxes(self) -> tuple[Outbox, ...]:
        """Of everybody who looks on here."""
        return tuple(self._seats)

    # --- what happens in the room ---

    def publish(self, event: RoomEvent) -> None:
        """Tell everybody in the room, here and in other processes. Never waits, never raises."""
        self._deliver(event)
        # A room's host is where its session is, so words need not travel.
        self._send_out(to_wire(replace(event, host=None), self._origin))

    def announce(self, claim: Claimed) -> None:
        """Tell the workers of other processes who has the room's air from now on."""
        self._send_out(to_wire(claim, self._origin))

    def _send_out(self, message: dict[str, Any]) -> None:
        key = interim_key(message)
        if (waiting := self._outward_interims.get(key)) is not None:
            waiting.update(message)
            return
        if len(self._outward) >= LAYER_BACKLOG:
            counts.layer_dropped["backlog"] += 1
            self._next_outward()
        if key:
            self._outward_interims[key] = message
        self._outward.append(message)
        self._outward_idle.clear()
        self._outward_wake.set()

    def _next_outward(self) -> dict[str, Any]:
        message = self._outward.popleft()
        self._outward_interims.pop(interim_key(message), None)
        return message

    def _deliver(self, event: RoomEvent) -> None:
        out, host = self._note(event), event.host
        for outbox, is_host in list(self._seats.items()):
            outbox.put(host if is_host and host is not None else out)
        if event.closed:
            self._close_room()

    def _note(self, event: RoomEvent) -> Outgoing:
        """Keep what late joiners need. What viewers are told comes back, with its position."""
        out = event.out
        if out.type == INTERIM:
            self._note_interim(event)
            return out
        if out.key:
            self._interims.pop(out.key, None)
        if event.live is not None:
            self.live = event.live
            self._status = out
            if not event.live:
                self._interims.clear()
        if not out.version:
            return out
        self._saw(out.version)
        return replace(out, position=self.delivered)

    def _note_interim(self, event: RoomEvent) -> None:
        key = event.out.key
        if event.blank:
            self._interims.pop(key, None)
            return
        # A session that came after another one ended it, however little was heard of that.
        others = [kept for kept, other in self._interims.items() if other.session != event.session]
        for kept in others:
            del self._interims[kept]
        self._interims[key] = event
        self._interims.move_to_end(key)
        if len(self._interims) > KEPT_INTERIMS:
            self._interims.popitem(last=False)

    def _saw(self, version: int) -> None:
        self.version = max(self.version, version)
        if version > self.delivered:
            self._ahead.add(version)
        self._complete_to(self.delivered)

    def _complete_to(self, version: int) -> None:
        self.version = max(self.version, version)
        self.delivered = max(self.delivered, version)
        self._ahead = {ahead for ahead in self._ahead if ahead > self.delivered}
        while self.delivered + 1 in self._ahead:
            self.delivered += 1
            self._ahead.discard(self.delivered)
        if len(self._ahead) > LAYER_BACKLOG:
            self._ahead.clear()  # far behind: the ticker refills from the database

    # --- sockets ---

    def seat(self, outbox: Outbox, *, host: bool = False) -> None:
        """Let a socket look on from now on; it first gets the interims that are open.

        Hosts are told words, and why a room was closed by whoever holds their session.
        """
        self._seats[outbox] = host
        self._joined_count += 1
        self._most_at_once = max(self._most_at_once, len(self._seats))
        for event in self._interims.values():
            outbox.put(event.out)

    def unseat(self, outbox: Outbox) -> None:
        if self._seats.pop(outbox, None) is not None:
            counts.interims_replaced += outbox.interims_replaced
        if not self._seats:
            self._emptied.set()

    async def empty(self) -> None:
        """Wait until nobody sits here."""
        while self._seats:
            self._emptied.clear()
            await self._emptied.wait()

    def dismiss(self, error: CaptionError, *, hosts: bool = False) -> None:
        """Tell every viewer why, and let it go; hosts too, if asked."""
        out = Outgoing("error", messages.encode_error(error))
        for outbox in [outbox for outbox, is_host in self._seats.items() if hosts or not is_host]:
            outbox.finish(out, code=error.close_code)

    def _close_room(self) -> None:
        self.live = False
        for worker in list(self.workers):
            worker.closed()
        self.dismiss(RoomClosed())

    @property
    def status(self) -> tuple[Outgoing, ...]:
        """The newest status while somebody is on the air, if one was heard: one message or none."""
        return (self._status,) if self.live and self._status is not None else ()

    async def greeting(self, room: Room, after: int | None) -> Outgoing:
        """A ``hello`` for a socket that has its seat already, so that nothing falls between the two.

        With ``after`` it holds what changed since; from a version that this room has not reached
        nothing can be told, so it is as for a newcomer.
        """
        refill = await self.refill(after)
        if after is not None:
            counts.refills["resumed"] += 1
        if after is not None and after > refill.version:
            refill = await self.refill(None)
        about = {"slug": room.slug, "title": room.title, "language": room.language}
        now = timezone.now().isoformat()
        text = messages.encode_hello(about, live=self.live, now=now, refill=refill.text)
        return refill.outgoing("hello", text)

    async def changes(self, after: int, *, why: str = "asked") -> Outgoing:
        """What changed after a version, as a message of its own; ``why`` is for the count."""
        counts.refills[why] += 1
        refill = await self.refill(after)
        return refill.outgoing("changes", messages.encode_changes(refill.text))

    async def refill(self, after: int | None) -> Refill:
        """What changed after a version, or (``None``) the newest segments. May raise ``django.db.Error``.

        One query serves all who ask for the same while the room does not go on: whoever asks has a
        seat already, and is told all that comes later.
        """
        async with self._refilling:
            kept = self._refills.get(after) if self._joined.is_set() else None
            if kept is not None and kept.version == self.version:
                self._refills.move_to_end(after)
                return kept
            found = await database.read(_changes, self.room_id, after)
            text = messages.encode_refill(
                version=found.version, segments=found.segments, more=found.more, removed=found.removed
            )
            self.version = max(self.version, found.version)
            keys = frozenset(utterance_key(row["session"], row["utterance"]) for row in found.segments)
            refill = self._refills[after] = Refill(found.version, text, keys)
            if len(self._refills) > KEPT_REFILLS:
                self._refills.popitem(last=False)
            return refill

    # --- standing: the database, every few seconds ---

    async def stand_at(self, pulse: Pulse | None) -> None:
        """Compare with the database (``None``: the room is gone), refill what is missing, and tick."""
        if pulse is None:
            self.dismiss(RoomNotFound())
            return
        if pulse.version > self.delivered:
            since = self.delivered
            changes = await self.changes(since, why="noticed")
            log.info("refilled", room=self.room_id, since=since, version=changes.position)
            self._complete_to(changes.position)
            self._tell_here(changes)
        if pulse.live != self.live and not self.workers:
            upstream = "live" if pulse.live else "ended"
            text = messages.encode_status(live=pulse.live, upstream=upstream)
            self._deliver(RoomEvent(Outgoing("status", text), live=pulse.live))
        if not pulse.is_open:
            self._close_room()
        self.tick()

    def tick(self) -> None:
        """Say where the room stands: whoever is behind that asks."""
        self._tell_here(Outgoing("tick", messages.encode_tick(self.version), position=self.delivered))

    def _tell_here(self, out: Outgoing) -> None:
        for outbox in self._seats:
            outbox.put(out)

    # --- the channel layer ---

    async def open(self) -> None:
        """Join the room's group, then see where the room stands; the second caller waits for the first.

        A layer that is away is asked again in the background. May raise ``django.db.Error``.
        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name=f"hub-open-{self.room_id}")
        await asyncio.shield(self._opening)

    async def _open(self) -> None:
        self._tasks = [
            spawn(self._hear(), name=f"hub-hear-{self.room_id}", context=Context()),
            spawn(self._speak(), name=f"hub-speak-{self.room_id}", context=Context()),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await self._joined.wait()
        pulse = (await database.read(pulses, [self.room_id])).get(self.room_id)
        if pulse is not None:
            self._complete_to(pulse.version)
            self.live = self.live or pulse.live

    def say_left(self) -> None:
        """One line for all who looked on, since somebody came into the empty room."""
        log.info(
            "room_left",
            room=self.room_id,
            joined=self._joined_count,
            most_at_once=self._most_at_once,
            open_s=round(monotonic() - self._opened_s, 1),
        )

    async def close(self) -> None:
        """Leave. What was published last still goes out, as far as the layer takes it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._outward_idle.wait()
        await end(self._opening, *self._tasks)
        if self._channel:
            await self._ask("leave", self._layer.group_discard(group_name(self.room_id), self._channel))

    async def rejoin(self) -> None:
        """Join again: a layer forgets members that were slow, or that joined a day ago."""
        if self._joined.is_set():
            await self._ask("join", self._layer.group_add(group_name(self.room_id), self._channel))

    async def _hear(self) -> None:
        """Hand on what other processes say."""
        delays = backoff()
        while True:
            try:
                await self._join()
                message = await self._layer.receive(self._channel)
                delays = backoff()
                if message.get("origin") != self._origin:
                    self._heard(message)
            except Exception as exc:
                counts.layer_failures["hear"] += 1
                log.warning("layer_failed", room=self.room_id, doing="hear", error=type(exc).__name__)
                await asyncio.sleep(next(delays))

    async def _join(self) -> None:
        if self._joined.is_set():
            return
        async with asyncio.timeout(LAYER_TIMEOUT_S):
            self._channel = self._channel or await self._layer.new_channel()
            await self._layer.group_add(group_name(self.room_id), self._channel)
        self._joined.set()

    def _heard(self, message: dict[str, Any]) -> None:
        match from_wire(message):
            case RoomEvent() as event:
                self._deliver(event)
            case Claimed() as claim:
                for worker in list(self.workers):
                    worker.claimed(claim)
            case Recheck():
                doorkeeper.recheck(self.room_id)
            case None:
                log.warning("layer_message_unknown", room=self.room_id)

    async def _speak(self) -> None:
        """Tell other processes, in order. What the layer does not take is left out: versions show it."""
        group = group_name(self.room_id)
        while True:
            while self._outward:
                await self._ask("tell", self._layer.group_send(group, self._next_outward()))
            self._outward_idle.set()
            await self._outward_wake.wait()
            self._outward_wake.clear()

    async def _ask(self, doing: str, request: Awaitable[None]) -> None:
        """Ask something of the layer; a failure is logged once, until it works again."""
        try:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await request
        except Exception as exc:
            counts.layer_failures[doing] += 1
            if doing == "tell":
                counts.layer_dropped["failed"] += 1
            if doing not in self._failing:
                log.warning("layer_failed", room=self.room_id, doing=doing, error=type(exc).__name__)
            self._failing.add(doing)
        else:
            self._failing.discard(doing)


def _changes(room_id: int, after: int | None) -> Changes:
    if after is None:
        return newest(room_id, conf.hello_segments, conf.changes_bytes)
    return changes_since(room_id, after, conf.changes_segments, conf.changes_bytes)


_hubs: dict[int, RoomHub] = {}
_closing: set[asyncio.Task[None]] = set()
_ticker: asyncio.Task[None] | None = None


@asynccontextmanager
async def in_room(room_id: int) -> AsyncIterator[RoomHub]:
    """This process's hub of a room, open for as long as anybody here is in it."""
    global _ticker
    lifetime.watch()
    lag.watch()
    hub = _hubs.get(room_id)
    if hub is None:
        hub = _hubs[room_id] = RoomHub(room_id)
    if _ticker is None or _ticker.done():
        _ticker = spawn(_tick(), name="ticker", context=Context())
    hub.users += 1
    try:
        await hub.open()
        yield hub
    finally:
        hub.users -= 1
        if not hub.users:
            del _hubs[room_id]
            hub.say_left()
            # A layer that is away takes its time, and whoever leaves last need not wait for it.
            closing = spawn(hub.close(), name=f"hub-close-{room_id}")
            _closing.add(closing)
            closing.add_done_callback(_closing.discard)
        if not _hubs and _ticker is not None:
            _ticker.cancel()
            _ticker = None


def hubs() -> list[RoomHub]:
    """Of the rooms that somebody in this process is in."""
    return list(_hubs.values())


async def closed() -> None:
    """Wait until the hubs that nobody is in any more have left their groups."""
    if _closing:
        await asyncio.wait(_closing)


async def _tick() -> None:
    """One round a ``conf.tick_interval_s`` for all rooms of this process."""
    while True:
        interval_s = conf.tick_interval_s
        await asyncio.sleep(interval_s)
        hubs = list(_hubs.values())
        standing: dict[int, Pulse] | None = None
        try:
            async with asyncio.timeout(interval_s):
                standing = await database.read(pulses, [hub.room_id for hub in hubs])
        except (DatabaseFailed, TimeoutError) as exc:
            log.warning("tick_without_database", error=type(exc).__name__)
        await asyncio.gather(*(_beat(hub, standing) for hub in hubs))


async def _beat(hub: RoomHub, standing: Mapping[int, Pulse] | None) -> None:
    try:
        await hub.rejoin()
        if standing is not None:
            await hub.stand_at(standing.get(hub.room_id))
            return
    except DatabaseFailed as exc:
        log.warning("tick_without_database", room=hub.room_id, error=type(exc).__name__)
    except Exception:
        log.exception("tick_failed", room=hub.room_id)
    # Readers take silence for a dead line, so they are told what is known.
    hub.tick()


async def dismiss_all() -> None:
    """The end of this process: everybody is told to come back, and given a moment to hear it."""
    hubs = list(_hubs.values())
    for hub in hubs:
        hub.dismiss(Unavailable(), hosts=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(FAREWELL_S):
            await asyncio.gather(*(hub.empty() for hub in hubs))
    await closed()


lifetime.at_end(dismiss_all)
