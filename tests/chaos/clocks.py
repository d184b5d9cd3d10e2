"""Time in all processes of a run: so many times faster than real, and the wall clock can be made to jump.

Only the clock is another one: every limit, delay and rate of the app and of the pages keeps the value it has
in production, and still a minute's outage takes a few seconds. What is heard of it in each process is shared
by a small file that is mapped into memory.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import selectors
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

LAYOUT = struct.Struct("<ddddB")
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns")
"""Where the server may be told it stands."""

_real_monotonic_s = time.monotonic


class Clock:
    """``pace`` times faster than real from when it was made; ``shift_s``: how far the wall clock is off."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), LAYOUT.size)
        self.pace, self.start_s, self.start_wall_s, _, _ = LAYOUT.unpack(self._map[:])
        self.path = path

    @classmethod
    def made(cls, path: Path, *, pace: float) -> Clock:
        path.write_bytes(LAYOUT.pack(pace, _real_monotonic_s(), time.time(), 0.0, 0))
        return cls(path)

    def close(self) -> None:
        self._map.close()
        self._file.close()

    def monotonic_s(self) -> float:
        """Seconds of a clock that only goes forward, the same in every process."""
        return self.start_s + (_real_monotonic_s() - self.start_s) * self.pace

    @property
    def passed_ms(self) -> float:
        """Since the run began; pages name moments so."""
        return 1000 * (self.monotonic_s() - self.start_s)

    def wall_s(self) -> float:
        """Seconds since 1970, as the wall clock has it now."""
        return self.start_wall_s + self.monotonic_s() - self.start_s + self.shift_s

    @property
    def shift_s(self) -> float:
        return float(LAYOUT.unpack(self._map[:])[3])

    @property
    def zone(self) -> int:
        return int(LAYOUT.unpack(self._map[:])[4])

    def set_wall(self, *, shift_s: float, zone: int = 0) -> None:
        """Make the wall clock of all processes jump, and move them to another time zone."""
        self._map[:] = LAYOUT.pack(self.pace, self.start_s, self.start_wall_s, shift_s, zone)

    async def sleep(self, for_s: float) -> None:
        """Let so much of the run's time pass."""
        await asyncio.sleep(for_s / self.pace)

    def timeout(self, in_s: float) -> asyncio.Timeout:
        """At most so much of the run's time."""
        return asyncio.timeout(in_s / self.pace)


def install(clock: Clock) -> None:
    """Put this process on ``clock``; before anything is imported that keeps a clock of its own."""
    zone = 0

    def wall_s() -> float:
        nonlocal zone
        if clock.zone != zone:
            zone = clock.zone
            os.environ["TZ"] = ZONES[zone]
            time.tzset()
        return clock.wall_s()

    time.monotonic = clock.monotonic_s
    time.time = wall_s
    _hasten_selectors(clock.pace)

    from django.utils import timezone

    def now() -> datetime:
        return datetime.fromtimestamp(wall_s(), tz=UTC)

    timezone.now = now


def _hasten_selectors(pace: float) -> None:
    """Event loops measure by the clock above, but wait in real time."""
    waiting = selectors.DefaultSelector
    select = waiting.select

    def hastened(self: selectors.BaseSelector, timeout: float | None = None) -> object:
        return select(self, timeout / pace if timeout is not None and timeout > 0 else timeout)  # type: ignore[arg-type]

    waiting.select = hastened  # type: ignore[assignment, method-assign]
