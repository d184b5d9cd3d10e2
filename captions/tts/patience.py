"""How long a provider may still go without a sound. What it says meanwhile is no sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


class Patience:
    """For one answer: ``first_s`` until its first sound, ``next_s`` from each to the next.

    Only time that was spent waiting for the provider counts; a listener who is slow does not use it up.
    """

    def __init__(self, first_s: float, next_s: float, clock: Callable[[], float] = monotonic) -> None:
        self.limit_s = first_s
        self._next_s = next_s
        self._clock = clock
        self._waited_s = 0.0

    @property
    def left_s(self) -> float:
        """What is left of it; 0 is the end."""
        return max(0.0, self.limit_s - self._waited_s)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count what is waited within."""
        begun_s = self._clock()
        try:
            yield
        finally:
            self._waited_s += self._clock() - begun_s

    def heard(self) -> None:
        """A sound has come."""
        self.limit_s, self._waited_s = self._next_s, 0.0
