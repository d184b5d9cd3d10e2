"""Captions on their way to the store, one by one and in order, and what is safe because of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from captions.relay.captions import FinalCaption, GapCaption

ENTRY_BYTES = 400
WORD_BYTES = 200
CHARACTER_BYTES = 4
"""What each takes in memory, at most."""


@dataclass(slots=True)
class _Entry:
    caption: FinalCaption | GapCaption
    safe_after: int
    size_bytes: int


class Outgoing:
    """A queue that knows up to which sample everything is stored.

    Bounded by who fills it, in captions and in (about) the memory they take: it says when it ``is_full``,
    and has ``room`` to wait for. (Refusing a caption would lose it.)
    """

    def __init__(self, *, bound: int, safe: int, bound_bytes: int = 4_000_000) -> None:
        self.safe = safe
        """Everything before this sample is stored, or nothing of it needs storing."""
        self._bound = bound
        self._bound_bytes = bound_bytes
        self._bytes = 0
        self._entries: deque[_Entry] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._no_more = False

    @property
    def is_full(self) -> bool:
        return len(self._entries) >= self._bound or self._bytes >= self._bound_bytes

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, caption: FinalCaption | GapCaption, safe_after: int) -> None:
        """Once this caption is stored, everything before ``safe_after`` is safe."""
        entry = _Entry(caption, safe_after, _size_bytes(caption))
        self._entries.append(entry)
        self._bytes += entry.size_bytes
        self._news.set()

    def settle(self, until: int) -> None:
        """Nothing before ``until`` needs storing beyond what is queued already."""
        if self._entries:
            self._entries[-1].safe_after = until
        else:
            self.safe = until

    def finish(self) -> None:
        """Nothing more will be put: ``run`` ends when all is stored."""
        self._no_more = True
        self._news.set()

    async def room(self) -> None:
        """Wait until it is not full."""
        while self.is_full:
            self._room.clear()
            await self._room.wait()

    async def run(self, store: Callable[[FinalCaption | GapCaption], Awaitable[None]]) -> None:
        """Store what comes, until finished. Raises what ``store`` raises; see ``drain``."""
        while True:
            await self.drain(store)
            if self._no_more:
                return
            self._news.clear()
            await self._news.wait()

    async def drain(self, store: Callable[[FinalCaption | GapCaption], Awaitable[None]]) -> None:
        """Store what is there. A caption stays first in line until its storing has returned.

        So one that was cut off in the middle is stored again by the next call: storing must be
        idempotent by utterance.
        """
        while self._entries:
            entry = self._entries[0]
            await store(entry.caption)
            self._entries.popleft()
            self._bytes -= entry.size_bytes
            self.safe = max(self.safe, entry.safe_after)
            self._room.set()


def _size_bytes(caption: FinalCaption | GapCaption) -> int:
    """About what a caption takes in memory."""
    if isinstance(caption, GapCaption):
        return ENTRY_BYTES
    words = sum(WORD_BYTES + CHARACTER_BYTES * len(word.text) for word in caption.words)
    return ENTRY_BYTES + CHARACTER_BYTES * len(caption.text) + words
