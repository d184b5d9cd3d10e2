"""A host's socket: audio in, and what becomes of it out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic

from structlog.contextvars import bind_contextvars

from captions import database
from captions.audio import RATE_HZ, samples_in
from captions.conf import conf
from captions.consumers.base import Socket
from captions.consumers.visitor import caller, require_our_origin
from captions.errors import BadMessage, CaptionError, NotSignedIn
from captions.live import doorkeeper, messages
from captions.live.counts import counts
from captions.live.doorkeeper import Place
from captions.live.hub import RoomHub, in_room
from captions.live.messages import Since, Start, Stop
from captions.live.onair import OnAir, go_on_air
from captions.live.outbox import Outgoing
from captions.live.trace import new_id
from captions.models import Room
from captions.services.passes import Caller, Pass, host_pass
from captions.services.rooms import Visitor, find_room


class HostConsumer(Socket):
    """``/ws/rooms/<slug>/host/``. Strangers are refused here, before anything is opened upstream."""

    kind = "host"
    air: OnAir | None = None
    place: Place | None = None
    going: asyncio.Task[OnAir] | None = None
    """A start that the socket did not live to see the end of."""
    shown_out: CaptionError | None = None

    async def opened(self) -> None:
        """Look on from the beginning: a host that comes back sees the room before it is on the air."""
        self.opened_s, self.chunks, self.samples = monotonic(), 0, 0
        self.stack.callback(self._say_closed)
        self.stack.callback(self._detach)
        require_our_origin(self.scope)
        self.slug: str = self.scope["url_route"]["kwargs"]["slug"]
        who = await caller(self.scope)
        room, self.user, held = await database.read(_let_in, self.slug, who)
        self.place = Place(room.pk, held, self._show_out)
        doorkeeper.admit(self.place)
        self.log = self.log.bind(room=room.pk)
        self.log.info("host_opened", account=getattr(self.user, "pk", None))
        self.hub: RoomHub = await self.stack.enter_async_context(in_room(room.pk))
        self.hub.seat(self.outbox, host=True)
        self.stack.callback(self.hub.unseat, self.outbox)

    def heard_text(self, text: str) -> None:
        command = messages.parse_host(text, max_bytes=conf.max_text_bytes)
        match command:
            case Start():
                self.later(lambda: self._start(command))
            case Stop():
                self.later(self._stop)
            case Since():
                self.later(lambda: self._refill(command))

    def heard_bytes(self, data: bytes) -> None:
        if not self.entered:
            return  # Whether this is a host at all is still being asked.
        try:
            chunk = messages.parse_chunk(data, max_ms=conf.max_chunk_ms)
            if self.air is None:
                raise BadMessage("Say start first, and send audio once it is answered by ready.")
            self.air.push(chunk)
            self.chunks += 1
            self.samples += samples_in(chunk.pcm)
        except CaptionError as exc:
            counts.chunks_refused[exc.code] += 1
            raise

    def position(self) -> int | None:
        return self.air.samples if self.air is not None else None

    async def _start(self, start: Start) -> None:
        if self.air is not None:
            raise BadMessage("This socket is on the air already.")
        start = replace(start, trace=start.trace or new_id())
        bind_contextvars(trace=start.trace)
        self.log = self.log.bind(trace=start.trace)
        going = asyncio.create_task(go_on_air(slug=self.slug, user=self.user, start=start, host=self))
        try:
            air = await asyncio.shield(going)
        except asyncio.CancelledError:
            # The socket is gone and its claim is made: it must not stay without anybody to wait for.
            self.going = going
            going.add_done_callback(self._detach_from)
            raise
        if self.shown_out is not None:
            air.supersede(self.shown_out)
            return
        self.air = air
        self.log = self.log.bind(session=str(air.session_id))
        text = messages.encode_ready(
            session=str(air.session_id), samples=air.samples, trace=air.trace.current
        )
        self.tell(Outgoing("ready", text))
        self.air.spend.tell_host()

    async def _stop(self) -> None:
        if self.air is None:
            raise BadMessage("This socket is not on the air.")
        segments = await self.air.stop()
        self.air.spend.tell_host()
        text = messages.encode_stopped(session=str(self.air.session_id), segments=segments)
        self.air = None
        self.tell(Outgoing("stopped", text))

    async def _refill(self, since: Since) -> None:
        self.tell(await self.hub.changes(since.version))

    def _say_closed(self) -> None:
        self.log.info(
            "host_closed",
            reason=self.reason or "left",
            chunks=self.chunks,
            audio_s=round(self.samples / RATE_HZ, 1),
            open_s=round(monotonic() - self.opened_s, 1),
        )

    def _show_out(self, error: CaptionError) -> None:
        """This host may not speak any more: off the air, with what it said until now stored."""
        self.shown_out = error
        if self.air is not None and self.air.host is self:
            self.air.supersede(error)
        else:
            self.leave(error)

    def _detach(self) -> None:
        if self.going is None:
            self._let_go(self.air)

    def _detach_from(self, going: asyncio.Task[OnAir]) -> None:
        failed = going.cancelled() or going.exception() is not None
        self._let_go(None if failed else going.result())

    def _let_go(self, air: OnAir | None) -> None:
        """The socket is gone: its session waits for the host, as long as that may come back."""
        if air is not None:
            was_mine = air.host is self
            air.detach(self, self.place)
            if was_mine and self.shown_out is not None:
                air.supersede(self.shown_out)
        elif self.place is not None:
            doorkeeper.dismiss(self.place)


def _let_in(slug: str, who: Caller) -> tuple[Room, Visitor, Pass]:
    if who.is_stranger:
        raise NotSignedIn
    room = find_room(slug)
    visitor, held = host_pass(room, who)
    return room, visitor, held
