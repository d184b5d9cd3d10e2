"""Plain text, for reading."""

from __future__ import annotations

import datetime as dt

from captions.plaintext import clean
from captions.transcripts import phrases
from captions.transcripts.document import SegmentDict, Transcript


def compose(transcript: Transcript) -> str:
    """A heading, an empty line, then a line for each segment: ``[00:01:05] Ada: Good evening.``

    The time is audio time, to the second. Lines that were struck out are left out.
    """
    room, session = transcript["room"], transcript["session"]
    started = dt.datetime.fromisoformat(session["started_at"])
    heading = [
        clean(room["title"]),
        clean(session["title"]),
        clean(f"{started:%Y-%m-%d %H:%M} {started.tzname() or ''}"),
        clean(" · ".join(part for part in (session["language"], session["engine"]) if part)),
    ]
    lines = [_line(segment) for segment in transcript["segments"] if _is_shown(segment)]
    return "\n".join([*filter(None, heading), "", *lines, ""])


def _is_shown(segment: SegmentDict) -> bool:
    return segment["kind"] == "gap" or bool(clean(segment["text"]))


def _line(segment: SegmentDict) -> str:
    text = phrases.gap(segment["duration_ms"]) if segment["kind"] == "gap" else clean(segment["text"])
    speaker = clean(segment["speaker"])
    return f"[{phrases.clock(segment['offset_ms'])}] {speaker + ': ' if speaker else ''}{text}"
