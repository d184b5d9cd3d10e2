"""How much a stranger may send before any of our code sees it, held where the bytes arrive.

Daphne has no switch for this on its command line, takes messages of 1 MiB, spools whole request
bodies to disk first, and lets what an application has not taken yet pile up in memory. Its two
protocol classes are therefore replaced by these (:func:`install`), however it is started. Twisted
itself bounds the rest: 16 KiB for a request's line and headers together, 500 headers, a minute
without a byte.

Other servers do not come by here; Uvicorn has ``--ws-max-size``, and waits by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from io import BytesIO
from typing import Any

import structlog
from daphne import http_protocol
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from captions.conf import conf
from captions.live.flood import Bucket

log = structlog.get_logger(__name__)

TOO_BIG = 1009
"""Close code of RFC 6455, 7.4.1."""
MOST_FRAMES = 256
"""Of one message. Empty frames cost no bytes of a message and would be collected for ever."""
LINGER_S = 2.0
"""How long what a refused client still sends is read and dropped: closed under it, it would see a
reset instead of the answer."""
FRAME_BYTES = 64
"""What a waiting message costs beside its bytes, about."""
PING_PAUSE_S = 0.25
HEADERS = (
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n"
    b"Cache-Control: no-store\r\n"
)
"""What the site's other answers say through their middleware."""


SPEECH_PATHS = ("/ws/tts/", "/playground/")
"""Where texts to be spoken come in, which may be longer than anything else that anybody sends."""


def _most_bytes(path: str, otherwise: int) -> int:
    return max(conf.tts_message_bytes, otherwise) if path.startswith(SPEECH_PATHS) else otherwise


class BoundedRequest(http_protocol.WebRequest):
    """A request whose body is refused with 413 when it is announced, or grows, too big.

    What is taken is kept in memory: it is small.
    """

    received_bytes = 0
    refused = False
    most_bytes = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The headers are complete; ``None``: the body comes in pieces of unknown number."""
        self.content = BytesIO()
        # The request has its path once it is complete; its channel knows it by now.
        path = bytes(getattr(self.channel, "_path", b""))
        self.most_bytes = _most_bytes(path.decode("latin-1"), conf.max_body_bytes)
        if length is not None and length > self.most_bytes:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self.received_bytes += len(data)
        if self.received_bytes > self.most_bytes:
            self._refuse()
        if not self.refused:
            super().handleContentChunk(data)

    def requestReceived(self, *line: bytes) -> None:  # noqa: N802
        """The body is complete. After a refusal nobody is to hear of it."""
        if not self.refused:
            super().requestReceived(*line)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own page for a request that it cannot read, without its inline style."""
        headers = [tuple(line.split(b": ", 1)) for line in HEADERS.split(b"\r\n") if line]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": f"{body}.\n".encode()})

    def _refuse(self) -> None:
        if self.refused:
            return
        self.refused = True
        # A client that asks whether to send at all has its answer.
        self.requestHeaders.removeHeader(b"Expect")
        text = f"This is more than this site takes: {self.most_bytes // 1024} KiB at most. Send less.\n"
        self.channel.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
            + HEADERS
            + f"Content-Length: {len(text)}\r\n\r\n{text}".encode()
        )
        self.channel.transport.loseWriteConnection()
        self.channel.dataReceived = lambda data: None
        self.channel.callLater(LINGER_S, self.channel.transport.abortConnection)
        log.info("body_refused")


class BoundedSocket(WebSocketProtocol):
    """A socket that takes no big message, whole or in frames, and reads no further than we follow.

    Autobahn's own limit is for both directions, and what we send may be longer than what we take.
    """

    frames = 0
    waiting_bytes = 0
    most_bytes = 0

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        self.most_bytes = _most_bytes(request.path, conf.max_message_bytes)
        self.maxMessagePayloadSize = max(self.factory.maxMessagePayloadSize, self.most_bytes)
        self._pauses: set[str] = set()
        self._waiting: deque[int] = deque()  # sizes of messages that the application has not taken yet
        self._pings = Bucket(size=conf.ping_burst, rate=conf.ping_rate)
        return super().onConnect(request)

    def onMessageBegin(self, isBinary: bool) -> None:  # noqa: N802, N803
        self.frames = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        self.frames += 1
        size = self.message_data_total_length + length
        if not self.failedByMe and (size > self.most_bytes or self.frames > MOST_FRAMES):
            # Said, not only cut: a client that hears 1006 takes it for the network and tries again.
            self.failByDrop = False
            self._fail_connection(TOO_BIG, f"A message may have {self.most_bytes} bytes.")
        super().onMessageFrameBegin(length)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        super().onMessage(payload, isBinary)
        self._waiting.append(len(payload) + FRAME_BYTES)
        self.waiting_bytes += self._waiting[-1]
        if self.waiting_bytes > conf.inbox_bytes:
            self.pause("inbox")

    def taken(self) -> None:
        """The application has taken a message; told by :class:`captions.live.pacing.Paced`."""
        self.waiting_bytes -= self._waiting.popleft()
        if not self._waiting:
            self.resume("inbox")

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """Answer it, unless they come in a flood: what nobody reads would pile up here as pongs.

        An endpoint may answer the newest of several pings alone (RFC 6455, 5.5.3).
        """
        if not self._pings.spend(1):
            super().onPing(payload)
        elif "pings" not in self._pauses:
            self.pause("pings")
            asyncio.get_running_loop().call_later(PING_PAUSE_S, self.resume, "pings")

    def pause(self, why: str) -> None:
        """Read nothing more, so that the peer's sending waits."""
        if not self._pauses:
            self.transport.pauseProducing()
        self._pauses.add(why)

    def resume(self, why: str) -> None:
        """Read on, unless there is another reason not to."""
        if why in self._pauses:
            self._pauses.discard(why)
            if not self._pauses:
                self.transport.resumeProducing()


def install() -> None:
    """Let Daphne make these, and end well; before it accepts its first connection."""
    http_protocol.WebRequest = BoundedRequest
    WebSocketFactory.protocol = BoundedSocket
    Server.kill_all_applications = _kill_all_applications


_their_kill_all_applications = Server.kill_all_applications


def _kill_all_applications(server: Any) -> Any:
    """Daphne stumbles over a request that is still on its way in, and then tells nobody of the end.

    One whose client is gone is ending already; cancelled meanwhile, Django leaves an error behind.
    """
    nothing: asyncio.Future[None] = asyncio.get_event_loop().create_future()
    nothing.set_result(None)
    for protocol, details in server.connections.items():
        if isinstance(protocol, BoundedRequest) and "disconnected" in details:
            details["application_instance"] = nothing
        details.setdefault("application_instance", nothing)
    return _their_kill_all_applications(server)
