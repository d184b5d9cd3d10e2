"""Upstream time to session time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.audio import ms_to_samples as samples
from captions.relay.timeline import Timeline
from captions.stt.events import Final, Interim, Word


def timeline(*, at_ms: int = 0, sent_ms: int = 0) -> Timeline:
    """Connected at a place of the session, with so much sent since."""
    line = Timeline(samples(at_ms))
    line.connected(samples(at_ms))
    if sent_ms:
        line.sent(samples(at_ms), samples(sent_ms))
    return line


def place(line: Timeline, offset_ms, duration_ms, kind=Final) -> tuple[int, int]:
    """Start and end in the session, taken where it is a final."""
    span = line.place(kind("x", offset_ms, duration_ms))
    if kind is Final:
        line.took(span)
    return span.offset_ms, span.offset_ms + span.duration_ms


def flush(line: Timeline) -> None:
    line.flushed()


def test_on_the_first_connection_both_clocks_agree():
    assert place(timeline(sent_ms=5000), 1200, 800) == (1200, 2000)


def test_on_a_later_connection_the_clock_starts_at_the_replay():
    assert place(timeline(at_ms=60_000, sent_ms=5000), 1200, 800) == (61_200, 62_000)


def test_after_a_hole_the_clock_has_not_counted_it():
    line = timeline(sent_ms=1000)
    line.skipped(samples(9000))
    line.sent(samples(9000), samples(1000))
    assert place(line, 1200, 300) == (9200, 9500)


def test_an_end_at_a_hole_lies_before_it_and_a_start_behind_it():
    line = timeline(sent_ms=1000)
    line.sent(samples(9000), samples(1000))
    assert place(line, 500, 500) == (500, 1000)
    assert place(line, 1000, 500) == (9000, 9500)


# --- flush: restart or go on ---


def flushed_after(sent_ms: int, then_ms: int, *, at_ms: int = 0) -> Timeline:
    line = timeline(at_ms=at_ms, sent_ms=sent_ms)
    line.flushed()
    line.sent(samples(at_ms + sent_ms), samples(then_ms))
    return line


def test_a_clock_that_restarts_at_a_flush_is_noticed():
    line = flushed_after(30_000, 3000)
    assert place(line, 1000, 500) == (31_000, 31_500)
    assert line.restarts is True


def test_a_clock_that_goes_on_after_a_flush_is_noticed():
    line = flushed_after(30_000, 3000)
    assert place(line, 31_000, 500) == (31_000, 31_500)
    assert line.restarts is False


def test_a_flush_soon_after_the_start_is_told_by_what_was_sent_since():
    assert place(flushed_after(600, 400), 700, 300) == (700, 1000)


def test_where_both_readings_fit_a_restart_is_believed():
    assert place(flushed_after(1000, 5000), 2000, 500) == (3000, 3500)


def test_where_both_readings_fit_what_was_seen_before_is_believed():
    line = flushed_after(30_000, 1000)
    place(line, 30_200, 500)
    line.connected(samples(31_000))
    line.sent(samples(31_000), samples(1000))
    line.flushed()
    line.sent(samples(32_000), samples(5000))
    assert place(line, 2000, 500) == (33_000, 33_500)


def test_a_mistaken_belief_is_given_up_when_it_cannot_be():
    line = flushed_after(1000, 5000)
    place(line, 2000, 500)
    line.sent(samples(6000), samples(2000))
    assert place(line, 8_300 - 1000, 700) == (7300, 8000)


@pytest.mark.parametrize("restarts", [True, False])
def test_many_flushes_add_up(restarts):
    line = timeline(at_ms=7_000)
    for number in range(20):
        base = 7_000 + number * 10_000
        line.sent(samples(base), samples(10_000))
        shift = 0 if restarts else number * 10_000
        assert place(line, shift + 1000, 500) == (base + 1000, base + 1500)
        line.flushed()


@pytest.mark.parametrize("restarts", [True, False])
def test_a_flush_of_silence_alone_changes_nothing(restarts):
    line = timeline()
    for number in range(5):
        line.sent(samples(number * 20_000), samples(20_000))
        line.flushed()
    line.sent(samples(100_000), samples(4000))
    assert place(line, 2000 if restarts else 102_000, 500) == (102_000, 102_500)


# --- what is missing ---


def test_without_times_a_final_fills_what_there_is():
    line = timeline(sent_ms=5000)
    assert place(line, 500, 1000) == (500, 1500)
    assert place(line, None, None) == (1500, 5000)


def test_with_an_end_alone_a_final_begins_where_the_last_one_ended():
    line = timeline(sent_ms=5000)
    place(line, 500, 1000)
    assert place(line, None, 3000) == (1500, 3000)


def test_with_a_start_alone_a_final_ends_with_what_was_sent():
    assert place(timeline(sent_ms=5000), 2000, None) == (2000, 5000)


def test_words_give_the_times_a_final_lacks():
    line = timeline(at_ms=10_000, sent_ms=5000)
    span = line.place(Final("a b", words=(Word("a", 1000, 300), Word("b", 1500, 500))))
    assert (span.offset_ms, span.duration_ms) == (11_000, 1000)


def test_two_finals_without_times_at_once_both_last_a_while():
    line = timeline(sent_ms=1000)
    assert place(line, None, None) == (0, 1000)
    assert place(line, None, None) == (999, 1000)


# --- clamps ---


def test_a_final_does_not_start_before_the_one_before():
    line = timeline(sent_ms=5000)
    place(line, 2000, 1000)
    assert place(line, 500, 3000) == (2000, 3500)


def test_a_final_does_not_end_behind_what_was_sent():
    assert place(timeline(sent_ms=1000), 500, 9000) == (500, 1000)


def test_a_final_of_no_length_gets_a_millisecond():
    assert place(timeline(sent_ms=1000), 500, 0) == (500, 501)


def test_a_final_behind_everything_lies_at_the_end():
    assert place(timeline(sent_ms=1000), 5000, 500) == (999, 1000)


def test_nothing_begins_before_a_gap_ends():
    line = timeline(sent_ms=1000)
    line.skipped(samples(4000))
    line.sent(samples(4000), samples(1000))
    assert place(line, 900, 300) == (4000, 4200)


def test_an_interim_leaves_no_trace():
    line = timeline(sent_ms=5000)
    place(line, 3000, 500, kind=Interim)
    assert place(line, 1000, 500) == (1000, 1500)


# --- words ---


def words_of(line: Timeline, final: Final) -> list[tuple[str, int, int]]:
    span = line.place(final)
    line.took(span)
    return [(word.text, word.offset_ms, word.duration_ms) for word in line.words(final, span)]


def test_words_by_the_same_clock_move_with_their_sentence():
    final = Final("a b", 1000, 900, words=(Word("a", 1000, 300, 0.9), Word("b", 1400, 500)))
    line = timeline(at_ms=20_000, sent_ms=5000)
    assert words_of(line, final) == [("a", 21_000, 300), ("b", 21_400, 500)]


def test_words_counted_from_their_sentence_are_noticed():
    final = Final("a b", 1000, 900, words=(Word("a", 0, 300), Word("b", 400, 500)))
    line = timeline(at_ms=20_000, sent_ms=5000)
    assert words_of(line, final) == [("a", 21_000, 300), ("b", 21_400, 500)]


def test_a_last_word_that_outlasts_its_sentence_makes_it_longer():
    final = Final("a", 1000, 500, words=(Word("a", 1000, 800),))
    assert timeline(sent_ms=5000).place(final).duration_ms == 800


def test_words_stay_inside_their_sentence_and_in_order():
    final = Final(
        "a b c", 1000, 500, words=(Word("a", 1300, 100), Word("b", 1100, 100), Word("c", 1450, 900))
    )
    assert words_of(timeline(sent_ms=1500), final) == [("a", 1300, 100), ("b", 1300, 0), ("c", 1450, 50)]


def test_words_keep_their_confidence():
    line = timeline(sent_ms=2000)
    final = Final("a", 0, 500, words=(Word("a", 0, 500, 0.75),))
    assert line.words(final, line.place(final))[0].confidence == 0.75


def test_unanswered_holes_do_not_make_it_grow():
    line = timeline()
    for number in range(10_000):
        line.sent(samples(2 * number), samples(1))
    assert len(line._run_ticks) <= 64
    assert place(line, 9_999, 1) == (19_998, 19_999)


# --- whatever happens ---

steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 5000)),
        st.tuples(st.just("flush"), st.just(0)),
        st.tuples(st.just("hole"), st.integers(1, 5000)),
        st.tuples(st.just("reconnect"), st.integers(0, 3000)),
        st.tuples(st.just("say"), st.integers(1, 2000)),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(steps, st.booleans(), st.booleans())
def test_an_upstream_true_to_its_clock_is_placed_to_the_millisecond(steps, restarts, relative):
    """Plays an upstream that says things about its newest audio, and checks where they are put."""
    line = Timeline()
    # Seen once beyond doubt, as after the first minute of every session.
    line.restarts = restarts
    line.connected(0)
    now = settled = ticks = base_ticks = 0
    for step, ms in steps:
        if step == "send":
            line.sent(samples(now), samples(ms))
            now, ticks = now + ms, ticks + ms
        elif step == "flush":
            line.flushed()
            settled, base_ticks = now, ticks
        elif step == "hole":
            line.flushed()
            base_ticks = ticks
            now += ms
            settled = now
            line.skipped(samples(now))
        elif step == "reconnect":
            now = settled = max(settled, now - ms)
            ticks = base_ticks = 0
            line.connected(samples(now))
        else:
            length = min(ms, now - settled)
            if length < 1:
                continue
            shift = base_ticks if restarts else 0
            offset = ticks - length - shift
            word = Word("w", 0 if relative else offset, length)
            final = Final("w", offset, length, words=(word,))
            span = line.place(final)
            placed = line.words(final, span)
            line.took(span)
            assert (span.offset_ms, span.duration_ms) == (now - length, length)
            if not relative or offset == 0 or offset > 50:
                assert [(w.offset_ms, w.duration_ms) for w in placed] == [(now - length, length)]
            settled = now


anything = st.one_of(st.none(), st.integers(0, 20_000))


@settings(deadline=None)
@given(steps, st.lists(st.tuples(anything, anything), min_size=60, max_size=60))
def test_whatever_it_says_captions_are_in_order_inside_the_audio_and_longer_than_nothing(steps, claims):
    line = Timeline()
    line.connected(0)
    now = 0
    previous = 0
    for (step, ms), (offset, duration) in zip(steps, claims, strict=False):
        if step == "send":
            line.sent(samples(now), samples(ms))
            now += ms
        elif step == "flush":
            line.flushed()
        elif step == "hole":
            line.flushed()
            now += ms
            line.skipped(samples(now))
        elif step == "reconnect":
            line.connected(samples(now))
        else:
            span = line.place(Final("x", offset, duration))
            line.took(span)
            assert span.duration_ms >= 1
            assert span.offset_ms + span.duration_ms <= max(now, 1)
            assert span.offset_ms >= min(previous, max(0, now - 1))
            previous = span.offset_ms


def test_after_a_flush_a_final_without_times_begins_there():
    line = flushed_after(3000, 1000)
    assert place(line, None, None) == (3000, 4000)
