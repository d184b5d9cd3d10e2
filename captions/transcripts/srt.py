"""SubRip (SRT)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from captions.transcripts.cues import Cue
from captions.transcripts.phrases import timestamp

GUARD: Final = "\N{WORD JOINER}"
"""Invisible. SRT has no escapes: this stands where text would otherwise be taken for more than text."""
_TAKEN_FOR_MORE: Final = re.compile(r"<(?=[A-Za-z/!?])|\{(?=[\\A-Za-z])|--(?=>)|&(?=[#A-Za-z])")


def compose(cues: Iterable[Cue]) -> str:
    """SRT text of ``cues``, which must be in order; a named speaker stands before the text.

    Players understand HTML-like tags (``<b>``), styles (``{\\an8}``) and entities in the text; what
    was said stays text by an invisible :data:`GUARD` after the sign that would begin one. There is
    no standard; this is what the SubRip program wrote and players read.
    """
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues, 1))


def _block(number: int, cue: Cue) -> str:
    speaker = f"{cue.speaker}: " if cue.speaker else ""
    times = f"{timestamp(cue.offset_ms, ',')} --> {timestamp(cue.end_ms, ',')}"
    return f"{number}\n{times}\n{_guarded(speaker + cue.text)}\n"


def _guarded(text: str) -> str:
    return _TAKEN_FOR_MORE.sub(lambda match: match[0] + GUARD, text)
