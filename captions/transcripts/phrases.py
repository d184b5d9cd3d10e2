"""The words that transcripts and pages use for what has none of its own."""

from __future__ import annotations


def length(duration_ms: int) -> str:
    """A length of time for reading: ``12 s``, ``2 min 5 s``, ``1 h 3 min``; never less than ``1 s``."""
    seconds = max(1, (duration_ms + 500) // 1000)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    if hours:
        return f"{hours} h {m} min" if m else f"{hours} h"
    if minutes:
        return f"{minutes} min {s} s" if s else f"{minutes} min"
    return f"{s} s"


def gap(duration_ms: int) -> str:
    """What stands where audio was lost."""
    return f"[no captions for {length(duration_ms)}: the audio was lost]"


def clock(ms: int) -> str:
    """A place in a session, to the second: ``00:01:05``. Hours go on beyond 99."""
    minutes, s = divmod(ms // 1000, 60)
    hours, m = divmod(minutes, 60)
    return f"{hours:02}:{m:02}:{s:02}"


def timestamp(ms: int, mark: str) -> str:
    """A place in a session as subtitle files write it: ``00:01:05.250``, with ``mark`` for the point."""
    return f"{clock(ms)}{mark}{ms % 1000:03}"
