"""The end of the process, told to who has something to finish.

ASGI's ``lifespan`` says when a server stops; Daphne does not speak it but runs on Twisted, whose
reactor can be asked. Either way :func:`shutdown` runs once, within ``LIMIT_S``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from captions.live.pacing import App, Receive, Scope, Send

log = structlog.get_logger(__name__)

LIMIT_S = 8.0
"""Less than the ten seconds that process managers give before they kill."""

EXIT_LIMIT_S = 9.0
"""Then the process is gone, whoever would hold it: Python waits at its end for a thread that waits for a
database that is silent, and that cannot be told."""

_endings: list[Callable[[], Awaitable[None]]] = []
_watching = False
_loop: asyncio.AbstractEventLoop | None = None


def at_end(ending: Callable[[], Awaitable[None]], *, last: bool = False) -> None:
    """Run ``ending`` when the process stops; those registered last are run first.

    ``last`` is for what may be lost rather than keep anything else waiting.
    """
    _endings.insert(0 if last else len(_endings), ending)


def loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that pages are served on, once one was: for views, whose threads cannot ask."""
    return _loop


def watch() -> None:
    """Ask the reactor to be told, if there is one that runs; once a process."""
    global _watching
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if _watching or reactor is None or not reactor.running:
        return
    from twisted.internet.defer import Deferred

    _watching = True

    def stopping() -> Any:
        threading.Thread(target=_be_gone, name="exit", daemon=True).start()
        return Deferred.fromFuture(asyncio.ensure_future(shutdown()))

    reactor.addSystemEventTrigger("before", "shutdown", stopping)


def _be_gone() -> None:
    until_s = time.monotonic() + EXIT_LIMIT_S
    while time.monotonic() < until_s:
        time.sleep(0.05)
    mine = threading.main_thread(), threading.current_thread()
    held_by = [thread.name for thread in threading.enumerate() if thread not in mine]
    log.warning("exit_forced", limit_s=EXIT_LIMIT_S, threads=held_by)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


async def shutdown() -> None:
    """Run all endings; one that fails or hangs keeps no other from its turn."""
    try:
        async with asyncio.timeout(LIMIT_S):
            for ending in reversed(_endings):
                try:
                    await ending()
                except Exception:
                    log.exception("ending_failed", ending=ending.__qualname__)
    except TimeoutError:
        log.warning("shutdown_unfinished", limit_s=LIMIT_S)


class Watched:
    """An ASGI application from whose first request on :func:`watch` and :func:`loop` know this process."""

    def __init__(self, application: App) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        global _loop
        _loop = asyncio.get_running_loop()
        watch()
        await self._application(scope, receive, send)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI lifespan protocol, for servers that speak it."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await shutdown()
            await send({"type": "lifespan.shutdown.complete"})
            return
