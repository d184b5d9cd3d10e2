"""How far a speech may run ahead of who hears it."""

from __future__ import annotations

import asyncio

from captions.errors import BadMessage


class Window:
    """Counts bytes that were sent and that have come, and lets who sends wait in between."""

    def __init__(self, size_bytes: int) -> None:
        self.sent_bytes = 0
        self.got_bytes = 0
        self._size_bytes = size_bytes
        self._moved = asyncio.Event()

    def got(self, total_bytes: int) -> None:
        """So much has come in all. Raises ``BadMessage`` for more than was sent."""
        if total_bytes > self.sent_bytes:
            raise BadMessage(f'"bytes" says more than the {self.sent_bytes} that were sent.')
        if total_bytes > self.got_bytes:
            self.got_bytes = total_bytes
            self._moved.set()

    async def pass_through(self, size_bytes: int) -> None:
        """Wait until so much more fits in, and count it as sent. What is longer than all goes alone."""
        while self.sent_bytes > self.got_bytes and self._ahead_with(size_bytes) > self._size_bytes:
            self._moved.clear()
            await self._moved.wait()
        self.sent_bytes += size_bytes

    def _ahead_with(self, size_bytes: int) -> int:
        return self.sent_bytes + size_bytes - self.got_bytes
