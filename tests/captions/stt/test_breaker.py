"""When a provider may be called; the clock and the chance are numbers here."""

from __future__ import annotations

import pytest

from captions.errors import FaultKind, UpstreamGarbled, UpstreamLost, UpstreamRefused
from captions.stt.breaker import Breaker, BreakerLimits


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(BreakerLimits(per_s=25.0), clock=clock, draw=lambda: 0.5)


def quota(retry_after_s=None):
    return UpstreamRefused(kind=FaultKind.QUOTA, retry_after_s=retry_after_s)


def test_the_first_call_goes_at_once(breaker):
    assert breaker.wait_s() == 0


def test_calls_of_many_go_at_a_bounded_rate(breaker, clock):
    began_s, calls = clock.now_s, 0
    while clock.now_s < began_s + 2:
        clock.now_s += breaker.wait_s()
        breaker.succeeded(breaker.begin())
        calls += 1
    assert 49 <= calls <= 52


def test_the_gaps_between_them_are_spread(clock):
    draws = iter([0.0, 1.0])
    breaker = Breaker(BreakerLimits(per_s=25.0), clock=clock, draw=lambda: next(draws, 0.5))
    breaker.begin()
    assert breaker.wait_s() == pytest.approx(0.02)
    clock.now_s += 0.02
    breaker.begin()
    assert breaker.wait_s() == pytest.approx(0.06)


def test_a_line_that_broke_costs_the_one_that_calls_again_no_time(breaker, clock):
    breaker.succeeded(breaker.begin())
    clock.now_s += 60
    breaker.lost()
    assert breaker.wait_s() == 0


def test_in_doubt_one_probe_goes_and_the_others_wait_for_it(breaker, clock):
    breaker.lost()
    probe = breaker.begin()
    clock.now_s += 1.0
    assert breaker.wait_s() == pytest.approx(1.0), "until the probe has taken too long"
    breaker.succeeded(probe)
    assert breaker.wait_s() == 0


def test_a_success_that_began_before_a_quota_was_named_says_nothing_of_it(breaker, clock):
    late, first = breaker.begin(), breaker.begin()
    breaker.failed(first, quota(retry_after_s=30.0))
    breaker.succeeded(late)
    assert breaker.wait_s() == pytest.approx(30.0)
    clock.now_s += 30.0
    breaker.succeeded(breaker.begin())
    assert breaker.error is None


def test_a_probe_that_hangs_lets_the_next_one_go(breaker, clock):
    breaker.lost()
    breaker.begin()
    clock.now_s += 2.0
    assert breaker.wait_s() == 0


def test_a_probe_that_was_cancelled_is_not_waited_for(breaker, clock):
    breaker.lost()
    probe = breaker.begin()
    clock.now_s += 0.5
    breaker.abandoned(probe)
    assert breaker.wait_s() == 0


@pytest.mark.parametrize(
    "error", [UpstreamLost(), UpstreamGarbled(), UpstreamRefused(kind=FaultKind.TRANSIENT)]
)
def test_probes_that_fail_come_at_growing_distances_up_to_a_cap(breaker, clock, error):
    waits = []
    for _ in range(9):
        breaker.failed(breaker.begin(), error)
        waits.append(breaker.wait_s())
        clock.now_s += waits[-1]
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0])
    assert breaker.error is error


def test_a_success_starts_all_of_it_again(breaker, clock):
    for _ in range(5):
        breaker.failed(breaker.begin(), UpstreamLost())
        clock.now_s += breaker.wait_s()
    breaker.succeeded(breaker.begin())
    clock.now_s += 1
    assert (breaker.wait_s(), breaker.error) == (0, None)
    breaker.failed(breaker.begin(), UpstreamLost())
    assert breaker.wait_s() == pytest.approx(0.1)


@pytest.mark.parametrize(("wish_s", "wait_s"), [(None, 5.0), (7.0, 7.0), (3600.0, 60.0), (0.0, 0.04)])
def test_a_quota_holds_for_all_for_as_long_as_it_says_up_to_a_cap(breaker, wish_s, wait_s):
    breaker.failed(breaker.begin(), quota(wish_s))
    assert breaker.wait_s() == pytest.approx(wait_s)


def test_a_quota_that_says_no_time_takes_longer_each_time(breaker, clock):
    waits = []
    for _ in range(6):
        breaker.failed(breaker.begin(), quota())
        waits.append(breaker.wait_s())
        clock.now_s += waits[-1]
    assert waits == pytest.approx([5, 10, 20, 40, 60, 60])


def test_a_quota_named_in_mid_speech_holds_too(breaker):
    breaker.succeeded(breaker.begin())
    breaker.limited(quota(9.0))
    assert breaker.wait_s() == pytest.approx(9.0)


def test_a_refused_key_is_known_for_a_moment(breaker, clock):
    refusal = UpstreamRefused("No.", kind=FaultKind.AUTH, upstream_code="HTTP_401")
    breaker.failed(breaker.begin(), refusal)
    known = breaker.refusal
    assert (str(known), known.upstream_code) == (str(refusal), "HTTP_401")
    assert known is not refusal, "each gets an error of its own"
    clock.now_s += 5.0
    assert breaker.refusal is None


def test_what_is_refused_to_one_session_is_no_matter_of_the_others(breaker, clock):
    breaker.lost()
    breaker.failed(breaker.begin(), UpstreamRefused(kind=FaultKind.CONFIG))
    clock.now_s += 1
    assert (breaker.wait_s(), breaker.refusal, breaker.error) == (0, None, None)
