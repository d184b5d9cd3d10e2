"""How fast audio goes out."""

from __future__ import annotations

import asyncio
from time import monotonic

from captions.audio import RATE_HZ

BURST_S = 0.1
"""Time that may be made up for after a pause: a timer that comes late costs no delay."""


class Pace:
    """Keeps to ``rate`` times real time; live audio never has to wait here."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._due_s = 0.0

    async def keep(self, samples: int) -> None:
        """Wait until so many samples may go out."""
        now_s = monotonic()
        self._due_s = max(self._due_s, now_s - BURST_S)
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)
        self._due_s += samples / (RATE_HZ * self._rate)
