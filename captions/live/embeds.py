"""Who embeds which room: counted where pages are let in or refused, and stored every few seconds in one go.

Anybody can send any origin, so what waits is bounded. A process that is killed forgets what it has not
stored yet.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from contextvars import Context
from typing import Final

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.conf import conf
from captions.live import lifetime
from captions.live.tasks import end, spawn
from captions.services import embedding
from captions.services.embedding import Visit

log = structlog.get_logger(__name__)

LIMIT_S: Final = 0.5
"""At the end of the process, when there are words to be stored."""

Site = tuple[int, str]
"""A room, by its id, and an origin."""


class Embeds:
    """What this process has still to store, and the one task that does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: Counter[Site] = Counter()
        self._refused: Counter[Site] = Counter()
        self._sites: set[Site] = set()
        self._left_out = 0
        self._hurry = asyncio.Event()
        self._storing: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Sites that have still to be stored."""
        return len(self._sites)

    def seen(self, room_id: int, origin: str, *, accepted: bool) -> None:
        """See :func:`seen`."""
        with self._lock:
            self._add((room_id, origin), int(accepted), int(not accepted))
        self._wake()

    def _add(self, site: Site, accepted: int, refused: int) -> None:
        if site not in self._sites:
            if len(self._sites) >= conf.embeds_waiting:
                self._left_out += accepted + refused
                return
            self._sites.add(site)
        self._accepted[site] += accepted
        self._refused[site] += refused

    def _take(self) -> list[Visit]:
        with self._lock:
            visits = [Visit(*site, self._accepted[site], self._refused[site]) for site in self._sites]
            left_out = self._left_out
            self._forget()
        if left_out:
            log.warning("embeds_left_out", visits=left_out, bound=conf.embeds_waiting)
        return visits

    def _forget(self) -> None:
        self._accepted.clear()
        self._refused.clear()
        self._sites.clear()
        self._left_out = 0

    def _wake(self) -> None:
        """Have somebody store it. On another thread than the event loop's that is asked to do it soon."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            loop = lifetime.loop()
            with suppress(RuntimeError):  # it has ended
                if loop is not None:
                    loop.call_soon_threadsafe(self._start, context=Context())
        else:
            self._start()

    def _start(self) -> None:
        lifetime.watch()
        if self._storing is None or self._storing.done():
            self._hurry = asyncio.Event()
            self._storing = spawn(self._store(), name="embeds", context=Context())

    async def _store(self) -> None:
        while self._sites:
            with suppress(TimeoutError):
                async with asyncio.timeout(conf.embeds_save_s):
                    await self._hurry.wait()
            is_last = self._hurry.is_set()
            await self._store_all()
            if is_last:
                return

    async def _store_all(self) -> None:
        visits = self._take()
        try:
            await database.write(embedding.note, visits)
        except DatabaseFailed as exc:
            log.warning("embeds_unstored", error=type(exc).__name__, sites=len(visits))
            with self._lock:
                for visit in visits:
                    self._add((visit.room_id, visit.origin), visit.accepted, visit.refused)

    async def let_go(self) -> None:
        """The end of this process: one more attempt, at once."""
        if self._storing is not None:
            self._hurry.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LIMIT_S):
                    await asyncio.wait([self._storing])
            await end(self._storing)
            self._storing = None
        with self._lock:
            if self._sites:
                log.error("embeds_forgotten", sites=len(self._sites))
            self._forget()


embeds = Embeds()
lifetime.at_end(embeds.let_go, last=True)


def seen(room_id: int, origin: str, accepted: bool) -> None:
    """A page of ``origin`` (as :class:`captions.origins.Origin` writes it) has asked for a room's captions.

    Never waits: it adds to numbers under a lock that nobody holds for longer than that, and a task on the
    event loop stores them later. So a view may call it on whatever thread it runs.
    """
    embeds.seen(room_id, origin, accepted=accepted)
