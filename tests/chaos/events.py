"""A program that follows a room's event stream, as docs/protocol.md tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from tests.chaos.clocks import Clock
from tests.chaos.proxy import Proxy
from tests.chaos.verdict import Row

RETRY_S = 1.0


class EventReader:
    """Keeps segments by id; when the stream breaks it goes on with ``Last-Event-ID``."""

    def __init__(self, *, slug: str, line: Proxy, clock: Clock) -> None:
        self.version = ""
        self.streams = 0
        """How often it has connected."""
        self.saw: list[Row] = []
        """Every segment it was told, in order."""
        self._url = f"http://127.0.0.1:{line.port}/r/{slug}/events"
        self._clock = clock
        self._held: dict[str, Row] = {}
        self._news = asyncio.Condition()

    @property
    def shown(self) -> list[Row]:
        """What it holds, in order."""
        return sorted(self._held.values(), key=lambda row: (row["offset_ms"], row["utterance"]))

    async def reach(self, version: int) -> None:
        """Wait until it holds all up to a version of the room."""
        async with self._news:
            await self._news.wait_for(lambda: int(self.version or 0) >= version)

    async def follow(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            while True:
                with suppress(httpx.TransportError):
                    await self._read(client)
                await self._clock.sleep(RETRY_S)

    async def _read(self, client: httpx.AsyncClient) -> None:
        headers = {"Last-Event-ID": self.version} if self.version else {}
        async with client.stream("GET", self._url, headers=headers) as answer:
            self.streams += 1
            event: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if line:
                    event[name] = value.removeprefix(" ")
                    continue
                await self._take(event)
                event = {}

    async def _take(self, event: dict[str, str]) -> None:
        message = json.loads(event.get("data") or "{}")
        segments = [*message.get("segments", []), *([message["segment"]] if "segment" in message else [])]
        async with self._news:
            for segment in segments:
                self.saw.append(segment)
                self._held[segment["id"]] = segment
            self.version = event.get("id") or self.version
            self._news.notify_all()


@asynccontextmanager
async def event_reader(*, slug: str, line: Proxy, clock: Clock) -> AsyncIterator[EventReader]:
    """One that follows for as long as this lasts."""
    reader = EventReader(slug=slug, line=line, clock=clock)
    following = asyncio.create_task(reader.follow())
    try:
        yield reader
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
