"""One realtime connection: socket, protocol and recogniser, introduced to each other.

Four tasks: one reads the socket, one what the recogniser says, one sends, one watches the clock. Each
queue between them is bounded, so a client that sends too fast or reads too slowly is slowed down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Literal

import structlog
from aiohttp import WSMsgType, web

from captions.audio import samples_in, samples_to_ms
from captions.speechserver.conversation import Heard
from captions.speechserver.journal import Visit
from captions.speechserver.pool import AllTaken, Pool
from captions.speechserver.protocol import (
    NORMAL,
    Action,
    Close,
    Drop,
    Feed,
    Finish,
    OpenRecogniser,
    Send,
    State,
    SttProtocol,
)
from captions.speechserver.recogniser import Recogniser, RecogniserLost
from captions.speechserver.switches import Switches

GOING_AWAY = 1001
NEVER_SENT = (1005, 1006, 1015)
"""Close codes that only stand for something (RFC 6455, 7.4.1)."""
LARGE_CHUNK_MS = 500
UNSENT_MESSAGES = 1_000

log = structlog.get_logger(__name__)


class _Over(Exception):
    """The connection is at its end; leaves the task group."""


class Stream:
    """Serves one accepted socket until it is closed, by whichever side."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: SttProtocol,
        *,
        pool: Pool,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        """``abort`` breaks the connection without a close frame."""
        self._socket = socket
        self._protocol = protocol
        self._pool = pool
        self._switches = switches
        self._visit = visit
        self._abort = abort
        self._unsent: asyncio.Queue[tuple[float, Send | Close | Drop]] = asyncio.Queue(UNSENT_MESSAGES)
        self._recogniser: Recogniser | None = None
        self._heard_at_s = 0.0
        self._has_warned = False

    async def run(self) -> None:
        """Returns when the connection is over and its recogniser is let go of."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._send())
                    group.create_task(self._watch_the_clock())
                    group.create_task(self._read(stack, group))
            except* _Over:
                log.debug("stream_over", close_code=self._visit.close_code)

    def drop(self) -> None:
        """Break the connection now."""
        self._abort()

    async def close(self, code: int) -> None:
        """Close in good order, after what was sent."""
        await self._do(Close(code))

    async def go_away(self) -> None:
        """Close because the server shuts down."""
        await self.close(GOING_AWAY)

    # Tasks

    async def _read(self, stack: AsyncExitStack, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._socket.receive()
            self._heard_at_s = loop.time()
            match message.type:
                case WSMsgType.TEXT:
                    self._visit.text(message.data)
                    actions = self._protocol.receive_text(message.data)
                case WSMsgType.BINARY:
                    self._visit.binary(len(message.data))
                    actions = self._protocol.receive_binary()
                case WSMsgType.CLOSING:
                    # It is we who close: the task that does it reads on for the client's answer.
                    await asyncio.Event().wait()
                case _:
                    await self._closed_by_client()
                    raise _Over
            for action in actions:
                if isinstance(action, OpenRecogniser):
                    await self._open(action.language, stack, group)
                else:
                    await self._do(action)

    async def _open(self, language: str, stack: AsyncExitStack, group: asyncio.TaskGroup) -> None:
        try:
            self._recogniser = await stack.enter_async_context(self._pool.recogniser(language))
        except AllTaken:
            log.info("session_refused", reason="all_taken", limit=self._pool.limit)
            await self._do_all(self._protocol.exhausted(self._pool.limit))
        except RecogniserLost as exc:
            log.warning("recogniser_lost", reason=str(exc))
            await self._do_all(self._protocol.failed())
        else:
            group.create_task(self._listen(self._recogniser))
            await self._do_all(self._protocol.opened())

    async def _listen(self, recogniser: Recogniser) -> None:
        try:
            while True:
                reply = await recogniser.next_reply()
                if isinstance(reply, Heard):
                    await self._do_all(self._protocol.heard(reply.transcripts, reply.samples))
                else:
                    await self._do_all(self._protocol.finished(reply.transcripts))
        except RecogniserLost as exc:
            log.warning("recogniser_lost", reason=str(exc), pid=recogniser.pid)
            await self._do_all(self._protocol.failed())

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s, action = await self._unsent.get()
            if due_s > loop.time():
                await asyncio.sleep(due_s - loop.time())
            try:
                match action:
                    case Send(message=message, raw=raw):
                        # Escaped: what a client said may hold half a character, and an error quotes it.
                        await self._socket.send_str(raw or json.dumps(message))
                    case Close(code=code):
                        await self._socket.close(code=code)
                        self._visit.close_code = code
                        raise _Over
                    case Drop():
                        self._abort()
                        raise _Over
            except ConnectionError as exc:
                raise _Over from exc

    async def _watch_the_clock(self) -> None:
        """Enforce the time limits, to a fraction of a second."""
        loop = asyncio.get_running_loop()
        opened_at_s = self._heard_at_s = loop.time()
        while True:
            switches = self._switches()
            limits: list[tuple[Literal["init", "idle", "session"], float, float]] = [
                (
                    "init",
                    opened_at_s,
                    switches.init_timeout_s if self._protocol.state is State.WAIT_INIT else 0,
                ),
                ("idle", self._heard_at_s, switches.idle_s),
                ("session", opened_at_s, switches.max_session_s),
            ]
            for what, since_s, limit_s in limits:
                if limit_s and loop.time() - since_s >= limit_s:
                    await self._do_all(self._protocol.expired(what))
            await asyncio.sleep(0.1)

    # Actions

    async def _do_all(self, actions: list[Action]) -> None:
        for action in actions:
            await self._do(action)

    async def _do(self, action: Action) -> None:
        match action:
            case Send() | Close() | Drop():
                due_s = asyncio.get_running_loop().time() + self._switches().latency_ms / 1000
                await self._unsent.put((due_s, action))
            case Feed(pcm=pcm):
                self._warn_once(samples_to_ms(samples_in(pcm)))
                if self._recogniser is not None:
                    await self._recogniser.feed(pcm)
            case Finish():
                if self._recogniser is not None:
                    await self._recogniser.flush()
            case OpenRecogniser():
                raise AssertionError("only a message of the client opens a recogniser")

    def _warn_once(self, chunk_ms: int) -> None:
        """Say that a client sends chunks that make captions late (voice-API contract, U19)."""
        if chunk_ms > LARGE_CHUNK_MS and not self._has_warned:
            self._has_warned = True
            log.warning("chunk_large", chunk_ms=chunk_ms, visit=self._visit.number)

    async def _closed_by_client(self) -> None:
        code = self._socket.close_code
        self._visit.close_code = code
        with contextlib.suppress(ConnectionError):
            await self._socket.close(code=NORMAL if code in (None, 0, *NEVER_SENT) else code)
