"""Finals into the database, once and in order; segments out of it, by version.

A room's version is read before its segments: what changes in between is missing from a reply but
has a higher version than the reply names, so it is still to come.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from captions import languages
from captions.errors import BadField, LeaseLost, SessionUnknown
from captions.models import Kind, Removal, Room, Segment, Session
from captions.models.segment import SegmentQuerySet
from captions.payloads import Payload, segment_payload
from captions.plaintext import clean
from captions.relay.captions import FinalCaption, GapCaption
from captions.services.sessions import locked_session, next_version

MAX_BYTES: Final = 256 * 1024
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Stored:
    """A segment as it stands in the database, for viewers and (with words) for hosts.

    ``changed`` is false where the call found everything as it wanted it.
    """

    room_id: int
    version: int
    segment: Payload
    host_segment: Payload
    changed: bool = True

    @classmethod
    def of(cls, segment: Segment, *, changed: bool) -> Stored:
        return cls(
            room_id=segment.room_id,
            version=segment.version,
            segment=segment_payload(segment),
            host_segment=segment_payload(segment, words=True),
            changed=changed,
        )


@transaction.atomic
def store(session_id: uuid.UUID, lease: uuid.UUID, caption: FinalCaption | GapCaption) -> Stored:
    """Store a final or a gap once; the same utterance again returns the segment already stored.

    Raises :class:`LeaseLost` unless ``lease`` is the session's (a session that is gone has none).
    """
    try:
        session = locked_session(session_id)
    except SessionUnknown as exc:
        raise LeaseLost("This session was deleted.") from exc
    if session.lease != lease:
        raise LeaseLost
    segment = Segment.objects.filter(session=session, utterance=caption.utterance).first()
    if segment is not None:
        return Stored.of(segment, changed=False)
    segment = Segment(
        room_id=session.room_id,
        session=session,
        utterance=caption.utterance,
        offset_ms=max(0, caption.offset_ms),
        duration_ms=max(1, caption.duration_ms),
        version=next_version(session.room_id),
        **(_said(caption, session) if isinstance(caption, FinalCaption) else _lost(session)),
    )
    segment.save(force_insert=True)
    return Stored.of(segment, changed=True)


def _said(caption: FinalCaption, session: Session) -> dict[str, Any]:
    # A final of nothing but control characters was still something said.
    text = clean(caption.text) or "\N{REPLACEMENT CHARACTER}"
    return {
        "kind": Kind.SPEECH,
        "machine_text": text,
        "text": text,
        "confidence": _share(caption.confidence),
        "language": _language(caption.language, session),
        "upstream_ref": clean(caption.upstream_ref)[:200],
        "words": [
            {
                "word": clean(word.text),
                "offset_ms": word.offset_ms,
                "duration_ms": word.duration_ms,
                "confidence": _share(word.confidence),
            }
            for word in caption.words
        ],
    }


def _lost(session: Session) -> dict[str, Any]:
    return {"kind": Kind.GAP, "language": session.language}


def _share(confidence: float | None) -> float | None:
    """A confidence from 0 to 1; ``None`` for what is no number."""
    if confidence is None or not math.isfinite(confidence):
        return None
    return round(min(1.0, max(0.0, confidence)), 4)


def _language(tag: str, session: Session) -> str:
    """The language heard; the session's where the upstream said nothing, or the same less exactly."""
    if not tag or session.language.lower().split("-")[0] == tag.lower():
        return session.language
    try:
        return languages.normalise(tag)
    except BadField:
        return session.language


@dataclass(frozen=True, slots=True)
class Changes:
    """Segments of a room in the order they were said, with the version they bring a reader to.

    ``more`` says that there are others that would have fitted the question. ``removed`` names
    sessions deleted since the version asked about.
    """

    version: int
    segments: list[Payload]
    more: bool
    removed: list[str]


def newest(room_id: int, limit: int, max_bytes: int = MAX_BYTES) -> Changes:
    """The ``limit`` segments that changed last; ``more`` if there are older ones."""
    version = room_version(room_id)
    rows, more = _cut(_rows(room_id).filter(version__lte=version).order_by("-version"), limit, max_bytes)
    return Changes(version, _in_time(rows), more, [])


def changes_since(room_id: int, version: int, limit: int, max_bytes: int = MAX_BYTES) -> Changes:
    """All that changed after ``version``; where that is too much, the newest of it and ``more``."""
    upto = room_version(room_id)
    found = _rows(room_id).filter(version__gt=_bounded(version), version__lte=upto)
    rows, more = _cut(found.order_by("-version"), limit, max_bytes)
    return Changes(upto, _in_time(rows), more, _removed(room_id, version, upto))


def after(room_id: int, version: int, limit: int, max_bytes: int = MAX_BYTES) -> Changes:
    """A page of what changed after ``version``, oldest change first; the next page is after ``.version``."""
    upto = room_version(room_id)
    found = _rows(room_id).filter(version__gt=_bounded(version), version__lte=upto)
    rows, more = _cut(found.order_by("version"), limit, max_bytes)
    reached = rows[-1].version if more else upto
    return Changes(reached, _in_time(rows), more, _removed(room_id, version, reached))


def before(room_id: int, version: int, limit: int, max_bytes: int = MAX_BYTES) -> Changes:
    """A page of segments older than ``version``, newest first; the next page is before ``.version``.

    ``version`` of an empty page is the one asked about.
    """
    version = _bounded(version)
    rows, more = _cut(_rows(room_id).filter(version__lt=version).order_by("-version"), limit, max_bytes)
    return Changes(rows[-1].version if rows else version, _in_time(rows), more, [])


def room_version(room_id: int) -> int:
    """Number of the newest change in the room; 0 for a room that has none, or is gone."""
    return Room.objects.filter(pk=room_id).values_list("version", flat=True).first() or 0


def _bounded(version: int) -> int:
    """A version somebody sent, within what the database can compare."""
    return max(0, min(version, 2**63 - 1))


def _rows(room_id: int) -> SegmentQuerySet:
    return Segment.objects.filter(room_id=room_id).select_related("session").defer("words", "machine_text")


def _removed(room_id: int, version: int, upto: int) -> list[str]:
    found = Removal.objects.filter(room_id=room_id, version__gt=_bounded(version), version__lte=upto)
    return [str(session_id) for session_id in found.values_list("session_id", flat=True)]


def _cut(found: SegmentQuerySet, limit: int, max_bytes: int) -> tuple[list[Segment], bool]:
    """The first rows that fit both bounds, one at least, and whether others were left out."""
    rows: list[Segment] = []
    size_bytes = 0
    for row in found[: limit + 1].iterator(chunk_size=_BATCH):
        size_bytes += len(json.dumps(segment_payload(row)))
        if len(rows) == limit or (rows and size_bytes > max_bytes):
            return rows, True
        rows.append(row)
    return rows, False


def _in_time(rows: Iterable[Segment]) -> list[Payload]:
    ordered = sorted(
        rows, key=lambda row: (row.session.started_at, row.session_id, row.offset_ms, row.utterance)
    )
    return [segment_payload(row) for row in ordered]
