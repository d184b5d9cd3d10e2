"""What was stored and shown, against what was said. Pure.

A run without any disturbance stores exactly the words of the speech, each at its time: the engine reads them
off the audio. So every other run is compared with the speech itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from captions.speechserver.engines.scripted import MARK_MS
from tests.chaos.speech import Speech, Word, joined, total_ms, without

OFFSET_SLACK_MS = 50
"""How far a word's time may be off."""
EDGE_MS = MARK_MS
"""A gap may begin and end inside words; those at its edges count as lost with it."""

Row = Mapping[str, Any]
Span = tuple[int, int]


@dataclass
class Verdict:
    """The figures of one run, and in words all that is wrong with it."""

    spoken: int = 0
    lost: int = 0
    """Words that are neither stored nor in a gap that says so."""
    repeated: int = 0
    in_gaps: int = 0
    """Words that were said where a gap says that audio was lost."""
    gaps: list[Span] = field(default_factory=list)
    worst_offset_ms: int = 0
    sent_again_ms: int = 0
    """Audio that the speech service was sent more than once: what reconnecting cost."""
    wrong: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.wrong


@dataclass(frozen=True)
class Stored:
    """One session as its JSON export has it; ``base_ms`` is where in the speech its time begins."""

    segments: Sequence[Row]
    base_ms: int = 0

    def words(self) -> list[Word]:
        return [
            Word(word["word"], word["offset_ms"] + self.base_ms, word["duration_ms"])
            for segment in self.segments
            for word in segment["words"]
            if segment["kind"] == "speech"
        ]

    def gaps(self) -> list[Span]:
        return [
            (start, start + row["duration_ms"])
            for row in self.segments
            if row["kind"] == "gap"
            for start in [row["offset_ms"] + self.base_ms]
        ]


def judge(
    speech: Speech,
    sessions: Sequence[Stored],
    *,
    most_gaps: int = 0,
    unsaid: Iterable[Span] = (),
    again_ms: int = 0,
) -> Verdict:
    """Compare what is stored with what was said.

    ``most_gaps`` is how many gaps the disturbance allows. What nobody captured (``unsaid``) need not be
    there, but must be said to be missing, and no more than that. ``again_ms``: how far before the end of
    one session the next may say it again.
    """
    verdict = Verdict(spoken=len(speech.spoken))
    words = [word for session in sessions for word in session.words()]
    verdict.gaps = [gap for session in sessions for gap in session.gaps()]
    _count(verdict, speech, words, again_ms)
    _order(verdict, sessions)
    _gaps(verdict, words, most_gaps, list(unsaid))
    return verdict


def _count(verdict: Verdict, speech: Speech, words: list[Word], again_ms: int) -> None:
    said = {word.text: word for word in speech.spoken}
    times = Counter(word.text for word in words)
    lost = [word for word in speech.spoken if word.text not in times]
    declared = [word for word in lost if _meets(word, verdict.gaps)]
    verdict.in_gaps = len(declared)
    missing = [word for word in lost if word not in declared]
    verdict.lost = len(missing)
    if missing:
        verdict.wrong.append(f"lost: {_named(missing)}")
    repeated = [said[text] for text, count in times.items() if count > 1 and text in said]
    verdict.repeated = sum(times[word.text] - 1 for word in repeated)
    if verdict.repeated * MARK_MS > again_ms:
        verdict.wrong.append(f"repeated: {_named(repeated)}")
    if invented := [word for word in words if word.text not in said]:
        verdict.wrong.append(f"never said: {_named(invented)}")
    for word in words:
        if word.text in said:
            off_ms = word.offset_ms - said[word.text].offset_ms
            # Where a gap has taken the beginning of a word, its rest begins later.
            if off_ms > 0 and _meets(said[word.text], verdict.gaps):
                continue
            verdict.worst_offset_ms = max(verdict.worst_offset_ms, abs(off_ms))
    if verdict.worst_offset_ms > OFFSET_SLACK_MS:
        verdict.wrong.append(f"times are off by up to {verdict.worst_offset_ms} ms")


def _order(verdict: Verdict, sessions: Sequence[Stored]) -> None:
    for session in sessions:
        numbers = [int(word.text[1:]) for word in session.words()]
        if numbers != sorted(numbers):
            verdict.wrong.append("words are out of order")
        ends_ms = 0
        for row in session.segments:
            if row["offset_ms"] < ends_ms - 1:
                verdict.wrong.append(f"the segment at {row['offset_ms']} ms overlaps the one before it")
            ends_ms = max(ends_ms, row["offset_ms"] + row["duration_ms"])


def _gaps(verdict: Verdict, words: list[Word], most: int, unsaid: list[Span]) -> None:
    if len(verdict.gaps) > most:
        verdict.wrong.append(f"{len(verdict.gaps)} gaps, not {most}: {verdict.gaps}")
    for word in words:
        if (
            total_ms([(word.offset_ms, word.end_ms)])
            - total_ms(without([(word.offset_ms, word.end_ms)], verdict.gaps))
            > OFFSET_SLACK_MS
        ):
            verdict.wrong.append(f"{word.text} is stored though a gap says it was lost")
    if unsaid and total_ms(without(verdict.gaps, unsaid)) > 2 * EDGE_MS:
        verdict.wrong.append(f"nobody captured {unsaid}, but the gaps are {verdict.gaps}")
    undeclared = without(unsaid, [(start - EDGE_MS, end + EDGE_MS) for start, end in verdict.gaps])
    if undeclared:
        verdict.wrong.append(f"nobody captured {undeclared}, and nothing says so")


def judge_audio(verdict: Verdict, speech: Speech, heard: list[Span], *, backwards: list[Span]) -> None:
    """What the speech service was sent, in the audio itself: all that was said, but what a gap names."""
    spoken = joined([(word.offset_ms, word.end_ms) for word in speech.spoken])
    missing = without(without(spoken, heard), verdict.gaps)
    if total_ms(missing):
        verdict.wrong.append(f"the speech service was never sent {missing[:5]} ms")
    if backwards:
        verdict.wrong.append(f"one connection was sent something twice: {backwards[:5]}")


def judge_viewer(
    verdict: Verdict, name: str, shown: Sequence[Row], saw: Sequence[Row], stored: Sequence[Row]
) -> None:
    """A viewer's lines are what is stored, in order and once, and it never saw a final that is not."""
    if [_line(row) for row in shown] != [_line(row) for row in stored]:
        missing = [row["text"] or "gap" for row in stored if _line(row) not in map(_line, shown)]
        other = [row["text"] or "gap" for row in shown if _line(row) not in map(_line, stored)]
        verdict.wrong.append(
            f"{name} shows {len(shown)} lines of {len(stored)}; lacks {missing[:3]}, has besides {other[:3]}"
        )
    kept = {(row["id"], row["text"]) for row in stored}
    if ghosts := [row["text"] for row in saw if (row["id"], row["text"]) not in kept]:
        verdict.wrong.append(f"{name} saw finals that are not stored: {ghosts[:3]}")


def _line(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("id", "kind", "text", "offset_ms", "duration_ms", "revision"))


def _meets(word: Word, gaps: list[Span]) -> bool:
    return any(start < word.end_ms and word.offset_ms < end for start, end in gaps)


def _named(words: Sequence[Word]) -> str:
    names = ", ".join(word.text for word in words[:8])
    return f"{len(words)} ({names}{', …' if len(words) > 8 else ''})"
