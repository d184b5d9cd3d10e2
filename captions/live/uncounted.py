"""Speech time that a database could not be told of when its session ended: told as soon as it is back.

It waits in memory. A process that is killed meanwhile, or ends while the database is still away, forgets
it, as it forgets what a session on the air has sent in the last few seconds; a line in the log says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.audio import samples_to_ms
from captions.conf import conf
from captions.live import lifetime
from captions.live.tasks import end, spawn
from captions.services import usage
from captions.spending import Payer
from captions.stt.backoff import backoff

log = structlog.get_logger(__name__)

LIMIT_S = 1.0
"""At the end of the process; well within :data:`captions.live.lifetime.LIMIT_S`."""


class Uncounted:
    """What this process has still to count, and the one task that does."""

    def __init__(self) -> None:
        self._samples: Counter[Payer] = Counter()
        self._hurry = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    @property
    def samples(self) -> int:
        return self._samples.total()

    def keep(self, samples: Mapping[Payer, int]) -> None:
        """Take over what a session could not have counted."""
        self._samples.update(samples)
        if self.samples and (self._telling is None or self._telling.done()):
            self._hurry = asyncio.Event()
            self._telling = spawn(self._tell(), name="spend-uncounted")

    async def _tell(self) -> None:
        for delay_s in backoff(first_s=1.0):
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._hurry.wait()
            try:
                await self._count_all()
                return
            except DatabaseFailed as exc:
                log.warning("spend_uncounted", error=type(exc).__name__, ms=samples_to_ms(self.samples))
            if self._hurry.is_set():
                return

    async def _count_all(self) -> None:
        for payer, samples in list(self._samples.items()):
            await database.write(usage.add, payer, samples, conf.limits)
            self._samples[payer] -= samples
            if not self._samples[payer]:
                del self._samples[payer]

    async def let_go(self) -> None:
        """The end of this process: one more attempt, at once."""
        if self._telling is None:
            return
        self._hurry.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await asyncio.wait([self._telling])
        await end(self._telling)
        if self.samples:
            log.error("spend_forgotten", ms=samples_to_ms(self.samples))
        self._samples.clear()
        self._telling = None


uncounted = Uncounted()
lifetime.at_end(uncounted.let_go)
