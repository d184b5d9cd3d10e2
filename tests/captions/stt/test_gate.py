"""Many sessions and one provider: it is not called more often than it can bear."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from captions.errors import FaultKind, UpstreamRefused
from captions.stt.breaker import Breaker, BreakerLimits
from captions.stt.connection import connect
from captions.stt.gate import Gate, gate_of
from captions.upstream.secret import Secret
from tests.captions.relay.running import FAST, relay
from tests.upstream import Visit, fake_upstream, http_response

ROOMS = 50


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(60):
        yield


async def listen(visit: Visit) -> None:
    await visit.begin()
    await visit.serve_flushes()


class Times:
    """Notes when handshakes come, and answers them with a status (0: accepts)."""

    def __init__(self, fake) -> None:
        self.at_s: list[float] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        fake.refuse = self

    def __call__(self, number, request):
        self.at_s.append(monotonic())
        return http_response(self.status, **self.headers) if self.status else None

    def most_in_a_second(self) -> int:
        return max((sum(at <= other < at + 1 for other in self.at_s) for at in self.at_s), default=0)


async def rooms(stack: AsyncExitStack, upstream, gate, count=ROOMS, **limits):
    """So many sessions, all on the air."""
    running = [
        await stack.enter_async_context(relay(upstream, gate=gate, limits=FAST, **limits))
        for _ in range(count)
    ]
    for room in running:
        await room.sink.until(lambda room=room: room.session.upstream == "live")
    return running


def all_live(running):
    return asyncio.gather(
        *(room.sink.until(lambda room=room: room.session.upstream == "live") for room in running)
    )


async def test_fifty_rooms_that_are_cut_off_together_come_back_at_a_bounded_rate():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        times = Times(fake)
        running = await rooms(stack, fake.upstream(open_timeout_s=5.0), Gate(Breaker()))
        assert times.most_in_a_second() <= 35
        times.at_s.clear()
        for visit in fake.visits:
            visit.socket.transport.abort()
        await asyncio.gather(
            *(room.sink.until(lambda room=room: room.session.upstream == "lost") for room in running)
        )
        began = monotonic()
        await all_live(running)
        assert monotonic() - began < 6
        assert len(times.at_s) == ROOMS
        assert times.most_in_a_second() <= 35


async def test_while_the_provider_is_away_one_room_asks_for_all():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        times = Times(fake)
        running = await rooms(stack, fake.upstream(), Gate(Breaker()))
        times.at_s.clear()
        times.status = 503
        for visit in fake.visits:
            visit.socket.transport.abort()
        await asyncio.wait({running[0].task}, timeout=3.5)
        assert 3 <= len(times.at_s) <= 8
        times.status = 0
        await all_live(running)
        assert len(times.at_s) <= ROOMS + 8
        assert times.most_in_a_second() <= 35
        assert all(("lost", "upstream.refused") in room.sink.statuses for room in running)


async def test_a_provider_in_doubt_that_does_not_answer_is_asked_by_one_at_a_time():
    async def never(visit):
        await visit.read_on()

    async with fake_upstream(never) as fake, AsyncExitStack() as stack:
        gate = Gate(Breaker(BreakerLimits(probe_patience_s=0.5)))
        gate._breaker.lost()
        running = [
            await stack.enter_async_context(relay(fake.upstream(open_timeout_s=10.0), gate=gate))
            for _ in range(20)
        ]
        await asyncio.wait({running[0].task}, timeout=1.2)
        assert 1 <= fake.handshakes <= 3


async def test_a_blip_of_one_session_costs_less_than_a_second():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        (room,) = await rooms(stack, fake.upstream(), Gate(Breaker()), count=1, retry_first_s=0.1)
        began = monotonic()
        fake.visits[0].socket.transport.abort()
        await room.sink.until(lambda: room.sink.statuses.count(("live", "")) == 2)
        assert monotonic() - began < 1.0


async def test_a_quotas_own_wish_is_respected_by_everybody():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        times = Times(fake)
        times.status, times.headers = 429, {"Retry_After": "1"}
        gate = Gate(Breaker())
        running = [
            await stack.enter_async_context(relay(fake.upstream(), gate=gate, quota_cap_s=60.0))
            for _ in range(10)
        ]
        await asyncio.gather(
            *(room.sink.until(lambda room=room: room.session.upstream == "lost") for room in running)
        )
        assert len(times.at_s) == 1
        assert all(room.sink.errors[0].kind is FaultKind.QUOTA for room in running)
        times.status = 0
        await all_live(running)
        assert times.at_s[1] - times.at_s[0] > 0.95


async def test_a_refused_key_is_asked_about_once():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        times = Times(fake)
        times.status = 401
        gate = Gate(Breaker())
        running = [await stack.enter_async_context(relay(fake.upstream(), gate=gate)) for _ in range(10)]
        done = await asyncio.gather(*(room.task for room in running), return_exceptions=True)
        assert all(isinstance(error, UpstreamRefused) and error.kind is FaultKind.AUTH for error in done)
        assert len(times.at_s) == 1
        async with relay(fake.upstream(), gate=gate) as late:
            with pytest.raises(UpstreamRefused):
                await late.task
        assert len(times.at_s) == 1


async def test_a_start_while_the_provider_is_known_to_be_away_says_so_at_once():
    async with fake_upstream(listen) as fake, AsyncExitStack() as stack:
        times = Times(fake)
        times.status = 503
        gate = Gate(Breaker(BreakerLimits(first_s=30.0, cap_s=30.0)))
        first = await stack.enter_async_context(relay(fake.upstream(), gate=gate))
        await first.sink.until(lambda: first.session.upstream == "lost")
        second = await stack.enter_async_context(relay(fake.upstream(), gate=gate))
        await second.sink.until(lambda: second.session.upstream == "lost")
        assert len(times.at_s) == 1


async def test_who_leaves_the_line_holds_nobody_up():
    async with fake_upstream(listen) as fake:
        times = Times(fake)
        times.status = 503
        gate = Gate(Breaker(BreakerLimits(first_s=0.3, cap_s=0.3)))
        opening = [asyncio.create_task(_open(gate, fake)) for _ in range(4)]
        await asyncio.wait(opening, return_when=asyncio.FIRST_COMPLETED)
        waiting = [task for task in opening if not task.done()]
        waiting[0].cancel()
        waiting[1].cancel()
        times.status = 0
        await waiting[2]
        await asyncio.gather(*opening, return_exceptions=True)


async def test_a_probe_that_is_cancelled_lets_the_next_one_go():
    async def never(visit):
        await visit.read_on()

    async with fake_upstream(never, listen) as fake:
        gate = Gate(Breaker(BreakerLimits(probe_patience_s=30.0)))
        gate._breaker.lost()
        first = asyncio.create_task(_open(gate, fake))
        await fake.until(lambda: len(fake.visits) == 1)
        second = asyncio.create_task(_open(gate, fake))
        first.cancel()
        await second


async def _open(gate, fake):
    upstream = fake.upstream(open_timeout_s=10.0)
    async with gate.through(connect(upstream, "en-US"), lambda error: None):
        pass


async def test_sessions_of_one_key_share_a_gate_and_others_do_not():
    async with fake_upstream(listen) as fake:
        mine = gate_of(fake.upstream())
        assert gate_of(fake.upstream()) is mine
        assert gate_of(fake.upstream(api_key=Secret("another"))) is not mine
