"""Every way an upstream says no: what the host is told, and whether it is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from captions.errors import CaptionError, UpstreamGone, UpstreamRefused
from captions.stt.breaker import Breaker, BreakerLimits
from captions.stt.gate import Gate
from tests.captions.relay.running import relay
from tests.upstream import FakeUpstream, Visit, fake_upstream, http_response


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(20):
        yield


async def listen(visit: Visit) -> None:
    await visit.begin()
    await visit.serve_flushes()


@dataclass
class No:
    """A refusal: by ``status`` at the handshake, or by ``error`` and ``close`` before ``ready``."""

    says: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, str] | None = None
    close: int | None = None

    def refuse(self, fake: FakeUpstream) -> Callable[[], None]:
        """Begin to refuse; what this gives ends it."""
        state = {"on": True}
        if self.status:
            fake.refuse = lambda number, request: (
                http_response(self.status, **self.headers) if state["on"] else None
            )

        async def play(visit: Visit) -> None:
            if self.status or not state["on"]:
                await listen(visit)
                return
            await visit.receive()
            if self.error is not None:
                await visit.say(type="error", **self.error)
            if self.close is None:
                await visit.drop()
            else:
                await visit.socket.close(self.close)

        fake.plays = (play,)
        return lambda: state.update(on=False)


FOR_GOOD = {
    "401": No("check VOXNEXUS_API_KEY", status=401),
    "403": No("check VOXNEXUS_API_KEY", status=403),
    "400": No("check its settings", status=400),
    "404": No("check its settings", status=404),
    "key": No("check VOXNEXUS_API_KEY", error={"error": "Bad.", "code": "UNAUTHORIZED"}, close=1008),
    "key, no close frame": No("check VOXNEXUS_API_KEY", error={"error": "Bad.", "code": "UNAUTHORIZED"}),
    "language": No("Choose another one", error={"error": "tlh?", "code": "UNSUPPORTED_LANGUAGE"}, close=1008),
    "close 1008": No("check VOXNEXUS_API_KEY", close=1008),
    "close 4001": No("check VOXNEXUS_API_KEY", close=4001),
}
FOR_NOW = {
    "429": No("no room for this session now", status=429),
    "429, a second": No("no room for this session now", status=429, headers={"Retry_After": "1"}),
    "429, a date": No(
        "no room for this session now", status=429, headers={"Retry_After": "Thu, 01 Jan 2026 00:00:00 GMT"}
    ),
    "500": No("should pass", status=500),
    "502": No("should pass", status=502),
    "503": No("should pass", status=503),
    "quota": No("no room", error={"error": "Too many.", "code": "QUOTA_EXCEEDED"}, close=1013),
    "fault": No("should pass", error={"error": "Oops.", "code": "INTERNAL_ERROR"}, close=1011),
    "close 1013": No("no room for this session now", close=1013),
    "close 4429": No("no room for this session now", close=4429),
    "close 1000": No("was lost (close code 1000)", close=1000),
    "close 1011": No("was lost (close code 1011)", close=1011),
    "close 1012": No("was lost (close code 1012)", close=1012),
    "no close frame": No("was lost (close code 1006)"),
}


def quick_gate() -> Gate:
    return Gate(Breaker(BreakerLimits(first_s=0.01, cap_s=0.05, quota_first_s=0.01, quota_cap_s=0.05)))


@pytest.mark.parametrize("no", FOR_GOOD.values(), ids=FOR_GOOD)
async def test_what_no_retry_can_help_is_asked_once_and_told_with_what_to_do(no):
    async with fake_upstream(listen) as fake:
        no.refuse(fake)
        async with relay(fake.upstream(), gate=quick_gate()) as running:
            running.speak(0, 1000)
            with pytest.raises(UpstreamRefused) as caught:
                await running.task
            assert no.says in str(caught.value)
            assert not caught.value.retryable
            assert fake.handshakes == 1
            await running.session.stop()
            assert running.sink.gaps == [(0, 1000)]


@pytest.mark.parametrize("no", FOR_NOW.values(), ids=FOR_NOW)
async def test_what_may_pass_is_told_and_tried_again_and_costs_no_word(no):
    async with fake_upstream(listen) as fake:
        relent = no.refuse(fake)
        async with relay(fake.upstream(), gate=quick_gate()) as running:
            running.speak(0, 1000)
            await running.sink.until(lambda: running.session.upstream == "lost")
            told: CaptionError = running.sink.errors[0]
            assert no.says in str(told)
            assert told.retryable
            assert not running.task.done()
            relent()
            await running.sink.until(lambda: running.session.upstream == "live")
            await running.session.stop()
            assert fake.heard_ms()[-1] == [(0, 1000)]
            assert running.sink.gaps == []


@pytest.mark.parametrize("gate", [None, quick_gate])
async def test_an_upstream_that_stays_away_is_given_up_and_the_gap_says_how_much_is_missing(gate):
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        async with relay(fake.upstream(), gate=gate and gate(), away_limit_s=0.4) as running:
            running.speak(0, 3000)
            with pytest.raises(UpstreamGone, match="this session has ended"):
                await running.task
            await running.session.stop()
            assert running.sink.gaps == [(0, 3000)]


async def test_it_is_given_up_in_the_line_as_well():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        gate = Gate(Breaker(BreakerLimits(first_s=60.0, cap_s=60.0)))
        async with relay(fake.upstream(), gate=gate, away_limit_s=0.4) as running:
            with pytest.raises(UpstreamGone):
                await running.task
            assert fake.handshakes == 1


async def test_a_stop_in_the_line_ends_in_time_and_says_what_is_missing():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        gate = Gate(Breaker(BreakerLimits(first_s=60.0, cap_s=60.0)))
        async with relay(fake.upstream(), gate=gate, stop_timeout_s=0.3) as running:
            running.speak(0, 1000)
            await running.sink.until(lambda: running.session.upstream == "lost")
            await running.session.stop()
            assert running.sink.gaps == [(0, 1000)]


async def test_a_session_killed_in_the_line_leaves_it():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        gate = Gate(Breaker(BreakerLimits(first_s=60.0, cap_s=60.0)))
        async with relay(fake.upstream(), gate=gate) as running:
            await running.sink.until(lambda: running.session.upstream == "lost")
            running.task.cancel()
            await running.session.stop()
        assert not gate._line.locked()
