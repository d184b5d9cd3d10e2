"""What is silence, and what wakes; the clock is a number here."""

from __future__ import annotations

from math import inf

import pytest

from captions.relay.idle import Idle


def in_a_room(noise: float) -> Idle:
    idle = Idle(120.0, now_s=0.0)
    for _ in range(1200):
        idle.quiet(noise)
    return idle


def test_it_is_due_after_so_long_without_a_voice():
    idle = Idle(120.0, now_s=10.0)
    assert idle.due_at_s == 130.0
    idle.spoke(50.0)
    assert idle.due_at_s == 170.0


def test_zero_means_never():
    assert Idle(0.0, now_s=10.0).due_at_s == inf


@pytest.mark.parametrize(("noise", "faintest"), [(0.0, 21), (5.0, 21), (20.0, 51), (60.0, 151), (140.0, 151)])
def test_what_wakes_depends_on_how_still_the_room_is(noise, faintest):
    assert not in_a_room(noise).wakes(faintest - 2)
    assert in_a_room(noise).wakes(faintest)


def test_a_noise_that_comes_up_slowly_wakes_nobody_until_it_may_be_a_voice():
    idle = in_a_room(10.0)
    level = 10.0
    while level < 150.0:
        assert not idle.wakes(level)
        level *= 1.005
    assert idle.wakes(151.0)
