"""Voicemaker: text to speech over REST, as a stream or as a file to fetch (voice-API contract, 5.2)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Admitted
from captions.speechserver.presence import Asked, abort, while_present
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.vendors import voicemaker_order
from captions.speechserver.vendors.voicemaker import Refused, keyed, refusal, speaking
from captions.speechserver.vendors.voicemaker_audio import encoder, media_type
from captions.speechserver.vendors.voicemaker_order import Order, said

PATH = "/api/v1/voice/convert"
FILES_PATH = "/api/v1/voice/files"
MOST_FILES_BYTES = 64 << 20
CHARACTERS = 100_000
"""That the emulated account is said to have left."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    media_type: str
    until_s: float


class Files:
    """What was made and can be fetched for a while, no more than so many bytes: the oldest make room."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._count = 0

    def keep(self, data: bytes, order: Order) -> str:
        """Its name."""
        self._count += 1
        name = f"file{self._count:06d}.{order.format}"
        until_s = asyncio.get_running_loop().time() + order.store_hours * 3600
        self._files[name] = _File(data, media_type(order), until_s)
        while sum(len(file.data) for file in self._files.values()) > MOST_FILES_BYTES:
            self._files.popitem(last=False)
        return name

    def find(self, name: str) -> _File | None:
        """A file that is still kept."""
        file = self._files.get(name)
        return file if file is not None and file.until_s > asyncio.get_running_loop().time() else None


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/api/v1/voice/convert`` over HTTP, and where its files are."""
    files = Files()

    async def convert(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        with server.journal.visiting(admitted.how, request.path) as visit:
            body = await request.text()
            visit.text(body)
            with server.holding(Asked(request)):
                return await while_present(request, _answer(server, request, body, files))

    async def fetch(request: web.Request) -> web.StreamResponse:
        file = files.find(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.media_type)

    return [
        web.post(PATH, keyed(server, speaking(server, convert))),
        web.get(FILES_PATH + "/{name}", fetch),
    ]


async def _answer(server: SpeechServer, request: web.Request, body: str, files: Files) -> web.StreamResponse:
    await server.gate.silence()
    await asyncio.sleep(server.switches.latency_ms / 1000)
    try:
        order = voicemaker_order.parse(body, server.speaker, server.switches, is_rest=True)
        conversion = _Conversion(server, request, order)
        if order.is_stream:
            return await conversion.stream()
        name = files.keep(await conversion.whole(), order)
    except Refused as refused:
        return refusal(refused)
    left = CHARACTERS - len(order.text)
    path = str(request.url.origin().with_path(f"{FILES_PATH}/{name}"))
    told = {"success": True, "path": path, "usedChars": len(order.text)}
    return web.json_response({**told, "remainChars": left, "remainKeyChars": left})


class _Conversion:
    """One order over REST."""

    def __init__(self, server: SpeechServer, request: web.Request, order: Order) -> None:
        self._server = server
        self._request = request
        self._order = order
        self._encoder = encoder(order)
        self._response = web.StreamResponse(headers={"Content-Type": media_type(order)})
        self._response.enable_chunked_encoding()

    async def whole(self) -> bytes:
        """All of its audio, with its true length. Raises ``Refused``."""
        try:
            async with aclosing(said(self._server.speaker, self._order)) as pieces:
                pcm = b"".join([piece async for piece in pieces])
        except CaptionError as exc:
            raise Refused("The synthesis ended unexpectedly") from exc
        if self._encoder is None:
            return wav.header(self._order.rate_hz, data_bytes=len(pcm)) + pcm
        return self._encoder.feed(pcm) + self._encoder.end()

    async def stream(self) -> web.StreamResponse:
        """The audio as it is made. Raises ``Refused`` where it fails before there is any."""
        course = Course(self._order.rate_hz, lambda: self._server.switches)
        try:
            async with aclosing(course.follow(said(self._server.speaker, self._order))) as pieces:
                async for piece in pieces:
                    await self._begin()
                    if isinstance(piece, Trouble):
                        self._trouble(piece)
                    else:
                        await self._send(self._encoder.feed(piece) if self._encoder else piece)
        except CaptionError as exc:
            log.warning("speech_failed", reason=str(exc))
            if not self._response.prepared:
                raise Refused("The synthesis ended unexpectedly") from exc
            abort(self._request)
            return self._response
        await self._begin()
        await self._send(self._encoder.end() if self._encoder else b"")
        await self._response.write_eof()
        return self._response

    async def _begin(self) -> None:
        if not self._response.prepared:
            await self._response.prepare(self._request)
            await self._send(b"" if self._encoder else wav.header(self._order.rate_hz))

    async def _send(self, data: bytes) -> None:
        if data:
            await self._response.write(data)

    def _trouble(self, trouble: Trouble) -> None:
        transport = self._request.transport
        if trouble is Trouble.GARBLE and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"this is no length of a chunk\r\n")
            return
        abort(self._request)
        raise ConnectionResetError("dropped on purpose")
