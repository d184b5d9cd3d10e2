"""Speech over plain HTTP, one request a piece, taken as it is made; only our own errors leave it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache

import httpx

from captions.errors import CaptionError, VoiceGarbled, VoiceLost, VoiceSilent
from captions.tts.events import Done, Piece, Reading, Sound
from captions.tts.patience import Patience
from captions.tts.refusals import refused
from captions.tts.service import Service
from captions.tts.sockets import Step
from captions.tts.speech import Speech
from captions.tts.watch import Watch
from captions.tts.wire import Garbled, HttpWire, Reader
from captions.upstream.faults import Fault, retry_after_s

LONGEST_REFUSAL_BYTES = 64 * 1024


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


# At DEBUG these write headers, in which our key goes out and a service may quote it. A level could be set
# anew by whoever configures the site's logging; a filter stays.
for _name in ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))):
    logging.getLogger(_name).addFilter(_is_warning)


async def speak_piece(
    service: Service, wire: HttpWire, speech: Speech, piece: Piece, watch: Watch
) -> AsyncGenerator[Step, None]:
    """Ask for one piece and give its audio. Closing it breaks the connection at once.

    Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent`` or ``VoiceGarbled``.
    """
    async with connected(service, wire.headers(service)) as client:
        request = client.build_request("POST", wire.path, json=wire.body(speech, piece.text))
        yield watch.line("out", "http", f"POST {wire.path}")
        yield watch.text("out", request.content.decode())
        async with answer(service, client, request) as response:
            watch.note("connect_ms")
            watch.note("ready_ms")
            yield watch.line("in", "http", f"{response.status_code} {_shown(response)}")
            if response.status_code != httpx.codes.OK or _is_json(response):
                body = await beginning(service, response, LONGEST_REFUSAL_BYTES)
                found = wire.refusal(body, response.status_code)
                raise refused(service, found, retry_after_s(response.headers.get("Retry-After")))
            if _is_page(response):
                raise VoiceGarbled(service=service.provider.label)
            yield piece
            reader = wire.reader()
            patience = Patience(service.first_byte_timeout_s, service.idle_timeout_s)
            async for data in _chunks(service, response, patience):
                readings = _read(service, reader, data)
                messages = reader.shown()
                if messages is None:
                    yield watch.binary("in", len(data))
                for message in messages or ():
                    yield watch.event(message.body, message.size_bytes)
                for reading in readings:
                    if isinstance(reading, Fault):
                        raise refused(service, reading)
                    if isinstance(reading, Sound) and reading.data:
                        patience.heard()
                    yield reading
                    if isinstance(reading, Done):
                        return
            for reading in reader.end():
                yield reading
    yield Done()


def _read(service: Service, reader: Reader, data: bytes) -> list[Reading]:
    try:
        return reader.feed(data)
    except Garbled:
        raise VoiceGarbled(service=service.provider.label) from None


@asynccontextmanager
async def connected(service: Service, headers: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key in its headers, which goes nowhere but to this service."""
    timeout = httpx.Timeout(
        service.idle_timeout_s, connect=service.connect_timeout_s, read=service.first_byte_timeout_s
    )
    # No redirects: they would carry the key to any host they name.
    async with httpx.AsyncClient(
        base_url=service.http_url,
        headers={"User-Agent": "voxweb", "Accept-Encoding": "identity", **headers},
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
        verify=_trusted(),
    ) as client:
        yield client


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: to read all the certificates there are takes longer than most first bytes."""
    return httpx.create_ssl_context(trust_env=False)


@asynccontextmanager
async def answer(
    service: Service, client: httpx.AsyncClient, request: httpx.Request
) -> AsyncIterator[httpx.Response]:
    """An answer, as soon as its head is there. Raises ``VoiceLost`` or ``VoiceSilent``."""
    label = service.provider.label
    error: CaptionError
    try:
        # The client's own limits begin anew with every byte.
        async with asyncio.timeout(service.connect_timeout_s + service.first_byte_timeout_s):
            response = await client.send(request, stream=True)
    except asyncio.CancelledError as exc:
        raise exc.with_traceback(None) from None
    except (TimeoutError, httpx.ReadTimeout):
        error = VoiceSilent(service=label, waited_s=f"{service.first_byte_timeout_s:g}")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        error = VoiceLost(service=label)
    else:
        try:
            yield response
        finally:
            await response.aclose()
        return
    raise error  # Here, where nothing hangs on it: the library's frames hold the key.


async def _chunks(
    service: Service, response: httpx.Response, patience: Patience
) -> AsyncGenerator[bytes, None]:
    label = service.provider.label
    has_any = False
    chunks = response.aiter_bytes()
    while True:
        error: CaptionError
        try:
            with patience.waiting():
                async with asyncio.timeout(patience.left_s):
                    chunk = await anext(chunks, None)
        except (TimeoutError, httpx.ReadTimeout):
            error = VoiceSilent(service=label, waited_s=f"{patience.limit_s:g}")
        except httpx.HTTPError:
            error = VoiceLost(VoiceLost.cut_off if has_any else "", service=label)
        else:
            if chunk is None:
                return
            has_any = has_any or bool(chunk)
            yield chunk
            continue
        raise error


async def beginning(service: Service, response: httpx.Response, most_bytes: int) -> bytes:
    """The first of an answer that is no sound; as much as comes in time, should it break off."""
    body = bytearray()
    patience = Patience(service.idle_timeout_s, service.idle_timeout_s)
    with contextlib.suppress(VoiceLost, VoiceSilent):
        async for chunk in _chunks(service, response, patience):
            body += chunk
            if len(body) > most_bytes:
                break
    return bytes(body[:most_bytes])


def _is_json(response: httpx.Response) -> bool:
    """Whether it is a message; types of sound are not spelled out (contract, 3.1)."""
    return str(response.headers.get("content-type", "")).startswith("application/json")


def _is_page(response: httpx.Response) -> bool:
    kind = str(response.headers.get("content-type", ""))
    return kind.startswith("text/") and not kind.startswith("text/event-stream")


def _shown(response: httpx.Response) -> str:
    """The headers that tell of the audio."""
    told = ("content-type", "x-request-id", "x-voice-id", "x-language", "x-sample-rate", "x-duration-ms")
    return "\n".join(f"{name}: {response.headers[name]}" for name in told if name in response.headers)
