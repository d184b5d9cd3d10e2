"""WebVTT."""

from __future__ import annotations

from collections.abc import Iterable

from captions.transcripts.cues import Cue
from captions.transcripts.phrases import timestamp


def compose(cues: Iterable[Cue]) -> str:
    """WebVTT text of ``cues``, which must be in order; a named speaker becomes the cue's voice.

    ``&``, ``<`` and ``>`` are escaped, so no text can be markup or hold an arrow; lines are never
    empty, so none can end its cue. Source: W3C WebVTT, 4.1 (file), 4.2 (cue text).
    """
    return "\n".join(["WEBVTT\n", *map(_block, cues)])


def _block(cue: Cue) -> str:
    voice = f"<v {_escape(cue.speaker)}>" if cue.speaker else ""
    times = f"{timestamp(cue.offset_ms, '.')} --> {timestamp(cue.end_ms, '.')}"
    return f"{times}\n{voice}{_escape(cue.text)}\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
