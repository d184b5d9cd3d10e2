"""Times of the upstream to times of the session. Pure.

The upstream's clock counts the audio it was sent on this connection; whether it starts again after
a flush is not documented (voice-API contract, 4.10, U5 and U6). What it was sent may have holes
(audio that was lost) and begins where a replay begins. So a line is kept of which sample of the
session went out at which tick of that clock.

All positions in here are samples; a *tick* is a sample of the upstream's clock, 0 at the connection's
first. What comes out is clamped: not before what came before, not behind what was sent, and longer
than nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from captions.audio import SAMPLES_PER_MS, ms_to_samples, samples_to_ms
from captions.stt.events import Final, Interim, Word

SLACK = ms_to_samples(250)
"""How far an upstream's times may lie beside its own clock."""

WORD_SLACK_MS = 50
"""A first word this much before its sentence is counted from the sentence (U7)."""

MOST_RUNS = 64
"""Stretches of audio without a hole that are kept: a flush ends one, so more means that none is answered."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end`` in samples of the session; ``has_times``: the upstream said so."""

    start: int
    end: int
    has_times: bool = True

    @property
    def offset_ms(self) -> int:
        return samples_to_ms(self.start)

    @property
    def duration_ms(self) -> int:
        """At least 1."""
        return max(1, samples_to_ms(self.end) - self.offset_ms)


class Timeline:
    """One session's line; it outlives the connections."""

    def __init__(self, first_sample: int = 0) -> None:
        self.restarts: bool | None = None
        """Whether the clock starts again after a flush; ``None`` until a message has shown it."""
        self._floor = first_sample
        self._previous_end = first_sample
        self._newest = first_sample
        self._sent_until = -1
        self._ticks = 0
        self._flush_tick = 0
        self._run_ticks: list[int] = []
        self._run_samples: list[int] = []

    @property
    def newest(self) -> int:
        """One past the newest sample that was sent, or lost."""
        return self._newest

    def connected(self, cursor: int) -> None:
        """A new connection, whose first sample will be ``cursor`` or later."""
        self._ticks = self._flush_tick = 0
        self._run_ticks.clear()
        self._run_samples.clear()
        self._newest = self._floor = cursor

    def sent(self, first_sample: int, samples: int) -> None:
        """This went out now, after all that went out before."""
        if not self._run_ticks or first_sample != self._sent_until:
            self._run_ticks.append(self._ticks)
            self._run_samples.append(first_sample)
            del self._run_ticks[:-MOST_RUNS], self._run_samples[:-MOST_RUNS]
        self._ticks += samples
        self._newest = self._sent_until = first_sample + samples

    def flushed(self) -> None:
        """All that was sent is recognised; what comes now belongs to what is sent from now on."""
        self._flush_tick = self._ticks
        self._previous_end = self._newest
        self._run_ticks.clear()
        self._run_samples.clear()

    def skipped(self, until: int) -> None:
        """Audio before ``until`` is lost: no caption begins before it any more."""
        self._floor = self._previous_end = self._newest = until

    def place(self, event: Interim | Final) -> Span:
        """Where a transcript lies. Does not remember it: see ``took``.

        Without a start it begins where the one before ended; without an end it ends with what was sent.
        """
        words = event.words if isinstance(event, Final) else ()
        offset_ms, end_ms = _times(event, words)
        base = self._base(offset_ms, end_ms)
        start = self._previous_end if offset_ms is None else self._sample_at(base + ms_to_samples(offset_ms))
        end = self._newest if end_ms is None else self._sample_up_to(base + ms_to_samples(end_ms))
        start = max(start, self._floor)
        end = min(max(end, start + SAMPLES_PER_MS), max(self._newest, SAMPLES_PER_MS))
        start = max(0, min(start, end - SAMPLES_PER_MS))
        return Span(start, end, has_times=offset_ms is not None and end_ms is not None)

    def took(self, span: Span) -> None:
        """A final was taken: none after it starts before it."""
        self._floor = max(self._floor, span.start)
        self._previous_end = max(self._previous_end, span.end)

    def words(self, final: Final, span: Span) -> tuple[Word, ...]:
        """The words of a final that lies at ``span``, in session time, inside it and in order."""
        if not final.words:
            return ()
        offset_ms, end_ms = _times(final, final.words)
        base = self._base(offset_ms, end_ms) + ms_to_samples(_shift_ms(final, final.words))
        first_ms, last_ms = span.offset_ms, span.offset_ms + span.duration_ms
        placed = []
        for word in final.words:
            start = samples_to_ms(self._sample_at(base + ms_to_samples(word.offset_ms)))
            end = samples_to_ms(self._sample_up_to(base + ms_to_samples(word.offset_ms + word.duration_ms)))
            first_ms = start = min(max(start, first_ms), last_ms)
            placed.append(Word(word.text, start, min(max(end, start), last_ms) - start, word.confidence))
        return tuple(placed)

    def _base(self, offset_ms: int | None, end_ms: int | None) -> int:
        """The tick that the upstream's 0 stands for.

        After a flush the two readings differ by all that was sent before it, and mostly only one of
        them puts the transcript between that flush and now. Where both do, what was seen before
        counts, and where nothing was, a restart: a flush is said to start a new recognition.
        """
        if not self._flush_tick:
            return 0
        known = [ms for ms in (offset_ms, end_ms) if ms is not None]
        if known:
            start, end = ms_to_samples(min(known)), ms_to_samples(max(known))
            fits_restart = end <= self._ticks - self._flush_tick + SLACK
            fits_going_on = start >= self._flush_tick - SLACK and end <= self._ticks + SLACK
            if fits_restart != fits_going_on:
                self.restarts = fits_restart
        return 0 if self.restarts is False else self._flush_tick

    def _sample_at(self, tick: int) -> int:
        """The sample that went out at a tick; before the line its start, behind it its end."""
        return self._along(bisect_right(self._run_ticks, tick) - 1, tick)

    def _sample_up_to(self, tick: int) -> int:
        """As ``_sample_at`` for an end: at a hole, what lies before it."""
        return self._along(bisect_left(self._run_ticks, tick) - 1, tick)

    def _along(self, run: int, tick: int) -> int:
        if not self._run_ticks:
            return self._newest
        if run < 0:
            return self._run_samples[0]
        sample = self._run_samples[run] + tick - self._run_ticks[run]
        return min(sample, self._newest)


def _times(event: Interim | Final, words: tuple[Word, ...]) -> tuple[int | None, int | None]:
    """Start and end by the upstream's clock, from the transcript or from its words."""
    offset_ms = event.offset_ms
    # Without an offset the codec gives the end itself as the duration.
    end_ms = None if event.duration_ms is None else (offset_ms or 0) + event.duration_ms
    if words:
        shift_ms = _shift_ms(event, words)
        if offset_ms is None:
            offset_ms = words[0].offset_ms
        last_ms = max(word.offset_ms + word.duration_ms for word in words) + shift_ms
        end_ms = last_ms if end_ms is None else max(end_ms, last_ms)
    return offset_ms, end_ms


def _shift_ms(event: Interim | Final, words: tuple[Word, ...]) -> int:
    """What to add to the words' times: the sentence's, where they count from it."""
    if event.offset_ms is None or words[0].offset_ms >= event.offset_ms - WORD_SLACK_MS:
        return 0
    return event.offset_ms
