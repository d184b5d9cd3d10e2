"""Delays read like a list."""

from __future__ import annotations

from itertools import islice

import pytest

from captions.stt.backoff import backoff


def test_delays_double_up_to_the_cap():
    delays = backoff(first_s=0.1, cap_s=1.0, draw=lambda: 0.5)
    assert list(islice(delays, 6)) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])


@pytest.mark.parametrize(("drawn", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_jitter_spreads_each_delay_by_a_fifth(drawn, share):
    assert next(backoff(first_s=1.0, draw=lambda: drawn)) == pytest.approx(share)


def test_a_blip_costs_under_a_second():
    assert sum(islice(backoff(draw=lambda: 1.0), 3)) < 1.0


def test_it_never_ends_and_never_passes_the_cap():
    assert max(islice(backoff(cap_s=5.0), 2000)) <= 6.0
