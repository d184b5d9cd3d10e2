"""Whether to call again, and when; the clock is a number here."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from captions.errors import FaultKind, UpstreamGarbled, UpstreamGone, UpstreamLost, UpstreamRefused
from captions.relay.limits import RelayLimits
from captions.relay.retries import Retries

LIMITS = RelayLimits(retry_first_s=1.0, retry_cap_s=8.0, away_limit_s=100.0)


def refused(kind, retry_after_s=None):
    return UpstreamRefused("No.", kind=kind, retry_after_s=retry_after_s)


def failed(retries, error, now_s, *, live_since_s=None, has_settled=False):
    return retries.delay_s(error, live_since_s=live_since_s, has_settled=has_settled, now_s=now_s)


@pytest.mark.parametrize("error", [UpstreamLost(), UpstreamGarbled(), refused(FaultKind.TRANSIENT)])
def test_what_may_pass_is_tried_again_at_growing_distances(error):
    retries = Retries(LIMITS, now_s=0.0)
    delays = [failed(retries, error, 1.0) for _ in range(6)]
    assert delays == [pytest.approx(base, rel=0.21) for base in (1, 2, 4, 8, 8, 8)]


@pytest.mark.parametrize("kind", [FaultKind.AUTH, FaultKind.CONFIG, FaultKind.PROTOCOL])
def test_where_none_can_help_there_is_no_retry(kind):
    with pytest.raises(UpstreamRefused):
        failed(Retries(LIMITS, now_s=0.0), refused(kind), 1.0)


@pytest.mark.parametrize("kind", [FaultKind.AUTH, FaultKind.CONFIG])
def test_a_no_in_mid_speech_is_asked_once_more(kind):
    retries = Retries(LIMITS, now_s=0.0)
    assert failed(retries, refused(kind), 1.0, live_since_s=0.0) > 0
    with pytest.raises(UpstreamRefused):
        failed(retries, refused(kind), 2.0, live_since_s=1.5)


def test_a_quota_is_respected_and_believed_after_a_few_times():
    retries = Retries(LIMITS, now_s=0.0)
    assert [failed(retries, refused(FaultKind.QUOTA), 1.0) for _ in range(5)] == [5, 10, 20, 40, 60]
    with pytest.raises(UpstreamRefused):
        failed(retries, refused(FaultKind.QUOTA), 1.0)


@pytest.mark.parametrize(("wish_s", "delay_s"), [(7.0, 7.0), (3600.0, 60.0), (0.0, 1.0)])
def test_a_quotas_own_wish_is_followed_within_bounds(wish_s, delay_s):
    assert failed(Retries(LIMITS, now_s=0.0), refused(FaultKind.QUOTA, wish_s), 1.0) == delay_s


def test_an_upstream_that_is_away_for_too_long_is_given_up_with_what_it_said_last():
    retries = Retries(LIMITS, now_s=0.0)
    failed(retries, UpstreamLost("Nobody there."), 99.0)
    with pytest.raises(UpstreamGone, match=r"could not be used for 2 min.* Nobody there\."):
        failed(retries, UpstreamLost("Nobody there."), 100.0)


def test_what_is_given_up_is_not_tried_again_by_anybody():
    assert not UpstreamGone(away_s=60.0).retryable


@pytest.mark.parametrize("proof", [{"live_since_s": 90.0}, {"live_since_s": 98.9, "has_settled": True}])
def test_time_away_counts_from_when_it_last_was_of_use(proof):
    retries = Retries(LIMITS, now_s=0.0)
    failed(retries, UpstreamLost(), 99.0, **proof)
    assert retries.give_up_at_s == 199.0


def test_a_connection_that_breaks_at_once_is_no_return():
    retries = Retries(LIMITS, now_s=0.0)
    failed(retries, UpstreamLost(), 99.0, live_since_s=98.9)
    assert retries.give_up_at_s == 100.0


def test_without_a_limit_it_is_tried_for_ever():
    retries = Retries(replace(LIMITS, away_limit_s=0.0), now_s=0.0)
    assert retries.give_up_at_s == inf
    assert failed(retries, UpstreamLost(), 1e9) > 0
