"""How far the store is behind a session, and what its host is told of that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from captions.errors import StoreBehind


class Arrears:
    """Of one session. ``bound`` captions may wait; then ``kept_s`` of audio are kept."""

    def __init__(
        self, *, behind_s: float, bound: int, kept_s: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._behind_s = behind_s
        self._bound = bound
        self._kept_s = kept_s
        self._clock = clock
        self._since_s: float | None = None
        self._told: bool | None = None

    @contextmanager
    def storing(self) -> Iterator[None]:
        """While a caption is being stored, for however long that takes."""
        self._since_s = self._clock()
        try:
            yield
        finally:
            self._since_s = None

    def unstored(self, waiting: int) -> int:
        """How many captions wait because the store is behind; 0 where they only take their turn."""
        return waiting if self._is_behind else 0

    def news(self, *, waiting: int, is_full: bool) -> StoreBehind | None:
        """What the host is to be told now: that the store is behind, and once more when it is full."""
        if not self._is_behind:
            self._told = None
            return None
        if self._told is is_full or self._told:
            return None
        self._told = is_full
        return StoreBehind(waiting=waiting, bound=self._bound, kept_s=self._kept_s, is_full=is_full)

    @property
    def _is_behind(self) -> bool:
        return self._since_s is not None and self._clock() - self._since_s >= self._behind_s
