"""A speech for who pulls: an answer over HTTP, or something that wants all of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from captions.characters import Standing
from captions.errors import CaptionError, Unavailable
from captions.live.speaking import Speaking
from captions.tts.events import Audio, Event, Format

MOST_CHUNKS = 8
"""That wait to be pulled; then the provider waits."""


class Tap:
    """A listener that is pulled from, by one."""

    def __init__(self) -> None:
        self.format: Format | None = None
        self._error: CaptionError | None = None
        self._is_over = False
        self._chunks: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._pulled = asyncio.Event()

    async def begun(self) -> Format:
        """The format of what comes, as soon as something does. Raises why nothing does."""
        while self.format is None:
            if self._is_over:
                raise self._error or Unavailable()
            await self._wait()
        return self.format

    async def chunks(self) -> AsyncIterator[bytes]:
        """The audio, until it ends, or breaks off: :meth:`require_whole` says which."""
        while self._chunks or not self._is_over:
            if not self._chunks:
                await self._wait()
                continue
            self._pulled.set()
            yield self._chunks.popleft()

    def require_whole(self) -> None:
        """Raise why a speech that is over was not spoken to its end."""
        if self._error is not None:
            raise self._error

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    # --- the speech's side ---

    def accepted(self, standing: Standing) -> None:
        """Nobody is told."""

    async def hear(self, event: Event) -> None:
        match event:
            case Format():
                self.format = event
            case Audio():
                while len(self._chunks) >= MOST_CHUNKS:
                    self._pulled.clear()
                    await self._pulled.wait()
                self._chunks.append(event.data)
        self._news.set()

    def over(self, speaking: Speaking) -> None:
        self._is_over, self._error = True, speaking.error
        self._news.set()
