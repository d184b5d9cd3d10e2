"""The judge: it must see each thing that can go wrong, or the whole suite proves nothing."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.chaos.speech import Speech
from tests.chaos.verdict import Stored, Verdict, judge, judge_audio, judge_viewer

SPEECH = Speech(words=16)
ALL = [(0, SPEECH.duration_ms)]


def segment(number, words, kind="speech", offset_ms=None, duration_ms=None):
    return {
        "id": f"s{number}",
        "kind": kind,
        "text": " ".join(word.text for word in words),
        "offset_ms": words[0].offset_ms if words else offset_ms,
        "duration_ms": words[-1].end_ms - words[0].offset_ms if words else duration_ms,
        "revision": 0,
        "words": [{"word": word.text, "offset_ms": word.offset_ms, "duration_ms": 200} for word in words],
    }


@pytest.fixture
def rows():
    """What an undisturbed run stores."""
    return [segment(1, SPEECH.spoken[:8]), segment(2, SPEECH.spoken[8:])]


def wrong(rows, **allowed):
    return " ".join(judge(SPEECH, [Stored(rows)], **allowed).wrong)


def test_an_undisturbed_run_is_good(rows):
    assert wrong(rows) == ""


def test_a_word_that_is_missing_is_lost(rows):
    del rows[1]["words"][3]
    assert "lost: 1 (w11)" in wrong(rows)


def test_a_word_in_two_segments_is_repeated(rows):
    rows[1]["words"].insert(0, deepcopy(rows[0]["words"][-1]))
    assert "repeated: 1 (w7)" in wrong(rows)


def test_a_word_that_nobody_said_is_seen(rows):
    rows[1]["words"][0]["word"] = "w77"
    assert "never said" in wrong(rows)


def test_a_time_may_be_off_by_50_ms_and_no_more(rows):
    rows[0]["words"][2]["offset_ms"] += 50
    assert wrong(rows) == ""
    rows[0]["words"][2]["offset_ms"] += 1
    assert "off by up to 51 ms" in wrong(rows)


def test_segments_that_overlap_are_seen(rows):
    rows[1]["offset_ms"] -= 2_000
    assert "overlaps" in wrong(rows)


def test_a_gap_that_is_not_allowed_is_seen(rows):
    rows.insert(1, segment(3, [], "gap", 2_000, 500))
    assert "1 gaps, not 0" in wrong(rows)


def test_words_in_a_gap_are_not_lost_but_declared(rows):
    rows[1] = segment(2, [], "gap", SPEECH.spoken[8].offset_ms, 1_600)
    verdict = judge(SPEECH, [Stored(rows)], most_gaps=1)
    assert (verdict.lost, verdict.in_gaps, verdict.wrong) == (0, 8, [])


def test_a_gap_over_what_is_stored_is_a_lie(rows):
    rows.append(segment(3, [], "gap", SPEECH.spoken[12].offset_ms, 400))
    assert "is stored though a gap says it was lost" in wrong(rows, most_gaps=1)


def test_what_nobody_captured_must_be_declared(rows):
    assert "nothing says so" in wrong(rows, unsaid=[(1_000, 1_500)])


def test_a_gap_that_is_longer_than_what_nobody_captured_is_seen(rows):
    rows[1] = segment(2, [], "gap", SPEECH.spoken[8].offset_ms, 1_600)
    start_ms = SPEECH.spoken[8].offset_ms
    assert "but the gaps are" in wrong(rows, most_gaps=1, unsaid=[(start_ms, start_ms + 1_100)])
    assert wrong(rows, most_gaps=1, unsaid=[(start_ms + 200, start_ms + 1_400)]) == ""


def test_a_hole_in_what_the_service_was_sent_is_seen():
    verdict = Verdict()
    judge_audio(verdict, SPEECH, [(0, 1_000), (1_010, SPEECH.duration_ms)], backwards=[])
    assert "never sent [(1000, 1010)]" in verdict.wrong[0]


def test_a_repetition_on_one_connection_is_seen():
    verdict = Verdict()
    judge_audio(verdict, SPEECH, ALL, backwards=[(1_000, 900)])
    assert "sent something twice" in verdict.wrong[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shown: shown.pop(),
        lambda shown: shown.append(shown[0]),
        lambda shown: shown.reverse(),
        lambda shown: shown[0].update(text="other"),
        lambda shown: shown[0].update(revision=1),
    ],
)
def test_a_viewer_that_shows_anything_else_is_seen(rows, spoil):
    shown = deepcopy(rows)
    spoil(shown)
    verdict = Verdict()
    judge_viewer(verdict, "viewer 1", shown, [], rows)
    assert verdict.wrong


def test_a_final_that_a_viewer_saw_and_that_is_not_stored_is_seen(rows):
    verdict = Verdict()
    judge_viewer(verdict, "viewer 1", rows, [segment(9, SPEECH.spoken[:2])], rows)
    assert "saw finals that are not stored" in verdict.wrong[0]
