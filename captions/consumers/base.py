"""What all our sockets share: an outbox, an exit stack, and errors that become messages and close codes.

A handler decodes, calls one thing and returns. What must wait (the database, a flush) is a job: jobs
run one by one beside the handlers, so neither a chunk nor the disconnect ever stands behind a query.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, ClassVar

import structlog
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseFailed

from captions.audio import BYTES_PER_SAMPLE, ms_to_samples
from captions.conf import conf
from captions.errors import BadMessage, CaptionError, Flooding, SlowReader, Unavailable
from captions.live import messages
from captions.live.counts import counts
from captions.live.flood import Patience
from captions.live.outbox import Outbox, Outgoing
from captions.live.tasks import end, spawn

log = structlog.get_logger(__name__)

LAST_WORDS_S = 1.0
FIRST_WORDS_S = 0.3
"""A refused socket is closed when its client has spoken, or after this: closed under its first
words, a client may fail over them before it has read why."""
MAX_JOBS = 16
FLOOD_PAUSE_S = 0.5
"""The longest that one is not listened to: it may be saying stop."""
LEAST_CHUNK_MS = 20
"""Shortest chunk of the interface: what a binary message counts at the least."""

Job = Callable[[], Awaitable[None]]


class Socket(AsyncWebsocketConsumer):
    """Accepted first, whoever it is: a refusal before that reaches a browser as a bare 1006.

    Subclasses give :meth:`opened` (a job), :meth:`heard_text` and :meth:`heard_bytes`.
    """

    channel_layer_alias: ClassVar[Any] = None
    kind: ClassVar[str] = ""
    """What it is counted as, if at all."""
    held: ClassVar[bool] = False
    """Whether the outbox waits for a first message."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        self._jobs: deque[Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._spoken = asyncio.Event()
        self.entered = False
        self.log: structlog.stdlib.BoundLogger = log
        """Knows more and more about whose socket this is."""
        self.reason = ""
        """The code of the error that closed it, if one did."""
        self._patience = self.patience()
        self.outbox = Outbox(
            self._deliver,
            max_messages=conf.outbox_messages,
            max_bytes=conf.outbox_bytes,
            linger_s=conf.outbox_linger_s,
            held=self.held,
        )
        async with AsyncExitStack() as self.stack:  # also after a crash
            try:
                while True:
                    message = await receive()
                    await self.dispatch(message)
                    await self._slow_down(message)
            except StopConsumer:
                pass
            except asyncio.CancelledError:
                # The server stops. Daphne itself would leave a bare 1006, and lets us send no 1012.
                with suppress(Exception):
                    await self._deliver(Outgoing("error", messages.encode_error(Unavailable())))
                    await self.close(code=Unavailable.close_code)
                raise
            finally:
                await end(self._worker)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own goes through a thread first, one for all sockets of the process."""
        try:
            match message["type"]:
                case "websocket.receive":
                    self._receive(message)
                case "websocket.connect":
                    await self._connect()
                case "websocket.disconnect":
                    raise StopConsumer
        except CaptionError as exc:
            self.refuse(exc)

    async def _slow_down(self, message: dict[str, Any]) -> None:
        """Take the next message later from one that sends more than is due: its sending waits then."""
        if message["type"] != "websocket.receive":
            return
        data = message.get("bytes")
        try:
            wait_s = self._patience.wait_s(audio_bytes=None if data is None else len(data))
        except Flooding as exc:
            if not self.outbox.closed:
                log.warning("socket_flooding", path=self.scope.get("path"))
                self.leave(exc)
            wait_s = FLOOD_PAUSE_S
        if wait_s:
            await asyncio.sleep(min(wait_s, FLOOD_PAUSE_S))

    async def _connect(self) -> None:
        await self.accept()
        if self.kind:
            self.stack.enter_context(counts.connection(self.kind))
        writer = spawn(self._write(), name="socket-writer")
        self.stack.push_async_callback(end, writer)
        self.later(self.opened)

    def _receive(self, message: dict[str, Any]) -> None:
        self._spoken.set()
        if self.outbox.closed:
            return
        if (data := message.get("bytes")) is not None:
            self.heard_bytes(data)
        else:
            self.heard_text(message.get("text") or "")

    # --- for subclasses ---

    def patience(self) -> Patience:
        """How much this socket may say."""
        return patience(texts_a_second=conf.text_rate, burst_texts=conf.text_burst)

    async def opened(self) -> None:
        """The first job of a socket that was accepted."""

    def heard_text(self, text: str) -> None:
        """A text message came."""

    def heard_bytes(self, data: bytes) -> None:
        """A binary message came."""
        raise BadMessage("This socket takes no binary messages.")

    def later(self, job: Job) -> None:
        """Run ``job`` when those before it are done. Raises ``BadMessage`` when too many wait."""
        if len(self._jobs) >= MAX_JOBS:
            raise BadMessage("Too many requests at once. Wait for the answers.")
        self._jobs.append(job)
        if self._worker is None or self._worker.done():
            self._worker = spawn(self._work(), name="socket-jobs")

    def tell(self, out: Outgoing) -> None:
        """Put a message into the outbox."""
        self.outbox.put(out)

    def refuse(self, error: CaptionError) -> None:
        """Say what went wrong; if that is fatal, close when it has been said."""
        if not error.fatal:
            counts.refusals[error.code] += 1
            self.outbox.put(Outgoing("error", messages.encode_error(error, samples=self.position())))
            return
        self.leave(error)

    def leave(self, error: CaptionError) -> None:
        """Say why it is over, and close."""
        counts.refusals[error.code] += 1
        self.reason = self.reason or error.code
        self.outbox.finish(Outgoing("error", messages.encode_error(error, fatal=True)), code=error.close_code)

    def position(self) -> int | None:
        """Where a host goes on after an error, if it is one on the air."""
        return None

    # --- tasks ---

    async def _work(self) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            try:
                await job()
                self.entered = True
            except CaptionError as exc:
                # Nobody can go on with a socket that never got into its room.
                (self.refuse if self.entered else self.leave)(exc)
            except DatabaseFailed as exc:
                self.log.warning("socket_without_database", error=type(exc).__name__)
                self.leave(Unavailable())
            except Exception:
                self.log.exception("socket_failed")
                self.leave(Unavailable())
            if self.outbox.closed:
                self._jobs.clear()

    async def _write(self) -> None:
        try:
            code = await self.outbox.run()
        except SlowReader as exc:
            counts.slow_sockets += 1
            self.log.info("socket_slow")
            self.reason = self.reason or exc.code
            code = exc.close_code
            with suppress(Exception):
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._deliver(Outgoing("error", messages.encode_error(exc)))
        except Exception as exc:
            # It is gone, and its disconnect on the way to us. Servers say so by errors of their own.
            self.log.info("socket_gone", error=type(exc).__name__)
            self.outbox.finish()
            return
        if not self.entered:
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_WORDS_S):
                    await self._spoken.wait()
        with suppress(Exception):
            async with asyncio.timeout(LAST_WORDS_S):
                await self.close(code=code)

    async def _deliver(self, out: Outgoing) -> None:
        body: dict[str, Any] = {"bytes": out.data} if out.data else {"text": out.text}
        await self.base_send({"type": "websocket.send", **body})
        counts.delivered(out, self.kind)


def patience(*, texts_a_second: float, burst_texts: float) -> Patience:
    """As much audio as a host may send, and so many texts."""
    return Patience(
        bytes_a_second=conf.flood_factor * conf.audio_rate_limit * _bytes_of(1000),
        burst_bytes=conf.flood_factor * _bytes_of(conf.audio_burst_ms),
        least_bytes=_bytes_of(LEAST_CHUNK_MS),
        texts_a_second=texts_a_second,
        burst_texts=burst_texts,
        limit_s=conf.flood_limit_s,
    )


def _bytes_of(audio_ms: int) -> int:
    return ms_to_samples(audio_ms) * BYTES_PER_SAMPLE
