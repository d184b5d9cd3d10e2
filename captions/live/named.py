"""A name for each request and socket, in all its log lines and in the answer.

A proxy in front may give one in ``X-Request-ID``; ours is as good, and told in the same header.
"""

from __future__ import annotations

from structlog.contextvars import bind_contextvars, clear_contextvars

from captions.live.pacing import App, Message, Receive, Scope, Send
from captions.live.trace import is_well_formed, new_id

HEADER = b"x-request-id"
STARTS = {"http.response.start", "websocket.accept"}


class Named:
    """An ASGI application whose lines carry ``request``. ``Paced`` looks at ``send``: this stands inside.

    Daphne tells no headers where a socket is accepted; other servers do.
    """

    def __init__(self, application: App) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _given(scope) or new_id()
        # A server may run this in a task whose context was another connection's.
        clear_contextvars()
        bind_contextvars(request=name)

        async def naming(message: Message) -> None:
            if message["type"] in STARTS:
                headers = [*message.get("headers", ()), (HEADER, name.encode("ascii"))]
                message = {**message, "headers": headers}
            await send(message)

        await self._application(scope, receive, naming)


def _given(scope: Scope) -> str:
    for header, value in scope.get("headers", ()):
        if header.lower() == HEADER:
            text = value.decode("latin-1")
            return text if is_well_formed(text) else ""
    return ""
