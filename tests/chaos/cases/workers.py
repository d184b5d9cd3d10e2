"""The worker: killed, told to stop, redeployed, stuck, out of file descriptors."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from random import Random

from tests.chaos.cases.rows import WORKER
from tests.chaos.cases.upstream import moments
from tests.chaos.casting import case
from tests.chaos.stage import Stage

DRAINED_WITHIN_S = 10.0 + 3.0
"""What is promised, and the machine's own time for the process to end: 0.3 s, ten times faster."""
COME_BACK = 4503


@case(
    WORKER,
    {"times": 1, "down_s": 0},
    {"times": 1, "down_s": 20},
    {"times": 3, "down_s": 1},
    quick={"times": 1, "down_s": 0},
    words=130,
    tries=3,
)
async def worker_is_killed(stage: Stage, times: int, down_s: float, chance: Random) -> None:
    """SIGKILL: the host goes on with the next one; what was stored is not recognised again."""
    await stage.begin()
    for at_ms in moments(chance, stage, times, rest_ms=4_000):
        await stage.host.spoken(at_ms)
        await stage.worker.kill()
        visits = len(stage.ear.visits)
        stored_ms = max(
            (row["offset_ms"] + row["duration_ms"] for viewer in stage.viewers for row in viewer.saw),
            default=0,
        )
        await stage.clock.sleep(down_s)
        await stage.worker.start()
        await stage.host.hear("ready", after=len(stage.host.reports))
        again = [visit.stretches for visit in stage.ear.visits[visits:] if visit.stretches]
        stage.expect(
            all(visit[0][0] >= stored_ms for visit in again),
            f"audio before {stored_ms} ms was recognised again: {again}",
        )
    await stage.finish()


@case(WORKER, {"down_s": 0}, {"down_s": 20}, quick={"down_s": 0}, words=60, pace=3, tries=3)
async def worker_is_told_to_stop(stage: Stage, down_s: float, chance: Random) -> None:
    """SIGTERM: it stores what was said, tells everybody to come back, and is gone within ten seconds."""
    await stage.begin()
    (at_ms,) = moments(chance, stage, 1, rest_ms=6_000)
    await stage.host.spoken(at_ms)
    took_s = await stage.worker.stop()
    stage.expect(took_s <= DRAINED_WITHIN_S, f"it took {took_s:.1f} s to stop")
    for page in (stage.host, *stage.viewers):
        await page.hear("closed")
        stage.expect(page.closes[0] == COME_BACK, f"a page was closed with {page.closes[0]}")
    await stage.clock.sleep(down_s)
    await stage.worker.start()
    await stage.finish()


@case(
    WORKER,
    {"stalled": False},
    {"stalled": True},
    quick={"stalled": True, "words": 30},
    words=40,
    pace=3,
    tries=3,
)
async def host_stops_while_the_worker_is_told_to_stop(stage: Stage, stalled: bool) -> None:
    """The stop is brought to its end; where the speech service is in the way, the page stops again later."""
    await stage.begin()
    await stage.host.has_spoken()
    if stalled:
        stage.upstream.go_dark()
    stopping = asyncio.create_task(stage.host.stop())
    took_s = await stage.worker.stop()
    stage.expect(took_s <= DRAINED_WITHIN_S, f"it took {took_s:.1f} s to stop")
    if stalled:
        stage.upstream.light()
    await stage.worker.start()
    await stopping
    await stage.finish(speaking=False)


@case(WORKER, {"times": 1}, {"times": 2}, quick={"times": 1}, words=80, pace=4, tries=2)
async def worker_is_redeployed(stage: Stage, times: int, chance: Random) -> None:
    """The next one takes connections on the same socket before the old one is told to stop."""
    await stage.begin()
    for at_ms in moments(chance, stage, times, rest_ms=6_000):
        await stage.host.spoken(at_ms)
        old, new = stage.worker, await stage.worker.another()
        stage.keep(new)
        stage.workers[0] = new
        took_s = await old.stop()
        stage.expect(took_s <= DRAINED_WITHIN_S, f"it took {took_s:.1f} s to stop")
    await stage.finish()


@case(WORKER, {"for_s": 5}, {"for_s": 25}, quick={"for_s": 6}, words=130, tries=2)
async def worker_is_stuck(stage: Stage, for_s: float, chance: Random) -> None:
    """It does nothing at all for a while, then goes on."""
    await stage.begin()
    (at_ms,) = moments(chance, stage, 1, rest_ms=6_000)
    await stage.host.spoken(at_ms)
    stage.worker.signal(signal.SIGSTOP)
    await stage.clock.sleep(for_s)
    stage.worker.signal(signal.SIGCONT)
    await stage.finish()


@case(WORKER, {"for_s": 5}, {"for_s": 40}, quick={"for_s": 6}, words=160, tries=2)
async def worker_is_out_of_file_descriptors(stage: Stage, for_s: float, chance: Random) -> None:
    """Nobody new gets in, the speech service cannot be called; when there are some again, all is made up."""
    await stage.begin()
    (at_ms,) = moments(chance, stage, 1, rest_ms=10_000)
    await stage.host.spoken(at_ms)
    pid = stage.worker.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) - 3, hard))
    stage.upstream.cut()
    stage.viewers[1].line.cut()
    await stage.clock.sleep(for_s / 2)
    stage.door.cut()
    await stage.clock.sleep(for_s / 2)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
    await stage.finish()
