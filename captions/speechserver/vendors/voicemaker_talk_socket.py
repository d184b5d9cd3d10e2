"""Voicemaker: one socket that speaks (voice-API contract, 5.1)."""

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
from captions.speechserver.protocol import Close, Drop, Send
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.voicemaker import keyed, speaking
from captions.speechserver.vendors.voicemaker_order import Order, said
from captions.speechserver.vendors.voicemaker_talk import Action, Requests, Speak, VoicemakerProtocol

log = structlog.get_logger(__name__)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/api/v1/voice/convert`` as a socket."""
    requests = Requests()

    async def talk(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return await _talk(server, request, admitted, requests)

    return [web.get("/api/v1/voice/convert", keyed(server, speaking(server, talk)))]


class Talk(Connection[Action]):
    """One socket that speaks: requests wait in line, and are given up when the client goes."""

    unsent_messages = 8

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: VoicemakerProtocol,
        *,
        speaker: Speaker,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        super().__init__(socket, protocol, switches=switches, visit=visit, abort=abort)
        self._protocol = protocol
        self._speaker = speaker
        self._unspoken: asyncio.Queue[Order] = asyncio.Queue(Requests.most)
        self.stack.callback(protocol.closed)

    @property
    def is_busy(self) -> bool:
        return self._protocol.is_busy

    def limits_s(self, switches: Switches) -> dict[Limit, float]:
        return {"idle": switches.vm_idle_s}

    def begin(self) -> None:
        self.group.create_task(self._speak_all())

    async def act(self, action: Action) -> None:
        match action:
            case Send() | Close() | Drop():
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


async def _talk(
    server: SpeechServer, request: web.Request, admitted: Admitted, requests: Requests
) -> web.StreamResponse:
    socket = await accept(request)
    with server.journal.visiting(admitted.how, request.path) as visit:
        key = request.headers.get("Authorization", "")
        talk = Talk(
            socket,
            VoicemakerProtocol(server.speaker, lambda: server.switches, requests, key),
            speaker=server.speaker,
            switches=lambda: server.switches,
            visit=visit,
            abort=breaker(request),
        )
        with server.holding(talk):
            await talk.run()
    return socket
