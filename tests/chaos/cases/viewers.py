"""Viewers: the network flaps, they come late, sleep, look elsewhere. All show what a steady one shows."""

from __future__ import annotations

from random import Random

from tests.chaos.cases.rows import VIEWER
from tests.chaos.cases.upstream import moments
from tests.chaos.casting import case
from tests.chaos.events import event_reader
from tests.chaos.proxy import proxy
from tests.chaos.stage import Stage
from tests.chaos.verdict import judge_viewer

SHORT = {"CHANGES_SEGMENTS": 10, "HELLO_SEGMENTS": 15, "PAGE_SEGMENTS": 12}
"""So little fits one refill that a few dozen lines need several pages."""


@case(VIEWER, {"times": 8}, {"times": 25}, quick={"times": 8}, words=80, tries=2)
async def viewer_network_flaps(stage: Stage, times: int, chance: Random) -> None:
    await stage.begin()
    for at_ms in moments(chance, stage, times):
        await stage.host.spoken(at_ms)
        stage.viewers[1].line.cut()
    await stage.finish()


@case(
    VIEWER,
    {"for_s": 5, "how": "cut"},
    {"for_s": 45, "how": "cut"},
    {"for_s": 5, "how": "black hole"},
    {"for_s": 45, "how": "black hole"},
    {"for_s": 20, "how": "stall"},
    quick={"for_s": 8, "how": "black hole", "words": 80},
    words=180,
)
async def viewer_without_network(stage: Stage, for_s: float, how: str) -> None:
    await stage.begin()
    await stage.host.spoken(4_000)
    line = stage.viewers[1].line
    if how == "cut":
        with line.away():
            await stage.clock.sleep(for_s)
        await line.open()
    elif how == "stall":
        line.hold()
        await stage.clock.sleep(for_s)
        line.release()
    else:
        line.go_dark()
        await stage.clock.sleep(for_s)
        line.mend()
    await stage.finish()


@case(VIEWER, quick={}, words=60)
async def viewer_comes_late(stage: Stage) -> None:
    """In the middle of an utterance, and after all is over."""
    await stage.begin()
    for at_ms in (1_000, 6_000, 12_500):
        await stage.host.spoken(at_ms)
        await stage.viewer()
    await stage.host.has_spoken()
    await stage.host.stop()
    await stage.viewer()
    await stage.finish(speaking=False)


@case(
    VIEWER,
    {"words": 700, "pace": 25, "limit_s": 120},
    {"words": 120, "settings": SHORT},
    quick={"words": 60, "settings": SHORT},
    per_utterance=2,
    pause_ms=700,
)
async def viewer_sleeps_for_an_hour(stage: Stage) -> None:
    """So long that what it missed does not fit one message: it is fetched page by page."""
    await stage.begin()
    await stage.host.spoken(4_000)
    stage.viewers[1].sleep()
    await stage.host.spoken(stage.speech.duration_ms - 4_000)
    stage.viewers[1].wake()
    await stage.finish()


@case(VIEWER, {"cuts": 0}, {"cuts": 3}, quick={"cuts": 2}, words=80)
async def viewer_tab_in_the_background(stage: Stage, cuts: int, chance: Random) -> None:
    """Its timers come once a minute; it is complete again soon after it is looked at."""
    await stage.begin()
    await stage.host.spoken(2_000)
    stage.viewers[1].hide()
    for at_ms in moments(chance, stage, cuts):
        await stage.host.spoken(at_ms)
        stage.viewers[1].line.cut()
    await stage.host.has_spoken()
    await stage.host.stop()
    stage.viewers[1].hide(False)
    await stage.finish(speaking=False)


@case(VIEWER, {"times": 6}, {"times": 15}, quick={"times": 6}, words=80, tries=2)
async def event_stream_flaps(stage: Stage, times: int, chance: Random) -> None:
    """A program that reads server-sent events, and goes on by ``Last-Event-ID``."""
    async with (
        proxy(stage.worker.port) as line,
        event_reader(slug=stage.slug, line=line, clock=stage.clock) as reader,
    ):
        await stage.begin()
        for at_ms in moments(chance, stage, times):
            await stage.host.spoken(at_ms)
            line.cut()
        await stage.finish()
        rows, version = await stage.rows()
        await stage.within(60, reader.reach(version), "the reader did not catch up")
    stage.expect(reader.streams > 1, "its stream was never broken")
    judge_viewer(stage.verdict, "the reader of events", reader.shown, reader.saw, rows)


@case(VIEWER, {"viewers": 12}, words=100)
async def viewers_come_back_all_at_once(stage: Stage) -> None:
    """A network of all of them at once; the host's goes on."""
    await stage.begin()
    await stage.host.spoken(5_000)
    for viewer in stage.viewers:
        viewer.line.shut()
        viewer.line.cut()
    await stage.clock.sleep(6)
    for viewer in stage.viewers:
        await viewer.line.open()
    await stage.finish()
