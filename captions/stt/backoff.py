"""Delays between attempts, as a generator: a test reads them like a list."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator


def backoff(
    *,
    first_s: float = 0.1,
    cap_s: float = 5.0,
    factor: float = 2.0,
    jitter: float = 0.2,
    draw: Callable[[], float] = random.random,
) -> Iterator[float]:
    """Seconds to wait before each next attempt, without end: doubling from ``first_s`` to ``cap_s``.

    Each is spread by ``jitter`` (±20 %), so that sessions cut off together do not come back
    together. The first few add up to well under a second: a blip costs no more than that.
    """
    delay_s = first_s
    while True:
        yield min(cap_s, delay_s) * (1 + jitter * (2 * draw() - 1))
        delay_s = min(cap_s, delay_s * factor)
