"""Whether the last half second was quiet: where a flush cuts no word. Pure, and cheap."""

from __future__ import annotations

import sys
from array import array
from collections import deque

from captions.audio import CHUNK_BYTES

QUIET_CHUNKS = 5
"""Chunks of 100 ms that must be quiet in a row."""

FLOOR = 150.0
"""Mean amplitude (of 32,767) that is quiet in any room: -47 dBFS."""

QUIET_SHARE = 0.1
"""Or this share of the loudest of late: 20 dB below the voice, for rooms that are never still."""

FADE = 0.998
"""What a chunk leaves of the loudest before it: half in 35 s."""

STEP = 8
"""Every eighth sample is enough to tell speech from none, at an eighth of the cost."""


class Loudness:
    """Hears the chunks as they go out."""

    def __init__(self) -> None:
        self._loudest = 0.0
        self._levels: deque[float] = deque(maxlen=QUIET_CHUNKS)

    def hear(self, pcm: bytes) -> None:
        """Take one chunk into account."""
        level = level_of(pcm)
        self._loudest = max(level, self._loudest * FADE)
        self._levels.append(level)

    @property
    def level(self) -> float:
        """Mean amplitude of the newest chunk."""
        return self._levels[-1] if self._levels else 0.0

    @property
    def is_voiced(self) -> bool:
        """Whether the newest chunk may be somebody speaking."""
        return self.level > self._limit

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has spoken for the last half second."""
        return len(self._levels) == QUIET_CHUNKS and max(self._levels) <= self._limit

    def would_be_quiet(self, pcm: bytes) -> bool:
        """Whether nobody speaks in this audio, by the standard of what was heard so far."""
        return all(
            level_of(pcm[at : at + CHUNK_BYTES]) <= self._limit for at in range(0, len(pcm), CHUNK_BYTES)
        )

    @property
    def _limit(self) -> float:
        return max(FLOOR, self._loudest * QUIET_SHARE)


def level_of(pcm: bytes) -> float:
    """Mean amplitude, 0 to 32,768."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    some = samples[::STEP]
    return sum(map(abs, some)) / len(some) if some else 0.0
