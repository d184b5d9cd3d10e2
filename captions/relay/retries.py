"""Whether to call an upstream again that failed, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from captions.errors import FaultKind, UpstreamError, UpstreamGone, UpstreamRefused
from captions.relay.limits import RelayLimits
from captions.stt.backoff import backoff


class Retries:
    """Of one session, from one rest to the next. Times are of one clock, in seconds."""

    def __init__(self, limits: RelayLimits, *, now_s: float) -> None:
        self.refusals = 0
        """In a row."""
        self._limits = limits
        self._away_since_s = now_s
        self._delays = self._new_delays()
        self._last: UpstreamError | None = None

    @property
    def give_up_at_s(self) -> float:
        """When the upstream will have been away for too long."""
        return self._away_since_s + (self._limits.away_limit_s or inf)

    def gone(self) -> UpstreamGone:
        """The error for a session that gives up."""
        return UpstreamGone(away_s=self._limits.away_limit_s, last=self._last)

    def delay_s(
        self, error: UpstreamError, *, live_since_s: float | None, has_settled: bool, now_s: float
    ) -> float:
        """Seconds to wait before the next attempt; raises where there is to be none.

        ``live_since_s``: when the upstream got ready, if it did; ``has_settled``: it brought something.
        """
        is_stable = live_since_s is not None and now_s - live_since_s > self._limits.stable_s
        if has_settled or is_stable:
            self._delays, self.refusals, self._away_since_s = self._new_delays(), 0, now_s
        self._last = error
        kind = error.kind if isinstance(error, UpstreamRefused) else FaultKind.TRANSIENT
        self.refusals += kind is not FaultKind.TRANSIENT
        # Said after ready, even a no is asked once more: the handshake knows best whether it is meant.
        if not error.retryable and (live_since_s is None or self.refusals > 1):
            raise error
        if self.refusals > self._limits.quota_attempts:
            raise error
        if now_s >= self.give_up_at_s:
            raise self.gone() from error
        return self._quota_delay_s(error) or next(self._delays)

    def _quota_delay_s(self, error: UpstreamError) -> float | None:
        """How long a quota is respected; ``None`` for other errors."""
        if not isinstance(error, UpstreamRefused) or error.kind is not FaultKind.QUOTA:
            return None
        wish_s = error.retry_after_s
        if wish_s is None:
            wish_s = self._limits.quota_first_s * 2 ** (self.refusals - 1)
        return max(self._limits.retry_first_s, min(wish_s, self._limits.quota_cap_s))

    def _new_delays(self) -> Iterator[float]:
        return backoff(first_s=self._limits.retry_first_s, cap_s=self._limits.retry_cap_s)
