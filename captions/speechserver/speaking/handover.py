"""Audio on its way from the thread that makes it to the event loop that sends it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque


class Handover:
    """Made in the event loop that takes. The thread gives until ``finish`` or until it is stopped."""

    def __init__(self, most_bytes: int) -> None:
        """Who gives has to wait while more than ``most_bytes`` are not taken yet."""
        self._most_bytes = most_bytes
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._changed = threading.Condition()
        self._blocks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_finished = False
        self._is_stopped = False
        self._error: Exception | None = None

    # The thread

    def give(self, block: bytes) -> bool:
        """Hand a block over and wait until there is room for the next; false once nobody takes them."""
        with self._changed:
            if block:
                self._blocks.append(block)
                self._waiting_bytes += len(block)
                self._tell()
            self._changed.wait_for(lambda: self._is_stopped or self._waiting_bytes <= self._most_bytes)
            return not self._is_stopped

    def finish(self, error: Exception | None = None) -> None:
        """That was the last block; ``error`` is raised where they are taken, after all of them."""
        with self._changed:
            self._is_finished = True
            self._error = error
            self._tell()

    # The event loop

    async def take(self) -> bytes | None:
        """All that waits, at least one block; ``None`` at the end. Raises what ``finish`` was given."""
        while True:
            with self._changed:
                self._news.clear()
                if self._blocks:
                    return self._take_all()
                if self._error is not None:
                    raise self._error
                if self._is_finished:
                    return None
            await self._news.wait()

    def stop(self) -> None:
        """Nobody takes any more: whoever gives is told so at once."""
        with self._changed:
            self._is_stopped = True
            self._blocks.clear()
            self._changed.notify_all()

    def _take_all(self) -> bytes:
        taken = b"".join(self._blocks)
        self._blocks.clear()
        self._waiting_bytes = 0
        self._changed.notify_all()
        return taken

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            self._is_stopped = True  # the loop is closed: nobody is there to be told
