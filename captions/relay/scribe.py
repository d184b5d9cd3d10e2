"""The upstream's transcripts to captions: numbers, times, repetitions. Pure.

Utterances are numbered here, for interims come without an id: an interim and its final share a
number, also when a reconnect lies between them; a gap takes the number that was next.
"""

from __future__ import annotations

from collections import deque

from captions.audio import SAMPLES_PER_MS, ms_to_samples
from captions.relay.captions import FinalCaption, GapCaption, InterimCaption
from captions.relay.timeline import Span, Timeline
from captions.stt.events import Final, Interim

REPEATS_REMEMBERED = 8
"""Finals that a repeated one is compared with."""

REPEAT_SLACK = ms_to_samples(100)


class Scribe:
    """Writes one session's captions. ``heard`` is up to where finals, flushes and gaps cover it."""

    def __init__(self, *, language: str, first_sample: int, next_utterance: int) -> None:
        self.timeline = Timeline(first_sample)
        self.heard = first_sample
        self.utterance = next_utterance
        """The number of the open utterance, or of the next one."""
        self.is_open = False
        """Whether an interim is shown that no final has ended yet."""
        self._language = language
        self._recent: deque[tuple[str, Span]] = deque(maxlen=REPEATS_REMEMBERED)

    def interim(self, event: Interim) -> InterimCaption | None:
        """The caption of an interim; ``None`` for a blank one, or one about audio long settled."""
        text = event.text.strip()
        span = self.timeline.place(event)
        if not text or (span.has_times and span.end <= self.heard):
            return None
        self.is_open = True
        return InterimCaption(self.utterance, text, span.offset_ms, self._named(event.language))

    def final(self, event: Final) -> FinalCaption | None:
        """The caption of a final; ``None`` for a blank one, which only moves time on, or a repeated one."""
        text = event.text.strip()
        span = self.timeline.place(event)
        if self._is_repeated(text, span):
            return None
        words = self.timeline.words(event, span)
        self.timeline.took(span)
        # Nothing can have been heard that was not sent, however little of it there was.
        self.heard = max(self.heard, min(span.end, self.timeline.newest))
        if not text:
            return None
        self._recent.append((text, span))
        caption = FinalCaption(
            utterance=self.utterance,
            text=text,
            offset_ms=span.offset_ms,
            duration_ms=span.duration_ms,
            confidence=event.confidence,
            language=self._named(event.language),
            words=words,
            upstream_ref=event.upstream_ref,
        )
        self._next()
        return caption

    def gap(self, start: int, until: int) -> GapCaption:
        """The caption of audio that nobody can hear any more, in samples."""
        offset_ms = start // SAMPLES_PER_MS
        caption = GapCaption(self.utterance, offset_ms, max(1, until // SAMPLES_PER_MS - offset_ms))
        self.timeline.skipped(until)
        self.heard = max(self.heard, until)
        self._next()
        return caption

    def flushed(self, until: int) -> None:
        """The upstream has said all it will about what was sent, which ends at ``until``."""
        self.timeline.flushed()
        self.heard = max(self.heard, until)

    def withdrawn(self) -> InterimCaption | None:
        """What takes the open interim away, where one came to nothing. Its number stays next."""
        if not self.is_open:
            return None
        self.is_open = False
        return InterimCaption(self.utterance, "", self.heard // SAMPLES_PER_MS, self._language)

    def _next(self) -> None:
        self.utterance += 1
        self.is_open = False

    def _is_repeated(self, text: str, span: Span) -> bool:
        """Whether these words at this time were taken before."""
        return span.has_times and any(
            text == earlier
            and abs(span.start - taken.start) <= REPEAT_SLACK
            and abs(span.end - taken.end) <= REPEAT_SLACK
            for earlier, taken in self._recent
        )

    def _named(self, language: str) -> str:
        """The language of a caption: the asked-for locale where the upstream gives but its code (U14)."""
        if not language or language.split("-")[0].lower() == self._language.split("-")[0].lower():
            return self._language or language
        return language
