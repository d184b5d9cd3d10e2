"""The database: away, slow, locked, full. Captions go on; no final is shown that is not stored in the end."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.chaos.cases.rows import DATABASE
from tests.chaos.cases.workers import COME_BACK, DRAINED_WITHIN_S
from tests.chaos.casting import case
from tests.chaos.stage import Stage

FILLING_BYTES = 64 << 10


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another process writes and does not come to an end."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def go_on_meanwhile(stage: Stage, for_s: float) -> None:
    """That much time, in which viewers go on reading interims."""
    viewer = stage.viewers[0]
    after = len(viewer.reports)
    await stage.clock.sleep(for_s)
    logs = [report for report in viewer.reports[after:] if report["type"] == "log"]
    stage.expect(any(report["interims"] for report in logs), "no captions came while the database was away")


@case(
    DATABASE,
    {"for_s": 5},
    {"for_s": 40, "words": 200},
    quick={"for_s": 12},
    words=100,
    tries=2,
)
async def database_is_locked(stage: Stage, for_s: float) -> None:
    """SQLite, by another connection."""
    await stage.begin()
    await stage.host.spoken(4_000)
    async with locked(stage.database.path):
        await go_on_meanwhile(stage, for_s)
    await stage.finish()


@case(
    DATABASE,
    {"for_s": 5},
    {"for_s": 40, "words": 200},
    quick={"for_s": 5},
    needs=["PostgreSQL"],
    words=100,
    database="server",
    tries=2,
)
async def database_is_away(stage: Stage, for_s: float) -> None:
    """PostgreSQL: connections break, further ones are refused."""
    await stage.begin()
    await stage.host.spoken(4_000)
    with stage.to_database.away():
        await go_on_meanwhile(stage, for_s)
    await stage.to_database.open()
    await stage.finish()


@case(DATABASE, {"for_s": 5}, {"for_s": 30}, needs=["PostgreSQL"], words=160, database="server")
async def database_answers_nothing(stage: Stage, for_s: float) -> None:
    """PostgreSQL: it takes questions and does not answer for a while."""
    await stage.begin()
    await stage.host.spoken(4_000)
    stage.to_database.hold()
    await go_on_meanwhile(stage, for_s)
    stage.to_database.release()
    await stage.finish()


@case(DATABASE, {}, needs=["PostgreSQL"], words=60, pace=3, database="server", tries=2)
async def worker_is_told_to_stop_while_the_database_answers_nothing(stage: Stage) -> None:
    """It tells the pages to come back, and is gone in time: nobody can be asked to store anything."""
    await stage.begin()
    await stage.host.spoken(4_000)
    stage.to_database.go_dark()
    took_s = await stage.worker.stop()
    stage.expect(took_s <= DRAINED_WITHIN_S, f"it took {took_s:.1f} s to stop")
    for page in (stage.host, *stage.viewers):
        await page.hear("closed")
        stage.expect(page.closes[0] == COME_BACK, f"a page was closed with {page.closes[0]}")
    stage.to_database.light()
    await stage.worker.start()
    await stage.finish()


@case(DATABASE, {"for_s": 20}, quick={"for_s": 8}, words=130, tries=2)
async def database_file_cannot_grow(stage: Stage, for_s: float) -> None:
    """What a full disk is to the process that writes: it may write no file any more."""
    await stage.begin()
    await stage.host.spoken(4_000)
    pid = stage.worker.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
    await go_on_meanwhile(stage, for_s)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await stage.finish()


@case(
    DATABASE,
    {"for_s": 20},
    quick={"for_s": 8},
    needs=["root"],
    words=130,
    database="small disk",
    tries=2,
)
async def disk_is_full(stage: Stage, for_s: float) -> None:
    """A real one, of a few megabytes."""
    await stage.begin()
    await stage.host.spoken(4_000)
    filling = stage.database.path.with_name("filling")
    fill(filling)
    await go_on_meanwhile(stage, for_s)
    filling.unlink()
    await stage.finish()


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (FILLING_BYTES, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@case(
    DATABASE,
    {"for_s": 60},
    quick={"for_s": 25},
    words=100,
    per_utterance=2,
    pause_ms=800,
    settings={"UNSTORED_CAPTIONS": 8},
)
async def database_is_locked_for_longer_than_finals_may_wait(stage: Stage, for_s: float) -> None:
    """Past the bound recognition waits too, and the host is told; audio is kept meanwhile."""
    await stage.begin()
    await stage.host.spoken(4_000)
    async with locked(stage.database.path):
        await stage.clock.sleep(for_s)
    stage.expect("store.behind" in stage.host.problems, f"the host was told only {stage.host.problems}")
    await stage.finish()
