from __future__ import annotations

import pytest

from captions.errors import Flooding
from captions.live.flood import Bucket, Patience


class Clock:
    """Moves when told to."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def patience(clock):
    return Patience(
        bytes_a_second=1000,
        burst_bytes=10_000,
        least_bytes=100,
        texts_a_second=2,
        burst_texts=4,
        limit_s=30,
        clock=clock,
    )


def test_a_bucket_says_how_long_until_what_is_owed_is_paid(clock):
    bucket = Bucket(size=10, rate=2, clock=clock)
    assert bucket.spend(10) == 0
    assert bucket.spend(4) == 2
    clock.now_s += 2
    assert bucket.left == 0


def test_a_bucket_is_never_fuller_than_it_is_big(clock):
    bucket = Bucket(size=10, rate=2, clock=clock)
    clock.now_s += 3600
    assert bucket.left == 10


def test_a_burst_is_not_slowed_and_what_comes_behind_it_is(patience):
    assert [patience.wait_s(audio_bytes=5000) for _ in range(3)] == [0, 0, 5]


def test_an_empty_message_is_not_for_nothing(patience):
    assert sum(patience.wait_s(audio_bytes=0) == 0 for _ in range(200)) == 100


def test_texts_are_counted_beside_the_audio(patience):
    patience.wait_s(audio_bytes=10_000)
    assert [patience.wait_s() for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_who_keeps_to_the_pace_is_never_refused(patience, clock):
    for _ in range(600):
        assert patience.wait_s(audio_bytes=1000) == 0
        clock.now_s += 1


def test_a_flood_that_waits_when_told_to_is_over_after_a_while_all_the_same(patience, clock):
    patience.wait_s(audio_bytes=10_000)
    for _ in range(31):
        clock.now_s += patience.wait_s(audio_bytes=1000)
    with pytest.raises(Flooding):
        patience.wait_s(audio_bytes=1000)


def test_two_bursts_with_calm_between_are_no_flood(patience, clock):
    for _ in range(3):
        assert patience.wait_s(audio_bytes=11_000) == 1
        clock.now_s += 20
        assert patience.wait_s(audio_bytes=1000) == 0
        clock.now_s += 20
