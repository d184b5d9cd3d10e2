"""Anything at any time: disturbances drawn from a seed, in any combination, also at once.

The same seed draws the same disturbances at the same moments of the speech. All of them together stay within
what is promised (the ring, the host's grace), so nothing at all may be lost. Each fourth seed plays on two
workers with PostgreSQL and Redis, and breaks those as well.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from random import Random

from tests.chaos.cases.databases import locked
from tests.chaos.cases.rows import WEATHER
from tests.chaos.casting import Case, Form
from tests.chaos.stage import Setting, Stage

LEAST, MOST = 2, 6
"""Disturbances in a run."""


@dataclass
class Sky:
    """One run, and who has which line in hand: two disturbances of one line wait for each other."""

    stage: Stage
    worker: asyncio.Lock
    upstream: asyncio.Lock
    door: asyncio.Lock
    layer: asyncio.Lock


Disturbance = Callable[[Sky, float, Random], Awaitable[None]]


async def upstream_cut(sky: Sky, for_s: float, chance: Random) -> None:
    sky.stage.upstream.cut()


async def upstream_closes(sky: Sky, for_s: float, chance: Random) -> None:
    await sky.stage.service.close_all(chance.choice((1000, 1001, 1008, 1011, 1013, 4000)))


async def upstream_away(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.upstream:
        with sky.stage.upstream.away():
            await sky.stage.clock.sleep(for_s)
        await sky.stage.upstream.open()


async def upstream_stops_reading(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.upstream:
        sky.stage.upstream.hold("up")
        await sky.stage.clock.sleep(for_s)
        sky.stage.upstream.release()


async def upstream_black_hole(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.upstream:
        sky.stage.upstream.go_dark()
        await sky.stage.clock.sleep(for_s)
        sky.stage.upstream.light()


async def upstream_refuses(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.upstream:
        sky.stage.upstream.answer(chance.choice((500, 502, 503)))
        sky.stage.upstream.cut()
        await sky.stage.clock.sleep(for_s)
        sky.stage.upstream.answer_no_more()


async def upstream_is_slow(sky: Sky, for_s: float, chance: Random) -> None:
    sky.stage.upstream.delay_s = 0.8 / sky.stage.setting.pace
    await sky.stage.clock.sleep(for_s)
    sky.stage.upstream.delay_s = 0.0


async def host_cut(sky: Sky, for_s: float, chance: Random) -> None:
    sky.stage.door.cut()


async def host_away(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.door:
        with sky.stage.door.away():
            await sky.stage.clock.sleep(for_s)
        await sky.stage.door.open()


async def host_black_hole(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.door:
        sky.stage.door.go_dark()
        await sky.stage.clock.sleep(for_s)
        sky.stage.door.light()


async def viewer_cut(sky: Sky, for_s: float, chance: Random) -> None:
    chance.choice(sky.stage.viewers[1:]).line.cut()


async def viewer_away(sky: Sky, for_s: float, chance: Random) -> None:
    line = chance.choice(sky.stage.viewers[1:]).line
    with line.away():
        await sky.stage.clock.sleep(for_s)
    await line.open()


async def viewer_asleep(sky: Sky, for_s: float, chance: Random) -> None:
    viewer = chance.choice(sky.stage.viewers[1:])
    viewer.sleep()
    await sky.stage.clock.sleep(for_s)
    viewer.wake()


async def viewer_comes(sky: Sky, for_s: float, chance: Random) -> None:
    if sky.stage.worker.is_running:
        await sky.stage.viewer()


async def worker_killed(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        await sky.stage.worker.kill()
        await sky.stage.worker.start()


async def worker_stopped(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        await sky.stage.worker.stop()
        await sky.stage.worker.start()


async def worker_stuck(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        sky.stage.worker.signal(signal.SIGSTOP)
        await sky.stage.clock.sleep(for_s / 2)
        sky.stage.worker.signal(signal.SIGCONT)


async def database_locked(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker, locked(sky.stage.database.path):
        await sky.stage.clock.sleep(for_s)


async def database_away(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        with sky.stage.to_database.away():
            await sky.stage.clock.sleep(for_s)
        await sky.stage.to_database.open()


async def database_silent(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        sky.stage.to_database.hold()
        await sky.stage.clock.sleep(for_s)
        sky.stage.to_database.release()


async def layer_away(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.layer:
        with sky.stage.to_redis.away():
            await sky.stage.clock.sleep(for_s)
        await sky.stage.to_redis.open()


async def layer_silent(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.layer:
        sky.stage.to_redis.hold()
        await sky.stage.clock.sleep(for_s)
        sky.stage.to_redis.release()


async def other_worker_killed(sky: Sky, for_s: float, chance: Random) -> None:
    async with sky.worker:
        await sky.stage.workers[-1].kill()
        await sky.stage.workers[-1].start()


async def clock_jumps(sky: Sky, for_s: float, chance: Random) -> None:
    sky.stage.clock.set_wall(shift_s=chance.choice((-3600, 3600, 0)), zone=chance.randrange(3))


DISTURBANCES: tuple[Disturbance, ...] = (
    upstream_cut,
    upstream_closes,
    upstream_away,
    upstream_stops_reading,
    upstream_black_hole,
    upstream_refuses,
    upstream_is_slow,
    host_cut,
    host_away,
    host_black_hole,
    viewer_cut,
    viewer_away,
    viewer_asleep,
    viewer_comes,
    worker_killed,
    worker_stopped,
    worker_stuck,
    database_locked,
    clock_jumps,
)


OF_TWO: tuple[Disturbance, ...] = (
    *(what for what in DISTURBANCES if what is not database_locked),
    database_away,
    database_silent,
    layer_away,
    layer_silent,
    other_worker_killed,
)
"""Where two workers share a database server and a channel layer."""

TWO: Form = {"workers": 2, "database": "server", "layer": "pubsub"}
EACH = 4
"""Of so many seeds one is for two workers."""


def climate(seed: int) -> Form:
    """What a seed is played on."""
    return TWO if seed % EACH == 0 else {}


@dataclass(frozen=True)
class Event:
    """One disturbance of a run."""

    at_ms: int
    what: Disturbance
    for_s: float
    seed: float

    def __str__(self) -> str:
        return f"{self.what.__name__} at {self.at_ms} ms for {self.for_s} s"


def forecast(
    chance: Random, duration_ms: int, disturbances: tuple[Disturbance, ...] = DISTURBANCES
) -> list[Event]:
    """What happens in a run, in order; decided before it begins."""
    events = [
        Event(
            at_ms=chance.randrange(1_000, duration_ms - 2_000, 100),
            what=chance.choice(disturbances),
            for_s=round(chance.uniform(1, 12), 1),
            seed=chance.random(),
        )
        for _ in range(chance.randint(LEAST, MOST))
    ]
    return sorted(events, key=lambda event: event.at_ms)


async def weather(stage: Stage, chance: Random) -> None:
    """Play what a seed has drawn."""
    is_of_two = stage.setting.workers > 1
    events = forecast(chance, stage.speech.duration_ms, OF_TWO if is_of_two else DISTURBANCES)
    stage.notes += [str(event) for event in events]
    sky = Sky(stage, asyncio.Lock(), asyncio.Lock(), asyncio.Lock(), asyncio.Lock())
    await stage.begin()
    async with asyncio.TaskGroup() as group:
        for event in events:
            await stage.host.spoken(event.at_ms)
            group.create_task(_happen(event, sky))
    stage.upstream.mend()
    stage.door.mend()
    await stage.finish()


async def _happen(event: Event, sky: Sky) -> None:
    await event.what(sky, event.for_s, Random(event.seed))


CASE = Case(
    name="weather",
    row=WEATHER,
    play=weather,
    forms=(),
    quick=None,
    setting=Setting(words=100, viewers=3, limit_s=120),
    needs=frozenset(),
)
"""Not among the named ones: it is played by seed."""
CASE_OF_TWO = replace(CASE, needs=frozenset({"PostgreSQL", "redis-server"}))
