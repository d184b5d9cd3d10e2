"""How late the event loop comes to what is due: the one figure that tells a process is overloaded.

A timer and nothing else, four times a second, from the first visitor on.
"""

from __future__ import annotations

import asyncio

from captions.live.counts import counts

INTERVAL_S = 0.25

_loop: asyncio.AbstractEventLoop | None = None


def watch() -> None:
    """Measure this loop from now on; once for each."""
    global _loop
    loop = asyncio.get_running_loop()
    if _loop is not loop:
        _loop = loop
        _wait(loop)


def _wait(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_later(INTERVAL_S, _due, loop, loop.time() + INTERVAL_S)


def _due(loop: asyncio.AbstractEventLoop, due_s: float) -> None:
    counts.lag.note(max(0.0, loop.time() - due_s))
    if _loop is loop:
        _wait(loop)
