"""Make ``await send(…)`` wait for the network under Daphne too, and tell it what has been received.

ASGI servers let ``send`` wait while a peer does not read; Daphne returns at once and lets what is
unsent pile up in memory without a bound. Twisted does say when a transport is full and when it has
drained, to whoever is registered as its producer; :class:`Paced` registers there. Under any other
server it does nothing. Sockets are paced, and answers of ``text/event-stream`` and of sound.

The other way, :mod:`captions.live.bounds` stops reading from a socket whose messages are not taken;
so it is told of each that is.

Paced sockets are also given time to say goodbye: Daphne's library resets a connection that has not
answered a close frame after one second, cut to a whole one of its clock, so perhaps at once. A reset
takes with it what its reader has not read yet, such as why it is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


GOODBYE_S = 5.0
"""How long a peer may take over its answer to a close frame: enough for a packet that was lost twice."""


class Paced:
    """An ASGI application whose ``send`` waits while its peer does not read."""

    def __init__(self, application: App) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, noted(scope, receive, send), paced(scope, send))


def noted(scope: Scope, receive: Receive, send: Send) -> Receive:
    """``receive`` itself, or one that tells a socket which counts what waits."""
    taken = getattr(_daphne_protocol(send), "taken", None)
    if taken is None or scope["type"] != "websocket":
        return receive

    async def noted_receive() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            taken()
        return message

    return noted_receive


def paced(scope: Scope, send: Send) -> Send:
    """``send`` itself, or under Daphne one that waits after a message until there is room again."""
    protocol = _daphne_protocol(send)
    if protocol is None:
        return send
    if scope["type"] == "websocket":
        return _paced_socket(send, protocol)
    return _paced_stream(send, protocol)


class _Gate:
    """A Twisted push producer that produces nothing: it only listens to how full a transport is."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def wait(self) -> None:
        await self._open.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone: nobody may wait for it any longer."""
        self._open.set()


def _paced_socket(send: Send, protocol: Any) -> Send:
    gate: _Gate | None = None
    protocol.closeHandshakeTimeout = GOODBYE_S

    async def paced_send(message: Message) -> None:
        nonlocal gate
        await send(message)
        if message["type"] != "websocket.send":
            return
        if gate is None:
            gate = _Gate()
            # The HTTP side, whose upgrade this was, is still registered and has nothing left to say.
            protocol.transport.unregisterProducer()
            protocol.transport.registerProducer(gate, True)
        if not gate.is_open:
            await gate.wait()

    return paced_send


def _paced_stream(send: Send, request: Any) -> Send:
    gate: _Gate | None = None

    async def paced_send(message: Message) -> None:
        nonlocal gate
        if message["type"] == "http.response.start" and _is_made_as_it_goes(message):
            if request.channel is None:  # the reader is gone already; Daphne drops what is sent
                return
            gate = _Gate()
            request.registerProducer(gate, True)
        if gate is not None and message["type"] == "http.response.body" and not message.get("more_body"):
            if request.channel is not None:
                request.unregisterProducer()
            gate = None
        await send(message)
        if gate is not None and not gate.is_open:
            await gate.wait()

    return paced_send


def _is_made_as_it_goes(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith((b"text/event-stream", b"audio/"))
        for name, value in start.get("headers", [])
    )


def _daphne_protocol(send: Send) -> Any | None:
    """The Twisted protocol behind a ``send`` of Daphne's, which is a partial of a server's method."""
    if not (isinstance(send, partial) and send.args and hasattr(send.args[0], "handle_reply")):
        return None
    protocol = send.args[0]
    return protocol if hasattr(protocol, "transport") or hasattr(protocol, "registerProducer") else None
