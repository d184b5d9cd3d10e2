"""VoxNexus: one socket that speaks (voice-API contract, 3.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import structlog
from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Admitted
from captions.speechserver.connection import Connection
from captions.speechserver.handshake import accept, breaker
from captions.speechserver.journal import Visit
from captions.speechserver.protocol import Close, Drop, Send
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.voxnexus import realtime, speaking
from captions.speechserver.vendors.voxnexus_order import said
from captions.speechserver.vendors.voxnexus_talk import Action, Speak, TtsProtocol
from captions.speechserver.vendors.voxnexus_voices import Catalogue

UNSPOKEN_TEXTS = 100

log = structlog.get_logger(__name__)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/v1/tts/realtime``."""

    async def talk(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return await _talk(server, request, admitted)

    return [web.get("/v1/tts/realtime", realtime(server, speaking(server, talk)))]


class Talk(Connection[Action]):
    """One socket that speaks: what is to be spoken waits in line, and is given up when the client goes."""

    unsent_messages = 8

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: TtsProtocol,
        *,
        speaker: Speaker,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        super().__init__(socket, protocol, switches=switches, visit=visit, abort=abort)
        self._protocol = protocol
        self._speaker = speaker
        self._unspoken: asyncio.Queue[Speak] = asyncio.Queue(UNSPOKEN_TEXTS)
        self._course: Course | None = None
        self._is_speaking = False

    @property
    def is_busy(self) -> bool:
        return self._is_speaking

    def begin(self) -> None:
        self.group.create_task(self._speak_all())

    async def act(self, action: Action) -> None:
        match action:
            case Send() | Close() | Drop():
                await self._queue(action)
            case Speak():
                await self._unspoken.put(action)

    async def _speak_all(self) -> None:
        while True:
            speak = await self._unspoken.get()
            self._is_speaking = True
            try:
                await self._speak(speak)
            except CaptionError as exc:
                log.warning("speech_failed", reason=str(exc), visit=self._visit.number)
                await self.act_all(self._protocol.failed())
            self._is_speaking = False

    async def _speak(self, speak: Speak) -> None:
        order = speak.order
        course = self._course = self._course or Course(order.rate_hz, self._switches)
        if speak.text:
            async with aclosing(course.follow(said(self._speaker, speak.text, order))) as audio:
                async for piece in audio:
                    if isinstance(piece, Trouble):
                        await self.act_all(self._protocol.troubled(piece))
                    else:
                        await self.act_all(self._protocol.spoken(piece))
        if speak.is_last:
            self._course = None
        await self.act_all(self._protocol.ended(speak.is_last))


async def _talk(server: SpeechServer, request: web.Request, admitted: Admitted) -> web.StreamResponse:
    socket = await accept(request)
    with server.journal.visiting(admitted.how, request.path) as visit:
        talk = Talk(
            socket,
            TtsProtocol(Catalogue(server.speaker), lambda: server.switches, server.next_request_id),
            speaker=server.speaker,
            switches=lambda: server.switches,
            visit=visit,
            abort=breaker(request),
        )
        with server.holding(talk):
            await talk.run()
    return socket
