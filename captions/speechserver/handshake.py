"""From a request to a socket, whichever vendor's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from captions.speechserver.presence import abort

LARGEST_MESSAGE_BYTES = 1 << 20


async def accept(request: web.Request) -> web.WebSocketResponse:
    """The socket of a request, its handshake done."""
    socket = web.WebSocketResponse(
        autoclose=False, compress=False, max_msg_size=LARGEST_MESSAGE_BYTES, timeout=2.0
    )
    await socket.prepare(request)
    return socket


def breaker(request: web.Request) -> Callable[[], None]:
    """What breaks the connection of a request without a close frame."""
    transport = request.transport
    return transport.abort if isinstance(transport, asyncio.WriteTransport) else lambda: abort(request)
