"""What the formats are made from: the JSON export's own shape (docs/protocol.md)."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class WordDict(TypedDict):
    """A word as the recogniser heard it; times in the session's milliseconds."""

    word: str
    offset_ms: int
    duration_ms: int
    confidence: float | None


class SegmentDict(TypedDict):
    """A segment, speech or gap; times in the session's milliseconds."""

    id: str
    session: str
    utterance: int
    kind: str
    speaker: str
    text: str
    offset_ms: int
    duration_ms: int
    confidence: float | None
    language: str
    revision: int
    state: NotRequired[str]
    version: NotRequired[int]
    words: NotRequired[list[WordDict]]


class RoomDict(TypedDict):
    slug: str
    title: str
    language: str


class SessionDict(TypedDict):
    """A session; the moments are ISO 8601 with their zone, ``ended_at`` ``None`` while it runs."""

    id: str
    title: str
    language: str
    engine: str
    started_at: str
    ended_at: str | None


class Transcript(TypedDict):
    """A session with its segments in the order they were said."""

    room: RoomDict
    session: SessionDict
    segments: list[SegmentDict]
