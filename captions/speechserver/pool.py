"""The recognisers of one engine: one a session, so many at a time and no more."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from captions.errors import CaptionError
from captions.speechserver.engines.base import SttEngine
from captions.speechserver.engines.registry import EngineChoice, build
from captions.speechserver.processes import Nursery
from captions.speechserver.recogniser import Recogniser
from captions.speechserver.threads import ThreadRecogniser

THREADS = 64
"""Sessions at a time of an engine that runs in threads."""
GRACE_S = 0.5
"""Who closes a session and comes back at once finds its recogniser still being let go of, and waits."""


class AllTaken(CaptionError):
    """Every recogniser has a session."""

    code: ClassVar[str] = "speech.all_taken"


class Pool:
    """Opens a recogniser for a session and lets go of it when the session ends."""

    def __init__(self, choice: EngineChoice, *, limit: int | None = None) -> None:
        """At most ``limit`` sessions at a time; by default two a core for engines in processes of
        their own, ``THREADS`` for those in threads. Raises ``EngineUnavailable``.
        """
        self.engine: SttEngine = build(choice)
        in_processes = self.engine.isolation == "process"
        self.limit = limit if limit is not None else (2 * _cores() if in_processes else THREADS)
        self._nursery = Nursery(choice) if in_processes else None
        self._open: set[Recogniser] = set()
        self._free = asyncio.Semaphore(self.limit)

    @property
    def sessions(self) -> int:
        """Sessions there are now."""
        return len(self._open)

    @property
    def pids(self) -> list[int]:
        """Processes that have a session now."""
        return [recogniser.pid for recogniser in self._open]

    async def start(self) -> None:
        """Load the model. Raises ``EngineUnavailable``."""
        if self._nursery is not None:
            await self._nursery.start()
        else:
            await asyncio.to_thread(self.engine.load)

    async def close(self) -> None:
        """Let go of the model; sessions have ended before. A process that has not ends by itself."""
        if self._nursery is not None:
            await self._nursery.close()

    @asynccontextmanager
    async def recogniser(self, language: str) -> AsyncIterator[Recogniser]:
        """A recogniser for one session. Raises ``AllTaken`` or ``RecogniserLost``."""
        try:
            async with asyncio.timeout(GRACE_S):
                await self._free.acquire()
        except TimeoutError as exc:
            raise AllTaken(f"all {self.limit} recognisers are taken") from exc
        try:
            recogniser = await self._make()
            self._open.add(recogniser)
            try:
                await recogniser.start(language)
                yield recogniser
            finally:
                await recogniser.end()
                self._open.discard(recogniser)
        finally:
            self._free.release()

    async def _make(self) -> Recogniser:
        if self._nursery is not None:
            return await self._nursery.worker()
        return ThreadRecogniser(self.engine)


def _cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
