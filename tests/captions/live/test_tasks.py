from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from captions.live.tasks import end, spawn


async def test_a_task_that_fails_is_heard_of():
    async def fail():
        raise RuntimeError("broken")

    with capture_logs() as logs:
        task = spawn(fail(), name="unlucky")
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert [(line["event"], line["task"]) for line in logs] == [("task_failed", "unlucky")]


async def test_ended_tasks_are_gone():
    task = spawn(asyncio.Event().wait(), name="waits")
    await end(task, None)
    assert task.cancelled()


async def test_a_task_may_end_others_and_itself_goes_on():
    async def both(others):
        await end(*others, asyncio.current_task())
        return "went on"

    other = spawn(asyncio.Event().wait(), name="other")
    assert await spawn(both([other]), name="self") == "went on"
