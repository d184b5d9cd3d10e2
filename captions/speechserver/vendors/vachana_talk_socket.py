"""Vachana: one socket that speaks (voice-API contract, 6.1 and 6.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import structlog
from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Admitted
from captions.speechserver.connection import Connection, Limit
from captions.speechserver.handshake import accept, breaker
from captions.speechserver.journal import Visit
from captions.speechserver.protocol import Close, Drop, Send, SendBytes
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.vachana import keyed
from captions.speechserver.vendors.vachana_order import Order, said
from captions.speechserver.vendors.vachana_talk import Action, Speak, VachanaProtocol

UNSPOKEN_ORDERS = 20

log = structlog.get_logger(__name__)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/api/v1/tts``."""

    async def talk(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return await _talk(server, request, admitted)

    return [web.get("/api/v1/tts", keyed(server, talk))]


class Talk(Connection[Action]):
    """One socket that speaks: orders wait in line, and are given up when the client goes."""

    unsent_messages = 8

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: VachanaProtocol,
        *,
        speaker: Speaker,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        super().__init__(socket, protocol, switches=switches, visit=visit, abort=abort)
        self._protocol = protocol
        self._speaker = speaker
        self._unspoken: asyncio.Queue[Order] = asyncio.Queue(UNSPOKEN_ORDERS)

    def limits_s(self, switches: Switches) -> dict[Limit, float]:
        return {}

    def begin(self) -> None:
        self.group.create_task(self._speak_all())

    async def act(self, action: Action) -> None:
        match action:
            case Send() | SendBytes() | Close() | Drop():
                await self._queue(action)
            case Speak(order=order):
                await self._unspoken.put(order)

    async def _speak_all(self) -> None:
        while True:
            order = await self._unspoken.get()
            try:
                await self._speak(order)
            except CaptionError as exc:
                log.warning("speech_failed", reason=str(exc), visit=self._visit.number)
                await self.act_all(self._protocol.failed())

    async def _speak(self, order: Order) -> None:
        await self.act_all(self._protocol.began(order))
        course = Course(order.rate_hz, self._switches)
        async with aclosing(course.follow(said(self._speaker, order))) as audio:
            async for piece in audio:
                if isinstance(piece, Trouble):
                    await self.act_all(self._protocol.troubled(piece))
                else:
                    await self.act_all(self._protocol.spoken(piece))
        await self.act_all(self._protocol.ended())


async def _talk(server: SpeechServer, request: web.Request, admitted: Admitted) -> web.StreamResponse:
    socket = await accept(request)
    with server.journal.visiting(admitted.how, request.path) as visit:
        talk = Talk(
            socket,
            VachanaProtocol(server.speaker, lambda: server.switches, server.next_request_id),
            speaker=server.speaker,
            switches=lambda: server.switches,
            visit=visit,
            abort=breaker(request),
        )
        with server.holding(talk):
            await talk.run()
    return socket
