"""Segments into cues: timed blocks short enough to be read where they appear.

A cue has one or two lines of 42 columns (what broadcasters use), stays within seven seconds where
the words' times allow it, and is shown long enough to be read if the next one leaves the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import Final

from captions.plaintext import clean
from captions.transcripts import phrases, wrapping
from captions.transcripts.document import SegmentDict

COLUMNS: Final = 42
LINES: Final = 2
LONGEST_MS: Final = 7_000
SHORTEST_MS: Final = 1_000
READING_MS_PER_COLUMN: Final = 50
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।")


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines to show from ``offset_ms`` to before ``end_ms``, ms since the session's first sample.

    No line is empty or holds a control character. ``speaker`` is empty where nobody is named.
    """

    offset_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or a part of one too long for a line (``glued`` to the part before it)."""

    text: str
    glued: bool
    start_ms: int
    end_ms: int


def cues(segments: Iterable[SegmentDict]) -> list[Cue]:
    """The cues of a session's segments, in order of time. Lines that were struck out give none."""
    ordered = sorted(segments, key=lambda segment: (segment["offset_ms"], segment["utterance"]))
    made = [cue for segment in ordered for cue in _cues_of(segment)]
    made.sort(key=lambda cue: cue.offset_ms)
    return [_timed(cue, following) for cue, following in zip_longest(made, made[1:])]


def _cues_of(segment: SegmentDict) -> Iterator[Cue]:
    start_ms, end_ms = segment["offset_ms"], segment["offset_ms"] + segment["duration_ms"]
    speaker = clean(segment["speaker"])
    if segment["kind"] == "gap":
        yield Cue(start_ms, end_ms, (phrases.gap(segment["duration_ms"]),))
        return
    blocks = list(_blocks(_pieces(segment)))
    for number, block in enumerate(blocks):
        yield Cue(
            start_ms if number == 0 else block[0].start_ms,
            end_ms if number == len(blocks) - 1 else block[-1].end_ms,
            tuple(_lines(block)),
            speaker,
        )


def _timed(cue: Cue, following: Cue | None) -> Cue:
    """``cue`` shown long enough to be read, but not into the next one."""
    shown_ms = max(SHORTEST_MS, READING_MS_PER_COLUMN * sum(map(wrapping.width, cue.lines)))
    end_ms = max(cue.end_ms, cue.offset_ms + min(shown_ms, LONGEST_MS))
    if following is not None:
        end_ms = min(end_ms, following.offset_ms)
    return replace(cue, end_ms=max(end_ms, cue.offset_ms + 1))


def _pieces(segment: SegmentDict) -> list[_Piece]:
    words = wrapping.words(clean(segment["text"]))
    pieces: list[_Piece] = []
    for word, (start_ms, end_ms) in zip(words, _times(segment, words), strict=True):
        parts = wrapping.chop(word, COLUMNS)
        edges = _spread(start_ms, end_ms, parts)
        for number, part in enumerate(parts):
            pieces.append(_Piece(part, number > 0, edges[number], edges[number + 1]))
    return pieces


def _times(segment: SegmentDict, words: list[str]) -> list[tuple[int, int]]:
    """When each word of the text was said: as it was heard, or by its share of the segment.

    The recogniser's words count only while they are the text's: not after a correction, and not
    where it heard another number of words than it wrote.
    """
    start_ms, end_ms = segment["offset_ms"], segment["offset_ms"] + segment["duration_ms"]
    heard = segment.get("words", [])
    if segment["revision"] == 0 and len(heard) == len(words):
        times = []
        reached_ms = start_ms
        for word in heard:
            from_ms = min(max(word["offset_ms"], reached_ms), end_ms)
            to_ms = min(max(word["offset_ms"] + word["duration_ms"], from_ms), end_ms)
            times.append((from_ms, to_ms))
            reached_ms = from_ms
        return times
    edges = _spread(start_ms, end_ms, words)
    return list(pairwise(edges))


def _spread(start_ms: int, end_ms: int, parts: list[str]) -> list[int]:
    """Edges of ``parts`` from ``start_ms`` to ``end_ms``, by their widths; one more than parts."""
    widths = [wrapping.width(part) + 1 for part in parts]
    total = sum(widths)
    edges, before = [start_ms], 0
    for part_width in widths:
        before += part_width
        edges.append(start_ms + (end_ms - start_ms) * before // total)
    return edges


def _blocks(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """``pieces`` cue by cue: ended by full lines, by time, or by a sentence in the second half."""
    block: list[_Piece] = []
    for piece in pieces:
        if block and (
            len(_lines([*block, piece])) > LINES
            or piece.end_ms - block[0].start_ms > LONGEST_MS
            or (_ends_sentence(block) and not piece.glued)
        ):
            yield block
            block = []
        block.append(piece)
    if block:
        yield block


def _ends_sentence(block: list[_Piece]) -> bool:
    return block[-1].text.endswith(_SENTENCE_ENDS) and sum(len(p.text) + 1 for p in block) > COLUMNS


def _lines(block: list[_Piece]) -> list[str]:
    lines: list[str] = []
    for piece in block:
        space = "" if piece.glued else " "
        if lines and wrapping.width(lines[-1]) + len(space) + wrapping.width(piece.text) <= COLUMNS:
            lines[-1] += space + piece.text
        else:
            lines.append(piece.text)
    return lines
