"""Audio that says where it stands.

To the "positions" engine a word is 200 ms of one level. Here every millisecond carries its own number
besides: its first sample holds the level (that is all the engine looks at), the others the level plus an
octal digit of the number. So a recording of what the speech service was sent shows each hole and each
repetition to the millisecond, whatever anybody counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from captions.audio import BYTES_PER_SAMPLE, SAMPLES_PER_MS
from captions.speechserver.engines.scripted import FIRST_MARK, LAST_MARK, MARK_MS

MS_BYTES = SAMPLES_PER_MS * BYTES_PER_SAMPLE
DIGITS = 10
"""Octal digits of a number: twelve days of milliseconds."""
CHECK = DIGITS + 1
"""The sample that holds a sum of the digits, so that a piece cut anywhere is not misread."""


@dataclass(frozen=True)
class Word:
    """One word as it was said, or was heard."""

    text: str
    offset_ms: int
    duration_ms: int = MARK_MS

    @property
    def end_ms(self) -> int:
        return self.offset_ms + self.duration_ms


@dataclass(frozen=True)
class Speech:
    """What a host says: ``words`` words, so many an utterance, pauses between utterances."""

    words: int
    per_utterance: int = 8
    pause_ms: int = 900
    lead_ms: int = 300

    @cached_property
    def spoken(self) -> list[Word]:
        """Every word, in order."""
        return [Word(f"w{number}", offset_ms) for number, offset_ms in enumerate(self._offsets())]

    @cached_property
    def duration_ms(self) -> int:
        return self.spoken[-1].end_ms + self.pause_ms

    def _offsets(self) -> Iterator[int]:
        at_ms = self.lead_ms
        for number in range(self.words):
            yield at_ms
            at_ms += MARK_MS
            if (number + 1) % self.per_utterance == 0:
                at_ms += self.pause_ms

    def pcm(self) -> bytes:
        """The whole of it."""
        levels = array("h", bytes(2 * self.duration_ms))
        for number, word in enumerate(self.spoken):
            level = FIRST_MARK + number
            if level > LAST_MARK:
                raise ValueError(f"more words than there are marks: {self.words}")
            levels[word.offset_ms : word.end_ms] = array("h", [level] * MARK_MS)
        return numbered(levels)


def numbered(levels: array[int], first_ms: int = 0) -> bytes:
    """PCM of one level a millisecond, each with its number."""
    count = len(levels)
    pcm = array("h", bytes(2 * count * SAMPLES_PER_MS))
    sums = [0] * count
    for sample in range(SAMPLES_PER_MS):
        if 1 <= sample <= DIGITS:
            shift = 3 * (sample - 1)
            # Counted from 1: silence is no number.
            digits = [(first_ms + ms + 1) >> shift & 7 for ms in range(count)]
            sums = [total + digit for total, digit in zip(sums, digits, strict=True)]
            column = [level + digit for level, digit in zip(levels, digits, strict=True)]
        elif sample == CHECK:
            column = [level + total % 8 for level, total in zip(levels, sums, strict=True)]
        else:
            column = list(levels)
        pcm[sample::SAMPLES_PER_MS] = array("h", column)
    return pcm.tobytes()


def number_at(samples: array[int], at: int) -> int | None:
    """The number of the millisecond that begins at a sample; ``None`` where none does."""
    frame = samples[at : at + SAMPLES_PER_MS]
    if len(frame) < SAMPLES_PER_MS:
        return None
    level = frame[0]
    digits = [sample - level for sample in frame[1 : DIGITS + 1]]
    if any(not 0 <= digit <= 7 for digit in digits) or frame[CHECK] - level != sum(digits) % 8:
        return None
    if any(sample != level for sample in frame[CHECK + 1 :]):
        return None
    return sum(digit << 3 * place for place, digit in enumerate(digits)) - 1 if any(digits) else None


def stretches(pcm: bytes, original: bytes) -> list[tuple[int, int]]:
    """Which milliseconds of ``original`` a recording holds, as stretches in the order they stand in it."""
    found: list[tuple[int, int]] = []
    at = 0
    while at + MS_BYTES <= len(pcm):
        number = number_at(array("h", pcm[at : at + MS_BYTES]), 0)
        same = 0 if number is None else _in_common(pcm, at, original, number * MS_BYTES) // MS_BYTES
        if number is None or not same:
            at += 2  # cut inside a millisecond, or silence that nobody numbered
            continue
        found.append((number, number + same))
        at += same * MS_BYTES
    return found


def _in_common(one: bytes, at: int, other: bytes, other_at: int) -> int:
    """How many bytes are the same from two places on."""
    most = min(len(one) - at, len(other) - other_at)
    same, step = 0, 1 << 16
    while step >= MS_BYTES and same < most:
        end = min(same + step, most)
        if one[at + same : at + end] == other[other_at + same : other_at + end]:
            same = end
        else:
            step //= 2
    return same


def joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time as stretches in order, without overlaps."""
    whole: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def without(pieces: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of ``pieces`` is in none of ``taken``."""
    left = joined(pieces)
    for start, end in taken:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return left


def total_ms(pieces: list[tuple[int, int]]) -> int:
    """How long they are together."""
    return sum(end - start for start, end in pieces)
