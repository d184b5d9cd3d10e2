"""One recogniser with its session, as the server's event loop sees it; where it runs, subclasses know."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from typing import ClassVar

from captions.audio import ms_to_samples, samples_in
from captions.errors import CaptionError
from captions.speechserver.conversation import (
    Audio,
    Failed,
    Flush,
    Flushed,
    Heard,
    Open,
    Opened,
    Reply,
    Request,
)

BACKLOG_MS = 60_000
"""Audio a recogniser may have before it that it has not dealt with; more of it has to wait."""
OPEN_TIMEOUT_S = 30.0


class RecogniserLost(CaptionError):
    """A recogniser ended while it had a session, or could not be started."""

    code: ClassVar[str] = "speech.recogniser_lost"


class Recogniser(ABC):
    """One session. ``feed`` and ``flush`` are called by one task, ``next_reply`` by another."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._fed = 0
        self._done = 0
        self._moved = asyncio.Event()
        self._is_over = False

    @property
    def backlog_ms(self) -> int:
        """Audio fed that it has not dealt with yet."""
        return (self._fed - self._done) * 1000 // ms_to_samples(1000)

    async def start(self, language: str) -> None:
        """Open the engine's session. Raises ``RecogniserLost``."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._ask(Open(language))
                reply = await self._next()
        except TimeoutError as exc:
            raise RecogniserLost("the recogniser did not start in time") from exc
        match reply:
            case Opened(pid=pid):
                self.pid = pid
            case Failed(reason=reason):
                raise RecogniserLost(f"the engine did not start: {reason}")
            case _:
                raise RecogniserLost("the recogniser spoke before it was open")

    async def feed(self, pcm: bytes) -> None:
        """Hand over audio; waits only while more than ``BACKLOG_MS`` of it is not dealt with."""
        while self.backlog_ms > BACKLOG_MS and not self._is_over:
            self._moved.clear()
            await self._moved.wait()
        self._fed += samples_in(pcm)
        await self._ask(Audio(pcm))

    async def flush(self) -> None:
        """Have it finish; ``Flushed`` is among the replies then."""
        await self._ask(Flush())

    async def next_reply(self) -> Heard | Flushed:
        """The next thing it says. Raises ``RecogniserLost``."""
        try:
            reply = await self._next()
            match reply:
                case Heard(samples=samples):
                    self._done = samples
                    self._moved.set()
                    return reply
                case Flushed():
                    return reply
                case Failed(reason=reason):
                    raise RecogniserLost(f"the engine failed: {reason}")
                case Opened():
                    raise RecogniserLost("the recogniser opened twice")
        except RecogniserLost:
            self._is_over = True
            self._moved.set()
            raise

    @abstractmethod
    async def end(self) -> None:
        """End the session and wait until nothing of it is left. May be called twice."""

    @abstractmethod
    async def _ask(self, request: Request) -> None:
        """Pass a request on. Where nobody hears it any more it is dropped; ``_next`` tells of that."""

    @abstractmethod
    async def _next(self) -> Reply:
        """The next reply. Raises ``RecogniserLost``."""
