"""A session's transcript out of the database, and files made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from captions.models import Session
from captions.payloads import segment_payload
from captions.transcripts.document import SegmentDict, Transcript
from captions.transcripts.filename import content_disposition, file_name
from captions.transcripts.formats import FORMATS


@dataclass(frozen=True, slots=True)
class Download:
    """A file to hand out; ``disposition`` is the value of its Content-Disposition header."""

    name: str
    content_type: str
    disposition: str
    text: str


def transcript(session: Session) -> Transcript:
    """The session with all its segments, words included, in the order they were said."""
    room = session.room
    segments = [segment_payload(segment, words=True) for segment in session.segments.in_time()]
    return {
        "room": {"slug": room.slug, "title": room.title, "language": room.language},
        "session": {
            "id": str(session.pk),
            "title": session.title,
            "language": session.language,
            "engine": session.engine,
            "started_at": session.started_at.isoformat(),
            "ended_at": session.ended_at.isoformat() if session.ended_at else None,
        },
        "segments": cast("list[SegmentDict]", segments),
    }


def download(session: Session, extension: str) -> Download:
    """The session's transcript as a file; raises :class:`KeyError` for an unknown ``extension``."""
    made = FORMATS[extension]
    title = session.title or session.room.title
    name = file_name(f"{title} {session.started_at:%Y-%m-%d %H%M}", made.extension)
    return Download(
        name=name,
        content_type=made.content_type,
        disposition=content_disposition(name),
        text=made.compose(transcript(session)),
    )
