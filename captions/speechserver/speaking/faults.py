"""What goes wrong on purpose while an utterance is spoken, and the pace it is spoken at.

A fault strikes at the same sample always, whatever the pieces the audio comes in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from enum import Enum, auto

from captions.audio import BYTES_PER_SAMPLE
from captions.speechserver.speaking.base import BLOCK_MS
from captions.speechserver.switches import Switches


class Trouble(Enum):
    """What whoever sends the audio is to do in between."""

    GARBLE = auto()
    """Send one thing that is not of the protocol, then go on."""
    DROP = auto()
    """Break the connection; what is not sent yet is lost."""


class Course:
    """One utterance on its way to a client: how much of it has gone, and since when."""

    def __init__(self, rate_hz: int, switches: Callable[[], Switches]) -> None:
        self._rate_hz = rate_hz
        self._switches = switches
        self._gone_bytes = 0
        self._began_at_s: float | None = None

    async def follow(self, pcm: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes | Trouble, None]:
        """The audio with its troubles, at the pace that is set; after a stall nothing ever comes.

        May be called again for the next piece of the same utterance. Closing it closes ``pcm``.
        """
        async with aclosing(pcm):
            async for piece in pcm:
                for step in self._steps(piece):
                    if step is None:
                        await asyncio.Event().wait()
                    elif isinstance(step, bytes):
                        await self._keep_pace()
                        self._gone_bytes += len(step)
                        yield step
                    else:
                        yield step

    async def _keep_pace(self) -> None:
        """Wait until what has gone would have been spoken."""
        loop = asyncio.get_running_loop()
        if self._began_at_s is None:
            self._began_at_s = loop.time()
        pace = self._switches().tts_pace
        if pace:
            spoken_s = self._gone_bytes / BYTES_PER_SAMPLE / self._rate_hz
            await asyncio.sleep(self._began_at_s + spoken_s / pace - loop.time())

    def _steps(self, piece: bytes) -> Iterator[bytes | Trouble | None]:
        """A piece cut where faults strike; ``None`` is the stall."""
        begun = self._gone_bytes
        done = 0
        for at, trouble in sorted(self._troubles(), key=lambda each: each[0]):
            if begun + done < at <= begun + len(piece):
                yield from self._in_pace(piece[done : at - begun])
                done = at - begun
                yield trouble
        if done < len(piece):
            yield from self._in_pace(piece[done:])

    def _in_pace(self, piece: bytes) -> Iterator[bytes]:
        """A piece as short ones where there is a pace to keep: what was made ahead comes as one."""
        size = (
            self._rate_hz * BLOCK_MS // 1000 * BYTES_PER_SAMPLE if self._switches().tts_pace else len(piece)
        )
        for start in range(0, len(piece), size or 1):
            yield piece[start : start + size]

    def _troubles(self) -> Iterator[tuple[int, Trouble | None]]:
        switches = self._switches()
        for at_ms, trouble in (
            (switches.tts_garble_after_ms, Trouble.GARBLE),
            (switches.tts_stall_after_ms, None),
            (switches.tts_drop_after_ms, Trouble.DROP),
        ):
            if at_ms:
                yield int(at_ms) * self._rate_hz // 1000 * BYTES_PER_SAMPLE, trouble
