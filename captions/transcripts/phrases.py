"""The words that transcripts and pages use for what has none of its own."""

from __future__ import annotations

from collections.abc import Callable

from captions.words import gettext_noop as _

_UNITS = (_("%(count)s h"), _("%(count)s min"), _("%(count)s s"))


def length(duration_ms: int, say: Callable[[str], str] = str) -> str:
    """A length of time for reading: ``12 s``, ``2 min 5 s``, ``1 h 3 min``; never less than ``1 s``."""
    minutes, s = divmod(max(1, (duration_ms + 500) // 1000), 60)
    hours, m = divmod(minutes, 60)
    counts = (hours, m, 0) if hours else (0, m, s)
    return " ".join(say(unit) % {"count": count} for unit, count in zip(_UNITS, counts, strict=True) if count)


def gap(duration_ms: int, say: Callable[[str], str] = str) -> str:
    """What stands where audio was lost. ``say`` puts it into the language of a page; exports are English."""
    return say(_("[no captions for %(length)s: the audio was lost]")) % {"length": length(duration_ms, say)}


def clock(ms: int) -> str:
    """A place in a session, to the second: ``00:01:05``. Hours go on beyond 99."""
    minutes, s = divmod(ms // 1000, 60)
    hours, m = divmod(minutes, 60)
    return f"{hours:02}:{m:02}:{s:02}"


def timestamp(ms: int, mark: str) -> str:
    """A place in a session as subtitle files write it: ``00:01:05.250``, with ``mark`` for the point."""
    return f"{clock(ms)}{mark}{ms % 1000:03}"
