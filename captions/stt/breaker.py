"""When a provider may be called, shared by all sessions of a process that call it. Pure.

While it is trusted, attempts go out as they come, ``per_s`` a second at most. A line that broke, or an
attempt that failed, casts doubt: then one attempt at a time goes out, with growing pauses after a
failure, and the others wait for its outcome. The first success restores trust, and those who wait
follow at ``per_s``, each gap spread by chance, for other processes wait as well.

A quota holds for everybody until it is over. A refused key is remembered for a moment, so that fifty
sessions do not each ask the same. Any other refusal is about one session, and shows that the provider
is there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

from captions.errors import FaultKind, UpstreamError, UpstreamRefused
from captions.stt.backoff import backoff


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """See each; tests shorten them."""

    per_s: float = 25.0
    """Attempts a second while trusted: fifty rooms that were cut off together are back in two seconds."""
    first_s: float = 0.1
    cap_s: float = 5.0
    """Pauses after attempts that failed."""
    probe_patience_s: float = 2.0
    """An attempt in doubt that takes longer lets the next one go: it may be the line of that one alone."""
    quota_first_s: float = 5.0
    quota_cap_s: float = 60.0
    """Pauses after a quota; the cap also holds for an upstream's own wish (``Retry-After``)."""
    refused_s: float = 5.0
    """How long a refused key counts for all: long enough for sessions that failed together."""


class Breaker:
    """Ask ``wait_s``; at 0, ``begin``, and report the outcome with what that gave."""

    def __init__(
        self,
        limits: BreakerLimits | None = None,
        *,
        clock: Callable[[], float] = monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.error: UpstreamError | None = None
        """Why the last attempt failed, until one succeeds."""
        self._limits = limits or BreakerLimits()
        self._clock = clock
        self._draw = draw
        self._in_doubt = False
        self._delays = self._new_delays()
        self._quotas = self._quota_after = 0
        """Quotas in a row; the newest attempt when the last one was named."""
        self._not_before_s = self._next_slot_s = clock()
        self._probe = 0
        self._probe_began_s = 0.0
        self._attempts = 0
        self._refusal: UpstreamRefused | None = None
        self._refused_until_s = 0.0

    @property
    def refusal(self) -> UpstreamRefused | None:
        """The answer that is known without asking, as an error of its own; ``None``: ask."""
        known = self._refusal
        if known is None or self._clock() >= self._refused_until_s:
            return None
        return UpstreamRefused(*known.args, kind=known.kind, upstream_code=known.upstream_code)

    def wait_s(self) -> float:
        """Seconds until the next attempt may go out, as far as is known now; 0: now."""
        at_s = max(self._next_slot_s, self._not_before_s)
        if self._in_doubt and self._probe:
            at_s = max(at_s, self._probe_began_s + self._limits.probe_patience_s)
        return max(0.0, at_s - self._clock())

    def begin(self) -> int:
        """An attempt goes out now; its number, for ``succeeded``, ``failed`` or ``abandoned``."""
        now_s = self._clock()
        self._attempts += 1
        self._probe, self._probe_began_s = self._attempts, now_s
        self._next_slot_s = now_s + (0.5 + self._draw()) / self._limits.per_s
        return self._attempts

    def succeeded(self, attempt: int) -> None:
        """It got ready: all may follow."""
        self._over(attempt)
        self._trust(attempt)

    def failed(self, attempt: int, error: UpstreamError) -> None:
        """It did not."""
        self._over(attempt)
        kind = error.kind if isinstance(error, UpstreamRefused) else FaultKind.TRANSIENT
        if isinstance(error, UpstreamRefused) and kind is FaultKind.AUTH:
            self._refusal = error
            self._refused_until_s = self._clock() + self._limits.refused_s
        elif isinstance(error, UpstreamRefused) and kind is FaultKind.QUOTA:
            self.limited(error)
        elif kind is FaultKind.TRANSIENT:
            self.error = error
            self._in_doubt = True
            self._hold(next(self._delays))
        else:
            self._trust(attempt)

    def abandoned(self, attempt: int) -> None:
        """It was cancelled: nothing is known of it, and the next one may go."""
        self._over(attempt)

    def lost(self) -> None:
        """A connection that had been ready broke."""
        self._in_doubt = True

    def limited(self, error: UpstreamRefused) -> None:
        """A quota was named, at a handshake or later."""
        self.error = error
        self._in_doubt = True
        self._quotas += 1
        self._quota_after = self._attempts
        wish_s = error.retry_after_s
        if wish_s is None:
            wish_s = self._limits.quota_first_s * 2 ** min(self._quotas - 1, 10)
        self._hold(min(wish_s, self._limits.quota_cap_s))

    def _trust(self, attempt: int) -> None:
        if attempt <= self._quota_after:
            return  # it went out before the quota was named, and says nothing of it
        self.error = None
        self._in_doubt = False
        self._quotas = 0
        self._delays = self._new_delays()
        self._not_before_s = self._clock()
        self._refusal = None

    def _hold(self, for_s: float) -> None:
        self._not_before_s = max(self._not_before_s, self._clock() + for_s)

    def _over(self, attempt: int) -> None:
        if attempt == self._probe:
            self._probe = 0

    def _new_delays(self) -> Iterator[float]:
        return backoff(first_s=self._limits.first_s, cap_s=self._limits.cap_s, draw=self._draw)
