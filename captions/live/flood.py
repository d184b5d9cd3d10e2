"""How much one socket may say for long, whatever becomes of it. Pure but for the clock.

What is refused costs us as well: it is read, parsed and answered. So all that comes is counted, and
who has spent more than is due is not read for a while; who goes on like that is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from captions.errors import Flooding


class Bucket:
    """A token bucket: ``size`` at once, ``rate`` a second for long."""

    def __init__(self, *, size: float, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self.size = size
        self._rate = rate
        self._clock = clock
        self._left = size
        self._at_s = clock()

    @property
    def left(self) -> float:
        """What may be spent now; below zero it is owed."""
        now_s = self._clock()
        self._left = min(self.size, self._left + self._rate * (now_s - self._at_s))
        self._at_s = now_s
        return self._left

    def spend(self, cost: float) -> float:
        """Spend it, even where it is not there; the seconds until what is owed is paid."""
        self._left = self.left - cost
        return max(0.0, -self._left / self._rate)


class Patience:
    """Ours with one socket: bytes of audio and a number of texts, each within a bucket."""

    def __init__(
        self,
        *,
        bytes_a_second: float,
        burst_bytes: float,
        least_bytes: int,
        texts_a_second: float,
        burst_texts: float,
        limit_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``least_bytes``: what a message counts at the least. ``limit_s``: how long we only slow down."""
        self._audio = Bucket(size=burst_bytes, rate=bytes_a_second, clock=clock)
        self._texts = Bucket(size=burst_texts, rate=texts_a_second, clock=clock)
        self._least_bytes = least_bytes
        self._limit_s = limit_s
        self._clock = clock
        self._since_s: float | None = None

    def wait_s(self, *, audio_bytes: int | None = None) -> float:
        """Count a message, a text where ``audio_bytes`` is ``None``; how long not to read the next.

        Raises :class:`Flooding` when that has been more than nothing for ``limit_s``: until half of
        what may come at once may come again, a flood is not over.
        """
        if audio_bytes is None:
            wait_s = self._texts.spend(1)
        else:
            wait_s = self._audio.spend(max(audio_bytes, self._least_bytes))
        if wait_s:
            now_s = self._clock()
            self._since_s = now_s if self._since_s is None else self._since_s
            if now_s - self._since_s > self._limit_s:
                raise Flooding
        elif self._since_s is not None and self._has_calmed():
            self._since_s = None
        return wait_s

    def _has_calmed(self) -> bool:
        return all(bucket.left > bucket.size / 2 for bucket in (self._audio, self._texts))
