"""Segments as browsers and exports see them (docs/protocol.md names the fields)."""

from __future__ import annotations

from typing import Any

from captions.models import Segment

Payload = dict[str, Any]


def segment_payload(segment: Segment, *, words: bool = False) -> Payload:
    """A segment as plain JSON values, ``words`` for hosts and reviewers only."""
    payload: Payload = {
        "id": str(segment.pk),
        "session": str(segment.session_id),
        "utterance": segment.utterance,
        "kind": str(segment.kind),
        "speaker": segment.speaker,
        "text": segment.text,
        "offset_ms": segment.offset_ms,
        "duration_ms": segment.duration_ms,
        "confidence": segment.confidence,
        "language": segment.language,
        "revision": segment.revision,
        "state": str(segment.state),
        "version": segment.version,
        "stored_at": segment.created_at.isoformat(),
    }
    if words:
        payload["words"] = segment.words
    return payload
