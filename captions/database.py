"""The database, awaited: reads and writes each on threads of their own.

Channels runs all synchronous work of a process in one shared thread, where one slow query holds
up the captions of every room. Here a slow read delays at most other reads, and the one writer
thread keeps finals in their order; SQLite takes one writer at a time anyway.

A thread keeps its connection from call to call. It is looked after before a call, if it has been
idle, and dropped after a call that the database failed, so that a retry gets a new one.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")

READERS: Final = 4
IDLE_S: Final = 5.0
"""After this long a connection is asked whether it still works before it is used."""


class _Pool:
    """Threads that keep their database connections until :meth:`close`."""

    def __init__(self, name: str, threads: int) -> None:
        self.waiting = 0
        """Calls that somebody waits for, those under way among them."""
        self._opened: list[BaseDatabaseWrapper] = []
        self._used_at = threading.local()
        self._executor = ThreadPoolExecutor(
            threads, thread_name_prefix=f"database-{name}", initializer=self._remember_connections
        )

    def _remember_connections(self) -> None:
        self._opened.extend(connections.all())
        self._used_at.monotonic_s = time.monotonic()

    def _call(self, call: Callable[[], R]) -> R:
        if time.monotonic() - self._used_at.monotonic_s > IDLE_S:
            for connection in connections.all(initialized_only=True):
                if connection.connection is not None and not connection.is_usable():
                    connection.close()
        try:
            return call()
        except (InterfaceError, OperationalError):
            for connection in connections.all(initialized_only=True):
                connection.close()
            raise
        finally:
            self._used_at.monotonic_s = time.monotonic()

    async def run(self, call: Callable[[], R]) -> R:
        context = contextvars.copy_context()  # bound log fields follow the call into its thread
        loop = asyncio.get_running_loop()
        self.waiting += 1
        try:
            return await loop.run_in_executor(self._executor, context.run, self._call, call)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=True)
        # In a thread, for Django refuses to close a connection where an event loop runs.
        closing = threading.Thread(target=self._close_connections)
        closing.start()
        closing.join()

    def _close_connections(self) -> None:
        for connection in self._opened:
            # Its own thread has ended, so nobody else uses it; Django would refuse another one.
            connection.inc_thread_sharing()
            connection.close()


_lock = threading.Lock()
_pools: dict[str, _Pool] = {}


def _pool(name: str, threads: int) -> _Pool:
    with _lock:
        pool = _pools.get(name)
        if pool is None:
            pool = _pools[name] = _Pool(name, threads)
        return pool


async def read(func: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Await ``func`` on a reader thread. It must not return a lazy QuerySet.

    Reads run beside each other and beside writes. Cancelling stops the waiting, not the query.
    """
    return await _pool("read", READERS).run(functools.partial(func, *args, **kwargs))


async def write(func: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Await ``func`` on the one writer thread; calls run one by one in the order of their awaiting.

    Cancelling takes a call that has not begun out of the queue; one that has begun is completed.
    """
    return await _pool("write", 1).run(functools.partial(func, *args, **kwargs))


def waiting() -> dict[str, int]:
    """How many calls somebody waits for: ``read`` and ``write``."""
    return {name: _pools[name].waiting if name in _pools else 0 for name in ("read", "write")}


def close() -> None:
    """Wait for running calls, then let go of the threads and their connections.

    The next read or write starts anew. For the end of a process and of a test; it blocks.
    """
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()
