"""A speech service on a real loopback port that does as a test tells it, and records all it is sent.

Each connection is played by a function of the test, in the order they come; the last one plays all that
follow. What a ``Visit`` was sent stays readable afterwards: the handshake, the messages, the audio.

``position_audio`` makes PCM whose every two samples hold their own place in the session, so that the
audio itself proves what was replayed, left out or sent twice.
"""

from __future__ import annotations

import asyncio
import json
from array import array
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from captions.audio import SAMPLES_PER_MS, samples_in
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret

KEY = "key-of-the-tests"


def position_audio(first_ms: int, end_ms: int) -> bytes:
    """Audio from ``first_ms`` to ``end_ms`` of a session, each pair of samples numbered."""
    half = SAMPLES_PER_MS // 2
    return array("I", range(first_ms * half, end_ms * half)).tobytes()


def stretches_ms(pcm: bytes) -> list[tuple[float, float]]:
    """Which stretches of a session a piece of ``position_audio`` is, in the order they stand in it."""
    numbers = array("I", pcm)
    found: list[tuple[float, float]] = []
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            half = SAMPLES_PER_MS / 2
            found.append((numbers[start] / half, (numbers[at - 1] + 1) / half))
            start = at
    return found


@dataclass(eq=False)
class Visit:
    """One connection, from the service's side."""

    socket: ServerConnection
    path: str
    headers: Headers
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What was sent, without the audio's data."""
    pieces: list[bytes] = field(default_factory=list)
    """The audio, message by message."""
    samples: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def audio(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def audio_ms(self) -> float:
        return self.samples / SAMPLES_PER_MS

    @property
    def flushes(self) -> int:
        return sum(message.get("command") == "flush" for message in self.messages)

    async def receive(self) -> dict[str, Any]:
        """The next message, recorded."""
        message = json.loads(await self.socket.recv())
        if message["type"] == "audio":
            self.pieces.append(b64decode(message.pop("data"), validate=True))
            message["bytes"] = len(self.pieces[-1])
            self.samples += samples_in(self.pieces[-1])
        self.messages.append(message)
        self.news.set()
        return message

    async def begin(self) -> None:
        """Wait for ``init`` and answer it."""
        await self.receive()
        await self.ready()

    async def ready(self) -> None:
        await self.say(type="ready", request_id="req_1", language="en-US", format="pcm", sample_rate=16000)

    async def hear(self, until_ms: float) -> None:
        """Read until that much audio has come on this connection."""
        while self.audio_ms < until_ms:
            await self.receive()

    async def hear_flush(self) -> None:
        """Read until the next flush."""
        while (await self.receive()).get("command") != "flush":
            pass

    async def finish(self) -> None:
        """Answer a flush."""
        await self.say(type="flush_done", request_id="req_1")

    async def serve_flushes(self) -> None:
        """Read on and answer each flush, until the other side closes."""
        while True:
            await self.hear_flush()
            await self.finish()

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def interim(self, text: str, offset: int | None = None, duration: int | None = None) -> None:
        await self.say(**_transcript(text, False, offset, duration))

    async def final(
        self, text: str, offset: int | None = None, duration: int | None = None, **more: Any
    ) -> None:
        await self.say(**_transcript(text, True, offset, duration), **more)

    async def drop(self) -> None:
        """Break the line without a close frame."""
        self.socket.transport.abort()
        await self.socket.wait_closed()

    async def read_on(self) -> None:
        """Read, say nothing, until the other side closes."""
        while True:
            await self.receive()


def _transcript(text: str, is_final: bool, offset: int | None, duration: int | None) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "transcript", "request_id": "req_1", "text": text, "is_final": is_final}
    if offset is not None:
        body["offset"] = offset
    if duration is not None:
        body["duration"] = duration
    return body


Play = Callable[[Visit], Awaitable[None]]


class FakeUpstream:
    """The service: ``visits`` so far, and an ``upstream`` that leads to it."""

    def __init__(self, plays: tuple[Play, ...]) -> None:
        self.plays = plays
        self.visits: list[Visit] = []
        self.handshakes = 0
        self.news = asyncio.Event()
        self.refuse: Callable[[int, Request], Response | None] = lambda number, request: None
        """Called with the number of the handshake, from 0; a response is sent instead of accepting."""
        self.port = 0

    def upstream(self, **changes: Any) -> Upstream:
        fields: dict[str, Any] = {
            "ws_url": f"ws://127.0.0.1:{self.port}",
            "api_key": Secret(KEY),
            "open_timeout_s": 1.0,
            "close_timeout_s": 0.5,
            **changes,
        }
        return Upstream(**fields)

    def heard_ms(self) -> list[list[tuple[float, float]]]:
        """The stretches of the session each connection was sent."""
        return [stretches_ms(visit.audio) for visit in self.visits]

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so, looked at whenever something came."""
        while not happened():
            self.news.clear()
            await self.news.wait()

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        number, self.handshakes = self.handshakes, self.handshakes + 1
        self.news.set()
        return self.refuse(number, request)

    async def handle(self, socket: ServerConnection) -> None:
        request = socket.request
        assert request is not None
        visit = Visit(socket, request.path, request.headers, news=self.news)
        play = self.plays[min(len(self.visits), len(self.plays) - 1)]
        self.visits.append(visit)
        self.news.set()
        try:
            await play(visit)
        except ConnectionClosed:
            return
        finally:
            self.news.set()


def http_response(status: int, body: str = "", **headers: str) -> Response:
    """A refusal of a handshake; names of headers with ``_`` for ``-``."""
    data = body.encode()
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    named["Content-Length"] = str(len(data))
    return Response(status, "Refused", named, data)


@asynccontextmanager
async def fake_upstream(*plays: Play, port: int = 0) -> AsyncIterator[FakeUpstream]:
    """A service whose n-th connection is played by the n-th of ``plays``."""
    fake = FakeUpstream(plays)
    server: Server
    async with serve(
        fake.handle,
        "127.0.0.1",
        port,
        process_request=fake.process_request,
        compression=None,
        close_timeout=0.2,
        max_size=None,
    ) as server:
        fake.port = next(iter(server.sockets)).getsockname()[1]
        yield fake


__all__ = [
    "KEY",
    "FakeUpstream",
    "Play",
    "Visit",
    "fake_upstream",
    "http_response",
    "position_audio",
    "stretches_ms",
]
