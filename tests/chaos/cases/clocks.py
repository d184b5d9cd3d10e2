"""Clocks: they jump, the time zone changes, a session lasts for more than a day."""

from __future__ import annotations

import sqlite3
from random import Random

from tests.chaos.cases.rows import CLOCKS
from tests.chaos.cases.upstream import moments
from tests.chaos.casting import case
from tests.chaos.clocks import ZONES
from tests.chaos.stage import Stage

HOUR_S = 3600


@case(
    CLOCKS,
    {"jumps_h": (1,)},
    {"jumps_h": (-1,)},
    {"jumps_h": (1, 0, -1, 24, -24)},
    quick={"jumps_h": (1, -1)},
    words=120,
    tries=2,
)
async def wall_clock_jumps(stage: Stage, jumps_h: tuple[int, ...], chance: Random) -> None:
    """Forth and back by hours, and to other time zones; the network flaps besides."""
    await stage.begin()
    for number, at_ms in enumerate(moments(chance, stage, len(jumps_h), rest_ms=5_000)):
        await stage.host.spoken(at_ms)
        stage.clock.set_wall(shift_s=jumps_h[number] * HOUR_S, zone=(number + 1) % len(ZONES))
        await stage.clock.sleep(1)
        stage.viewers[1].line.cut()
        stage.door.cut()
    await stage.finish()


@case(CLOCKS, {"hours": 30}, {"hours": 70}, quick={"hours": 30}, words=80)
async def session_lasts_for_days(stage: Stage, hours: int) -> None:
    """Its samples are counted in thousands of millions by then; lines break as ever."""
    base_ms = hours * HOUR_S * 1000
    for _ in range(stage.setting.viewers):
        await stage.viewer()
    first = await stage.page()
    session = (await first.go_on_air())["session"]
    await first.crash()
    await stage.worker.kill()
    grow_old(stage, session, base_ms)
    await stage.worker.start()
    second = await stage.page()
    ready = await second.resume(session, base_ms)
    stage.expect(ready["samples"] == base_ms * 16, f"it goes on at sample {ready['samples']}")
    await second.spoken(4_000)
    stage.upstream.cut()
    await second.spoken(8_000)
    stage.door.cut()
    await stage.finish(bases_ms=[-base_ms])


def grow_old(stage: Stage, session: str, by_ms: int) -> None:
    """As if it had been on the air, and nobody had spoken, for so long."""
    connection = sqlite3.connect(stage.database.path)
    with connection:
        changed = connection.execute(
            "UPDATE captions_session SET safe_samples = ?, started_at = datetime(started_at, ?) WHERE id = ?",
            (by_ms * 16, f"-{by_ms // 1000} seconds", session.replace("-", "")),
        ).rowcount
    connection.close()
    assert changed == 1
