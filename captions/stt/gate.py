"""The one door of a process to a provider: who wants to connect stands in line, and the breaker opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from weakref import WeakKeyDictionary

from captions.errors import FaultKind, UpstreamError, UpstreamRefused
from captions.stt.breaker import Breaker, BreakerLimits
from captions.stt.connection import Connection
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret


class Gate:
    """Of one event loop. First come, first served."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._line = asyncio.Lock()
        self._news = asyncio.Event()
        self._waiting: dict[object, Callable[[UpstreamError], None]] = {}

    @asynccontextmanager
    async def through(
        self, opening: AbstractAsyncContextManager[Connection], held_up: Callable[[UpstreamError], None]
    ) -> AsyncIterator[Connection]:
        """Open a connection when it is its turn. ``held_up`` is told why it has to wait, if that is known.

        Raises what ``opening`` does, and at once the ``UpstreamRefused`` of a key that was just refused.
        Cancelling it is safe, also in the line.
        """
        attempt = await self._turn(held_up)
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(opening)
                self._breaker.succeeded(attempt)
            except UpstreamError as exc:
                self._failed(attempt, exc)
                raise
            finally:
                self._breaker.abandoned(attempt)  # changes nothing where the outcome was told
                self._news.set()
            try:
                yield connection
            except UpstreamError as exc:
                self._lost(exc)
                raise

    async def _turn(self, held_up: Callable[[UpstreamError], None]) -> int:
        if self._breaker.error is not None and self._breaker.wait_s():
            held_up(self._breaker.error)
        place = object()
        self._waiting[place] = held_up
        try:
            async with self._line:
                return await self._first_in_line()
        finally:
            del self._waiting[place]

    async def _first_in_line(self) -> int:
        while True:
            if refusal := self._breaker.refusal:
                raise refusal
            wait_s = self._breaker.wait_s()
            if not wait_s:
                return self._breaker.begin()
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    def _failed(self, attempt: int, error: UpstreamError) -> None:
        self._breaker.failed(attempt, error)
        if self._breaker.error is error:
            for held_up in list(self._waiting.values()):
                held_up(error)

    def _lost(self, error: UpstreamError) -> None:
        if isinstance(error, UpstreamRefused) and error.kind is FaultKind.QUOTA:
            self._breaker.limited(error)
        else:
            self._breaker.lost()


_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, Secret], Gate]] = WeakKeyDictionary()


def gate_of(upstream: Upstream, limits: BreakerLimits | None = None) -> Gate:
    """The gate to a provider; the same for all who call it with the same key."""
    gates = _gates.setdefault(asyncio.get_running_loop(), {})
    provider = (upstream.ws_url, upstream.api_key)
    gate = gates.get(provider)
    if gate is None:
        gate = gates[provider] = Gate(Breaker(limits))
    return gate
