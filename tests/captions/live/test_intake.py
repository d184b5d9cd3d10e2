from __future__ import annotations

import pytest

from captions.errors import BadChunk, Overrun
from captions.live.intake import REWIND_S, Intake
from captions.live.messages import Chunk

ROOM = 10**9
"""Free samples of a relay that takes everything."""


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Host:
    """Sends chunks of 100 ms to an intake, and keeps what the relay would."""

    def __init__(self, **spoil: float) -> None:
        self.clock = Clock()
        self.intake = Intake(**{"rate": 4.0, "burst_ms": 10_000} | spoil, clock=self.clock)
        self.samples = 0

    def send(self, first_ms: int, *, free_ms: float = ROOM) -> bool:
        chunk = Chunk(first_ms * 16, bytes(3200))
        taken = self.intake.admits(chunk, samples=self.samples, free_samples=int(free_ms * 16))
        if taken:
            self.samples = max(self.samples, chunk.end_sample)
        return taken


def test_real_time_goes_on_for_ever():
    host = Host(burst_ms=300)
    for n in range(10_000):
        host.clock.now_s += 0.1
        assert host.send(100 * n)


def test_a_burst_is_taken_whole_and_what_is_more_is_too_fast():
    host = Host()
    for n in range(100):
        assert host.send(100 * n)
    with pytest.raises(Overrun):
        host.send(10_000)


def test_after_a_burst_it_goes_on_at_the_rate():
    host = Host()
    for n in range(100):
        host.send(100 * n)
    host.clock.now_s += 1.0
    for n in range(100, 140):
        assert host.send(100 * n)
    with pytest.raises(Overrun):
        host.send(14_000)


def test_what_follows_a_refused_chunk_is_ignored_until_the_host_goes_back():
    host = Host()
    for n in range(100):
        host.send(100 * n)
    with pytest.raises(Overrun):
        host.send(10_000)
    host.clock.now_s += 1.0
    assert not host.send(10_100)
    assert not host.send(10_200)
    assert host.send(10_000)
    assert host.send(10_100)


def test_a_host_that_never_goes_back_is_taken_at_its_word():
    host = Host()
    for n in range(100):
        host.send(100 * n)
    with pytest.raises(Overrun):
        host.send(10_000)
    host.clock.now_s += REWIND_S + 0.1
    assert host.send(15_000)


def test_a_jump_without_a_refusal_is_the_host_s_own_loss():
    assert Host().send(5_000)


def test_a_replay_costs_nothing():
    host = Host()
    host.send(0)
    for _ in range(1_000):
        assert host.send(0)


def test_a_hurry_is_refused_when_the_relay_has_no_room():
    host = Host()
    for n in range(21):
        assert host.send(100 * n, free_ms=0 if n < 20 else 1000)
    with pytest.raises(Overrun):
        host.send(2_100, free_ms=0)


def test_a_speaking_host_is_never_refused_for_want_of_room():
    host = Host()
    for n in range(1_000):
        host.clock.now_s += 0.1
        assert host.send(100 * n, free_ms=0)


def test_a_loss_as_long_as_the_session_is_old_is_taken():
    host = Host(age_s=3600)
    assert host.send(0)
    assert host.send(3_600_000)


def test_a_chunk_from_the_future_is_refused_and_the_next_right_one_is_taken():
    host = Host()
    assert host.send(0)
    with pytest.raises(BadChunk, match="later than can have been spoken"):
        host.send((2**32 - 1600) // 16)
    assert host.send(100)


def test_a_session_ahead_of_the_clock_goes_on_from_where_it_is():
    host = Host(rate=100.0, burst_ms=10_000)
    for n in range(100):
        host.clock.now_s += 0.01
        assert host.send(100 * n)
    assert host.send(10_500)
