"""Vachana: text to speech over HTTP, whole or as server-sent events (voice-API contract, 6.4 and 6.5)."""

from __future__ import annotations

import asyncio
import base64
import json
from abc import ABC, abstractmethod
from contextlib import aclosing

import structlog
from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Admitted
from captions.speechserver.presence import Asked, abort, while_present
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.encoding import ENCODINGS
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.vendors import vachana_order
from captions.speechserver.vendors.vachana import Refused, keyed, refusal
from captions.speechserver.vendors.vachana_audio import Chunks
from captions.speechserver.vendors.vachana_order import LONGEST_TEXT, Order, said

log = structlog.get_logger(__name__)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/api/v1/tts/inference`` and ``/api/v1/tts/sse``."""

    def answering(kind: type[_Answer]) -> web.RouteDef:
        async def speak(request: web.Request, admitted: Admitted) -> web.StreamResponse:
            with server.journal.visiting(admitted.how, request.path) as visit:
                body = await _body(request)
                visit.text(body.decode("utf-8", "replace"))
                with server.holding(Asked(request)):
                    return await while_present(request, _answer(server, request, body, kind))

        return web.post(kind.path, keyed(server, speak))

    return [answering(_Whole), answering(_Events)]


async def _answer(
    server: SpeechServer, request: web.Request, body: bytes, kind: type[_Answer]
) -> web.StreamResponse:
    await server.gate.silence()
    await asyncio.sleep(server.switches.latency_ms / 1000)
    try:
        order = vachana_order.parse(body, server.speaker, is_strict=server.switches.va_strict)
        return await kind(server, request, order).send()
    except Refused as exc:
        return refusal(exc.status, str(exc))


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return json.dumps({"text": "x" * (LONGEST_TEXT + 1)}).encode()


class _Answer(ABC):
    """The audio of one request on its way."""

    path = ""

    def __init__(self, server: SpeechServer, request: web.Request, order: Order) -> None:
        self.server = server
        self.request = request
        self.order = order

    async def send(self) -> web.StreamResponse:
        """Raises ``Refused`` where the synthesis fails before anything was sent."""
        course = Course(self.order.rate_hz, lambda: self.server.switches)
        try:
            async with aclosing(course.follow(said(self.server.speaker, self.order))) as audio:
                async for piece in audio:
                    if isinstance(piece, Trouble):
                        await self.trouble(piece)
                    else:
                        await self.more(piece)
        except CaptionError as exc:
            log.warning("speech_failed", reason=str(exc))
            raise Refused("the synthesis ended unexpectedly", 500) from exc
        return await self.end()

    @abstractmethod
    async def more(self, pcm: bytes) -> None:
        """Audio."""

    @abstractmethod
    async def end(self) -> web.StreamResponse:
        """All of it was made."""

    async def trouble(self, trouble: Trouble) -> None:
        """Break the connection."""
        abort(self.request)
        raise ConnectionResetError("dropped on purpose")


class _Whole(_Answer):
    """Nothing is sent before all of it is made."""

    path = "/api/v1/tts/inference"

    def __init__(self, server: SpeechServer, request: web.Request, order: Order) -> None:
        super().__init__(server, request, order)
        self._chunks = Chunks(order, lambda: server.switches.changed({"va_wav": "none"}))
        self._made: list[bytes] = []
        self._is_garbled = False

    async def more(self, pcm: bytes) -> None:
        self._made += self._chunks.more(pcm)

    async def trouble(self, trouble: Trouble) -> None:
        if trouble is Trouble.GARBLE:
            self._is_garbled = True
        else:
            await super().trouble(trouble)

    async def end(self) -> web.StreamResponse:
        data = b"".join([*self._made, *self._chunks.end()])
        if self._is_garbled:
            return web.Response(text="<html>this is no audio</html>", content_type="text/html")
        known = ENCODINGS.get(self.order.format)
        if self.order.format == "wav":
            data = wav.header(self.order.rate_hz, self.order.channels, len(data)) + data
        kind = known.media_type if known else "audio/wav" if self.order.format == "wav" else "audio/pcm"
        return web.Response(body=data, content_type=kind)


class _Events(_Answer):
    """Each chunk is an event, in one of two vocabularies."""

    path = "/api/v1/tts/sse"

    def __init__(self, server: SpeechServer, request: web.Request, order: Order) -> None:
        super().__init__(server, request, order)
        self._is_sdk = server.switches.va_sse == "sdk"
        self._chunks = Chunks(order, lambda: server.switches, is_whole=self._is_sdk)
        self._sent = 0
        self._response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        self._response.enable_chunked_encoding()

    async def more(self, pcm: bytes) -> None:
        await self._begin()
        for chunk in self._chunks.more(pcm):
            await self._audio(chunk)

    async def end(self) -> web.StreamResponse:
        await self._begin()
        for chunk in self._chunks.end():
            await self._audio(chunk)
        if self._is_sdk:
            last = {"chunk_index": self._sent, "audio": "", "is_final": True}
            await self._event("complete", json.dumps(last))
        else:
            await self._event("completed", json.dumps({"status": "success"}))
        await self._response.write_eof()
        return self._response

    async def trouble(self, trouble: Trouble) -> None:
        if trouble is Trouble.GARBLE:
            await self._begin()
            await self._event("audio_chunk", "this is neither Base64 nor JSON")
        else:
            await super().trouble(trouble)

    async def _begin(self) -> None:
        if self._response.prepared:
            return
        await self._response.prepare(self.request)
        if self._is_sdk:
            await self._event("start", json.dumps({"status": "streaming_started"}))

    async def _audio(self, chunk: bytes) -> None:
        audio = base64.b64encode(chunk).decode("ascii")
        index, self._sent = self._sent, self._sent + 1
        if self._is_sdk:
            await self._event("chunk", json.dumps({"chunk_index": index, "audio": audio}))
        else:
            await self._event("audio_chunk", audio)

    async def _event(self, name: str, data: str) -> None:
        await self._response.write(f"event: {name}\ndata: {data}\n\n".encode())
