"""Tasks of our own: none fails unheard, none outlives who started it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


def spawn(work: Coroutine[Any, Any, T], *, name: str, context: Context | None = None) -> asyncio.Task[T]:
    """Start ``work``; what it raises is logged at once, for nobody may be waiting for it.

    A ``context`` of its own is for what serves others than who happened to start it: their names
    do not belong into its lines.
    """
    task = asyncio.create_task(work, name=name, context=context)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task_failed", task=task.get_name(), exc_info=error)


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they are gone. A task may be among them that calls this: it is left out."""
    mine = asyncio.current_task()
    live = [task for task in tasks if task is not None and task is not mine and not task.done()]
    for task in live:
        task.cancel()
    if live:
        await asyncio.wait(live)
