"""Numbers, times and repetitions of captions."""

from __future__ import annotations

import pytest

from captions.audio import ms_to_samples as samples
from captions.relay.captions import FinalCaption, GapCaption, InterimCaption
from captions.relay.scribe import Scribe
from captions.stt.events import Final, Interim


@pytest.fixture
def scribe() -> Scribe:
    """Has sent ten seconds to its first connection."""
    scribe = Scribe(language="en-US", first_sample=0, next_utterance=1)
    scribe.timeline.connected(0)
    scribe.timeline.sent(0, samples(10_000))
    return scribe


def test_an_interim_and_its_final_share_a_number(scribe):
    assert scribe.interim(Interim("hel", 100, 300)) == InterimCaption(1, "hel", 100, "en-US")
    assert scribe.interim(Interim("hello", 100, 500)).utterance == 1
    assert scribe.final(Final("Hello.", 100, 600)) == FinalCaption(1, "Hello.", 100, 600, None, "en-US")
    assert scribe.interim(Interim("wor", 1000, 300)).utterance == 2


def test_a_reconnect_in_mid_utterance_keeps_the_number(scribe):
    scribe.interim(Interim("hel", 100, 300))
    scribe.timeline.connected(0)
    scribe.timeline.sent(0, samples(1000))
    assert scribe.final(Final("Hello.", 100, 600)).utterance == 1


def test_numbers_go_on_where_a_resumed_session_says():
    scribe = Scribe(language="en", first_sample=samples(5000), next_utterance=42)
    scribe.timeline.connected(samples(5000))
    scribe.timeline.sent(samples(5000), samples(1000))
    caption = scribe.final(Final("Again.", 0, 500))
    assert (caption.utterance, caption.offset_ms) == (42, 5000)


def test_a_blank_final_moves_time_on_and_is_no_caption(scribe):
    assert scribe.final(Final("  ", 0, 2000)) is None
    assert scribe.heard == samples(2000)
    assert scribe.final(Final("Hello.", 2000, 500)).utterance == 1


def test_what_was_not_sent_was_not_heard_whatever_the_upstream_says():
    scribe = Scribe(language="en", first_sample=0, next_utterance=1)
    scribe.timeline.connected(0)
    assert scribe.final(Final("Hello?", 0, 500)).duration_ms == 1
    assert scribe.heard == 0


def test_a_blank_interim_is_no_caption(scribe):
    assert scribe.interim(Interim(" ", 0, 100)) is None
    assert not scribe.is_open


def test_the_same_words_at_the_same_time_are_taken_once(scribe):
    assert scribe.final(Final("Hello.", 100, 600)) is not None
    assert scribe.final(Final("Hello.", 100, 600)) is None
    assert scribe.utterance == 2


def test_the_same_words_a_moment_later_are_said_again(scribe):
    assert scribe.final(Final("No.", 100, 300)) is not None
    assert scribe.final(Final("No.", 500, 300)) is not None


def test_the_same_words_without_times_are_said_again(scribe):
    assert scribe.final(Final("No.")) is not None
    assert scribe.final(Final("No.")) is not None


def test_an_interim_about_what_is_settled_is_not_shown(scribe):
    scribe.final(Final("Hello.", 100, 600))
    assert scribe.interim(Interim("hell", 100, 500)) is None


def test_a_gap_takes_a_number_and_ends_the_open_interim(scribe):
    scribe.interim(Interim("hel", 9000, 300))
    assert scribe.gap(samples(9000), samples(12_500)) == GapCaption(1, 9000, 3500)
    assert not scribe.is_open
    assert scribe.utterance == 2


def test_a_gap_of_a_few_samples_lasts_a_millisecond(scribe):
    assert scribe.gap(samples(10_000), samples(10_000) + 3).duration_ms == 1


def test_an_interim_that_came_to_nothing_is_taken_away(scribe):
    scribe.interim(Interim("uh", 100, 300))
    assert scribe.withdrawn() == InterimCaption(1, "", 0, "en-US")
    assert scribe.withdrawn() is None


@pytest.mark.parametrize(
    ("said", "language"), [("", "en-US"), ("en", "en-US"), ("EN-gb", "en-US"), ("de-DE", "de-DE")]
)
def test_the_language_is_the_one_asked_for_unless_it_is_another(scribe, said, language):
    assert scribe.final(Final("x", 0, 10, language=said)).language == language


def test_with_no_language_asked_for_it_is_the_one_that_was_said():
    scribe = Scribe(language="", first_sample=0, next_utterance=1)
    scribe.timeline.connected(0)
    scribe.timeline.sent(0, samples(100))
    assert scribe.final(Final("x", 0, 10, language="fr")).language == "fr"
