from __future__ import annotations

import pytest

from captions.relay.arrivals import MOST, STEP, Arrivals

SECOND = 16_000


def spoken(seconds: int, *, from_s: float = 100.0) -> Arrivals:
    arrivals = Arrivals()
    for chunk in range(1, 10 * seconds + 1):
        arrivals.note(chunk * 1600, from_s + chunk / 10)
    return arrivals


@pytest.mark.parametrize("at_s", [0.5, 1.0, 1.3, 4.9])
def test_what_was_spoken_steadily_is_as_old_as_it_is_long_ago(at_s):
    assert spoken(5).age_s(int(at_s * SECOND), 106.0) == pytest.approx(6.0 - at_s, abs=0.11)


def test_audio_that_was_held_up_is_as_old_as_its_coming():
    arrivals = spoken(2)
    arrivals.note(5 * SECOND, 130.0)  # three seconds of it, half a minute later
    assert arrivals.age_s(5 * SECOND, 131.0) == pytest.approx(1.0)
    assert arrivals.age_s(4 * SECOND, 131.0) == pytest.approx(2.0)


def test_nothing_is_known_before_anything_came_or_long_after():
    assert Arrivals().age_s(SECOND, 1.0) is None
    arrivals = spoken(600)
    assert arrivals.age_s(SECOND, 800.0) is None
    assert len(arrivals._notes) == MOST


def test_it_is_never_younger_than_now():
    assert spoken(1).age_s(100 * SECOND, 101.0) == 0.0


def test_notes_are_half_a_second_apart():
    assert len(spoken(10)._notes) == pytest.approx(10 * SECOND / STEP, abs=1)
