from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.transcripts import wrapping
from captions.transcripts.cues import COLUMNS, LINES, LONGEST_MS, cues
from tests.captions.transcripts.reading import lost, segment, spoken

LONG = "We choose to go to the moon in this decade and do the other things not because they are easy but hard"


def test_a_short_segment_is_one_cue():
    [cue] = cues([segment(offset_ms=2000, duration_ms=1500)])
    assert (cue.offset_ms, cue.end_ms, cue.lines) == (2000, 3500, ("good evening",))


def test_a_long_one_is_cut_where_its_words_were_said():
    first, second = cues([spoken(LONG, offset_ms=10_000, word_ms=300)])
    assert " ".join([*first.lines, *second.lines]) == LONG
    count = sum(len(line.split()) for line in first.lines)
    assert second.offset_ms == 10_000 + 300 * count
    assert second.end_ms == 10_000 + 300 * len(LONG.split())


def test_a_corrected_text_is_cut_by_its_length():
    made = cues([spoken(LONG, word_ms=300) | {"revision": 1, "text": f"{LONG} indeed"}])
    assert [cue.offset_ms for cue in made] == sorted(cue.offset_ms for cue in made)
    assert 4000 < made[1].offset_ms < 5500


def test_no_cue_is_longer_than_a_person_waits():
    for cue in cues([spoken("so it goes on and on", word_ms=3000)]):
        assert cue.end_ms - cue.offset_ms <= LONGEST_MS


def test_a_cue_stays_long_enough_to_be_read_if_nothing_follows():
    [cue] = cues([segment(text="yes", duration_ms=100)])
    assert cue.end_ms == 1000
    [cue] = cues([segment(text="x" * 40, duration_ms=100)])
    assert cue.end_ms == 2000
    first, _ = cues([segment(text="yes", duration_ms=100), segment(2, offset_ms=400)])
    assert first.end_ms == 400


def test_a_sentence_ends_a_cue_that_is_half_full():
    text = "This is a sentence that fills more than a line. And here another one begins."
    assert [" ".join(cue.lines) for cue in cues([spoken(text, word_ms=200)])] == [text[:47], text[48:]]


def test_a_gap_is_put_into_words_for_as_long_as_it_lasted():
    [cue] = cues([lost(offset_ms=5000, duration_ms=12_000)])
    assert (cue.offset_ms, cue.end_ms) == (5000, 17_000)
    assert cue.lines == ("[no captions for 12 s: the audio was lost]",)


def test_a_line_that_was_struck_out_is_not_shown():
    assert cues([segment(text="", revision=1), segment(2, text=" \u0000")]) == []


def test_segments_out_of_order_make_cues_in_order():
    assert [cue.text for cue in cues([segment(2, "b"), segment(1, "a"), segment(3, "c")])] == ["a", "b", "c"]


def test_a_speaker_is_named_on_every_cue():
    assert {cue.speaker for cue in cues([spoken(LONG, speaker=" Ada\n ")])} == {"Ada"}


def test_words_outside_their_segment_are_taken_into_it():
    said = spoken(LONG, offset_ms=10_000)
    for word in said["words"]:
        word["offset_ms"] -= 60_000
    assert all(10_000 <= cue.offset_ms < cue.end_ms for cue in cues([said]))


def test_text_without_spaces_is_cut_by_lines_and_keeps_every_sign():
    text = "我们选择登月，" * 500
    made = cues([segment(text=text, duration_ms=600_000)])
    assert "".join(line for cue in made for line in cue.lines) == text
    assert all(wrapping.width(line) <= COLUMNS for cue in made for line in cue.lines)
    assert not any(line.startswith("，") for cue in made for line in cue.lines)


def test_ten_thousand_signs_in_a_moment_are_all_there():
    made = cues([segment(text="x" * 10_000, duration_ms=1)])
    assert sum(len(line) for cue in made for line in cue.lines) == 10_000
    assert all(cue.offset_ms < cue.end_ms for cue in made)


@pytest.mark.parametrize("sign", ["👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "👍🏽", "é́", "कि"])
def test_a_sign_of_many_parts_is_never_cut(sign):
    text = sign * 200
    for cue in cues([segment(text=text, duration_ms=10_000)]):
        for line in cue.lines:
            assert line == sign * (len(line) // len(sign))


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("日本", 4), ("é", 1), ("🇩🇪", 2), ("👩‍👩‍👧", 2), ("שלום", 4), ("❤️", 2), ("", 0)],
)
def test_width_counts_columns(text, columns):
    assert wrapping.width(text) == columns


def test_no_break_spaces_hold_their_words_together():
    assert wrapping.words("10\u00a0000 people\u202f! yes\u3000no") == [
        "10\u00a0000",
        "people\u202f!",
        "yes",
        "no",
    ]


SEGMENTS = st.lists(
    st.builds(
        lambda number, text, offset_ms, duration_ms, revision: segment(
            number, text, offset_ms=offset_ms, duration_ms=duration_ms, revision=revision
        ),
        st.integers(1, 99),
        st.text(st.characters(), max_size=300),
        st.integers(0, 400_000_000),
        st.integers(1, 100_000),
        st.integers(0, 1),
    ),
    max_size=8,
)


@given(SEGMENTS)
def test_whatever_was_said_cues_are_in_order_and_their_lines_fit(segments):
    made = cues(segments)
    assert [cue.offset_ms for cue in made] == sorted(cue.offset_ms for cue in made)
    for cue in made:
        assert cue.offset_ms < cue.end_ms
        assert 1 <= len(cue.lines) <= LINES
        assert all(line and "\n" not in line for line in cue.lines)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200), st.integers(2, 40))
def test_chopped_words_joined_are_the_word(text, columns):
    assert "".join(wrapping.chop(text, columns)) == text
    assert "".join(wrapping.clusters(text)) == text
