"""Work for a request that ends when whoever asked is gone, so that nothing is computed for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

LOOK_EVERY_S = 0.05

Result = TypeVar("Result")


async def while_present(request: web.Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Do ``work``; once the client's connection is gone it is cancelled, and ``ConnectionError`` raised."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_EVERY_S)
            if is_gone(request) and not task.done():
                raise ConnectionResetError("the client is gone")
        return task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})


class Asked:
    """A request that is being answered, as one of the server's open connections. There is no way to end
    it in good order.
    """

    def __init__(self, request: web.Request) -> None:
        self._request = request

    def drop(self) -> None:
        """Break its connection; work done ``while_present`` ends."""
        abort(self._request)

    async def close(self, code: int) -> None:
        """Break its connection: over plain HTTP there are no close codes."""
        self.drop()

    async def go_away(self) -> None:
        """Break its connection, so that the server's end is not kept waiting."""
        self.drop()


def is_gone(request: web.Request) -> bool:
    """Whether the connection of a request is closed or closing."""
    return request.transport is None or request.transport.is_closing()


def abort(request: web.Request) -> None:
    """Break the connection of a request, in the middle of whatever is being sent."""
    transport = request.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
