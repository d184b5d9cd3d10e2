"""What this process counts for whoever operates it: plain numbers, added up where things happen.

:mod:`captions.live.metrics` says them to Prometheus. Keys are words of our own code, never something
that a browser or the upstream said: their number is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from captions.live.outbox import INTERIM, Outgoing
from captions.relay.counts import RelayCounts, Times


class LiveCounts:
    """See the module; there is one, :data:`counts`."""

    def __init__(self) -> None:
        self.relay = RelayCounts()
        self.connected: Counter[str] = Counter()
        """Open now, by kind: viewer, host, stream, talk, tts."""
        self.opened: Counter[str] = Counter()
        """The same since the process began."""
        self.refusals: Counter[str] = Counter()
        """Errors that somebody was told, by code."""
        self.chunks_refused: Counter[str] = Counter()
        """By code; ``ignored`` is what followed a refused one and was on its way already."""
        self.spoken_characters: Counter[str] = Counter()
        """Characters that were sent to be spoken, by provider."""
        self.speeches: Counter[str] = Counter()
        """Texts that were to be spoken, by how that ended: done, stopped, failed."""
        self.messages_sent = 0
        self.interims_sent = 0
        self.interims_replaced = 0
        """Of outboxes that are gone; the others know their own."""
        self.slow_sockets = 0
        self.layer_dropped: Counter[str] = Counter()
        """Messages for other processes that never went out: ``backlog``, or the layer ``failed``."""
        self.layer_failures: Counter[str] = Counter()
        """By what was asked of the layer: join, leave, hear, tell."""
        self.refills: Counter[str] = Counter()
        """``resumed`` with a version, ``asked`` for, or ``noticed`` by the ticker."""
        self.finals_stored = 0
        self.store_failures: Counter[str] = Counter()
        """``database`` is tried again, ``refused`` a few times, and then ``given_up``."""
        self.store = Times(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
        """From the first try to store a caption until it was stored."""
        self.final_to_viewer = Times(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
        """From the coming of a final until one viewer's socket had taken it; storing lies between."""
        self.lag = Times(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
        """How late the event loop comes to what is due."""

    @contextmanager
    def connection(self, kind: str) -> Iterator[None]:
        """Somebody is connected for as long as this lasts."""
        self.opened[kind] += 1
        self.connected[kind] += 1
        try:
            yield
        finally:
            self.connected[kind] -= 1

    def delivered(self, out: Outgoing, kind: str) -> None:
        """A socket or stream has taken a message."""
        self.messages_sent += 1
        if out.type == INTERIM:
            self.interims_sent += 1
        elif out.came_at_s and kind != "host":
            self.final_to_viewer.note(monotonic() - out.came_at_s)


counts = LiveCounts()
