"""What a host is told when the store is behind; the clock is a number here."""

from __future__ import annotations

import pytest

from captions.live.arrears import Arrears


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def arrears(clock):
    return Arrears(behind_s=4.0, bound=200, kept_s=90, clock=clock)


def test_a_store_that_takes_its_time_is_no_news(arrears, clock):
    for _ in range(5):
        with arrears.storing():
            clock.now_s += 3.9
            assert arrears.unstored(3) == 0
            assert arrears.news(waiting=3, is_full=False) is None


def test_one_that_takes_longer_is_told_once_with_how_many_wait(arrears, clock):
    with arrears.storing():
        clock.now_s += 4
        assert arrears.unstored(12) == 12
        assert "not shown as final until then: 12." in str(arrears.news(waiting=12, is_full=False))
        assert arrears.news(waiting=13, is_full=False) is None


def test_it_is_told_again_when_recognition_waits_too(arrears, clock):
    with arrears.storing():
        clock.now_s += 4
        arrears.news(waiting=199, is_full=False)
        said = str(arrears.news(waiting=200, is_full=True))
        assert "recognition waits" in said
        assert "90 s of audio are kept" in said
        assert arrears.news(waiting=200, is_full=True) is None
        assert arrears.news(waiting=199, is_full=False) is None


def test_once_it_is_over_the_next_time_is_news_again(arrears, clock):
    with arrears.storing():
        clock.now_s += 4
        assert arrears.news(waiting=1, is_full=False)
    assert arrears.unstored(1) == 0
    assert arrears.news(waiting=1, is_full=False) is None
    with arrears.storing():
        clock.now_s += 4
        assert "not shown as final until then: 1." in str(arrears.news(waiting=1, is_full=False))
