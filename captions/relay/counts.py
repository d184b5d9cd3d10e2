"""What relays count for whoever operates them: plain numbers, so that counting costs next to nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from captions.errors import FaultKind, UpstreamError, UpstreamRefused


class Times:
    """How long something took, sorted into buckets: what a histogram is made of."""

    __slots__ = ("bounds_s", "counts", "sum_s")

    def __init__(self, *bounds_s: float) -> None:
        self.bounds_s = bounds_s
        """Upper bounds, each included; what took longer than the last is counted behind it."""
        self.counts = [0] * (len(bounds_s) + 1)
        self.sum_s = 0.0

    def note(self, took_s: float) -> None:
        self.counts[bisect_left(self.bounds_s, took_s)] += 1
        self.sum_s += took_s


def _speech_to_final() -> Times:
    # A final is due about a second after the last word; a reconnect makes it ten.
    return Times(0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0)


@dataclass(slots=True)
class RelayCounts:
    """All relay sessions that were given it, since the process began."""

    received_samples: int = 0
    """Accepted from hosts; repetitions are not in it."""
    sent_samples: int = 0
    """Sent to the upstream, replays among them."""
    replayed_samples: int = 0
    """Sent to the upstream once more, after a connection was lost."""
    connections: int = 0
    """Upstream connections that got as far as ready."""
    open_connections: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    """Connections that ended in an error, or never came about, by reason."""
    gaps: int = 0
    gap_ms: int = 0
    """Audio that nobody can hear any more, wherever it was lost."""
    interims: int = 0
    finals: int = 0
    speech_to_final: Times = field(default_factory=_speech_to_final)
    """From the coming of an utterance's last sample here until its final came from the upstream."""

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count a connection that is ready, for as long as it is open."""
        self.connections += 1
        self.open_connections += 1
        try:
            yield
        finally:
            self.open_connections -= 1

    def note_lost(self, error: UpstreamError) -> None:
        """Count a connection that ended in an error; a refusal by its kind."""
        kind = error.kind if isinstance(error, UpstreamRefused) else FaultKind.TRANSIENT
        self.lost[error.code if kind is FaultKind.TRANSIENT else f"{error.code}.{kind}"] += 1
