"""VoxNexus: text to speech over REST, the audio sent as it is made (voice-API contract, 3.1 and 8.3)."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import structlog
from aiohttp import web

from captions.audio import BYTES_PER_SAMPLE
from captions.errors import CaptionError
from captions.speechserver.access import Admitted
from captions.speechserver.presence import Asked, abort, while_present
from captions.speechserver.protocol import Message, Refusal, text_of
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.vendors import voxnexus_order
from captions.speechserver.vendors.voxnexus import CREATED_AT, keyed, refusal, speaking
from captions.speechserver.vendors.voxnexus_order import Order, said
from captions.speechserver.vendors.voxnexus_voices import Catalogue

CONTENT_TYPES = {"wav": "audio/wav", "pcm": "audio/pcm"}

log = structlog.get_logger(__name__)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/v1/tts``."""

    async def speak(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        with server.journal.visiting(admitted.how, request.path) as visit:
            body = await _body(request)
            visit.text(body or "")
            with server.holding(Asked(request)):
                return await while_present(request, _answer(server, request, body))

    return [web.post("/v1/tts", keyed(server, speaking(server, speak)))]


async def _answer(server: SpeechServer, request: web.Request, body: str | None) -> web.StreamResponse:
    request_id = server.next_request_id()
    await server.gate.silence()
    await asyncio.sleep(server.switches.latency_ms / 1000)
    try:
        text, order = _parse(body, Catalogue(server.speaker))
        return await _Reply(server, request, request_id, order).send(text)
    except Refusal as exc:
        return refusal(exc, request_id)


class _Reply:
    """The audio of one request on its way. Nothing is sent before there is some."""

    def __init__(self, server: SpeechServer, request: web.Request, request_id: str, order: Order) -> None:
        self._server = server
        self._request = request
        self._order = order
        self._response = web.StreamResponse(headers=_headers(order, request_id))
        self._response.enable_chunked_encoding()

    async def send(self, text: str) -> web.StreamResponse:
        """Raises ``Refusal`` where the synthesis fails at once; later it breaks the connection."""
        try:
            if self._server.switches.duration_header:
                await self._send_whole(text)
            else:
                await self._send_as_made(text)
        except CaptionError as exc:
            log.warning("speech_failed", reason=str(exc))
            if not self._response.prepared:
                raise Refusal("INTERNAL_ERROR", "the synthesis ended unexpectedly") from exc
            abort(self._request)
        return self._response

    async def _send_as_made(self, text: str) -> None:
        course = Course(self._order.rate_hz, lambda: self._server.switches)
        audio = course.follow(said(self._server.speaker, text, self._order))
        async with aclosing(audio):
            async for piece in audio:
                await self._begin()
                if isinstance(piece, bytes):
                    await self._response.write(piece)
                else:
                    self._trouble(piece)
        await self._begin()
        await self._response.write_eof()

    async def _send_whole(self, text: str) -> None:
        """The length goes out with the headers, so that all of it is made first."""
        async with aclosing(said(self._server.speaker, text, self._order)) as pieces:
            pcm = b"".join([piece async for piece in pieces])
        samples = len(pcm) // BYTES_PER_SAMPLE
        self._response.headers["X-Duration-Ms"] = str(samples * 1000 // self._order.rate_hz)
        await self._begin(len(pcm))
        await self._response.write(pcm)
        await self._response.write_eof()

    async def _begin(self, data_bytes: int = wav.UNKNOWN_BYTES) -> None:
        if self._response.prepared:
            return
        await self._response.prepare(self._request)
        if self._order.format == "wav":
            await self._response.write(wav.header(self._order.rate_hz, data_bytes=data_bytes))

    def _trouble(self, trouble: Trouble) -> None:
        transport = self._request.transport
        if trouble is Trouble.GARBLE and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"this is no length of a chunk\r\n")
            return
        abort(self._request)
        raise ConnectionResetError("dropped on purpose")


async def _body(request: web.Request) -> str | None:
    """``None`` if it is larger than any that can be taken."""
    try:
        return (await request.read()).decode("utf-8", "replace")
    except web.HTTPRequestEntityTooLarge:
        return None


def _parse(body: str | None, catalogue: Catalogue) -> tuple[str, Order]:
    """Raises ``Refusal``."""
    if body is None:
        raise Refusal("TEXT_TOO_LONG", f"a text has at most {voxnexus_order.LONGEST_TEXT} characters")
    fields = _object(body)
    text = text_of(fields, "text", "")
    if not text.strip():
        raise Refusal("INVALID_REQUEST", "text is required")
    voxnexus_order.check_length(len(text))
    return text, voxnexus_order.parse(fields, catalogue)


def _object(body: str) -> Message:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refusal("INVALID_REQUEST", "not JSON") from exc
    if not isinstance(fields, dict):
        raise Refusal("INVALID_REQUEST", "a JSON object is expected")
    return fields


def _headers(order: Order, request_id: str) -> dict[str, str]:
    return {
        "Content-Type": CONTENT_TYPES[order.format],
        "X-Request-ID": request_id,
        "X-Voice-ID": order.voice.id,
        "X-Language": order.language,
        "X-Audio-Format": order.format,
        "X-Sample-Rate": str(order.rate_hz),
        "X-Created-At": CREATED_AT,
    }
