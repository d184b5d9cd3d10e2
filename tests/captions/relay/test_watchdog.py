"""When an upstream's silence means something; no clock but the numbers."""

from __future__ import annotations

from math import inf

import pytest

from captions.relay.watchdog import Watchdog


@pytest.fixture
def dog():
    return Watchdog(probe_s=7.0, deaf_s=13.0)


def probes(dog, *, is_open, is_quiet):
    """The tenths of a second at which a probe is wanted."""
    return [t for t in range(200) if dog.wants_probe(t / 10, is_open=is_open, is_quiet=is_quiet)]


def test_silence_counts_from_the_first_voice_that_nothing_followed(dog):
    dog.sent(1.0, is_voiced=False)
    assert dog.deaf_at_s == inf
    dog.sent(2.0, is_voiced=True)
    dog.sent(5.0, is_voiced=True)
    assert dog.deaf_at_s == 15.0


def test_any_word_of_the_upstream_starts_the_count_again(dog):
    dog.sent(0.0, is_voiced=True)
    dog.heard()
    assert dog.deaf_at_s == inf
    dog.sent(9.0, is_voiced=True)
    assert dog.deaf_at_s == 22.0


def test_a_quiet_moment_is_used_for_a_probe(dog):
    dog.sent(0.0, is_voiced=True)
    assert probes(dog, is_open=True, is_quiet=True) == list(range(70, 200))


def test_over_a_voice_a_probe_waits_a_little_for_a_quiet_moment(dog):
    dog.sent(0.0, is_voiced=True)
    assert probes(dog, is_open=False, is_quiet=False) == list(range(90, 200))


def test_an_open_utterance_is_never_cut(dog):
    dog.sent(0.0, is_voiced=True)
    assert probes(dog, is_open=True, is_quiet=False) == []


def test_an_upstream_that_answers_flushes_is_found_deaf_as_soon_each_time(dog):
    dog.answers_flushes = True
    for _ in range(5):
        dog.restart()
        dog.sent(0.0, is_voiced=True)
        assert dog.deaf_at_s == 13.0
        dog.was_deaf()


def test_one_that_never_answered_any_gets_more_time_the_third_time(dog):
    patience = []
    for _ in range(6):
        dog.restart()
        dog.sent(0.0, is_voiced=True)
        patience.append(dog.deaf_at_s)
        dog.was_deaf()
    assert patience == [13, 13, 26, 52, 52, 52]


def test_a_word_from_it_is_the_end_of_that(dog):
    for _ in range(4):
        dog.was_deaf()
    dog.heard()
    dog.sent(0.0, is_voiced=True)
    assert dog.deaf_at_s == 13.0
