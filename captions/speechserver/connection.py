"""One socket of the server: its clock, its sender and its reader, whatever is spoken over it.

Its tasks: one reads the socket, one sends, one watches the clock; subclasses add their own. Each queue
between them is bounded, so a client that sends too fast or reads too slowly is slowed down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Generic, Literal, Protocol, TypeVar

import structlog
from aiohttp import WSMsgType, web

from captions.speechserver.journal import Visit
from captions.speechserver.protocol import NORMAL, Close, Drop, Send, SendBytes
from captions.speechserver.switches import Switches

GOING_AWAY = 1001
GRACE_S = 1.0
NEVER_SENT = (1005, 1006, 1015)
"""Close codes that only stand for something (RFC 6455, 7.4.1)."""

log = structlog.get_logger(__name__)

Limit = Literal["init", "idle", "session"]
Outgoing = Send | SendBytes | Close | Drop
Act = TypeVar("Act")


class SocketProtocol(Protocol[Act]):
    """What a connection asks its protocol, with no socket in sight."""

    @property
    def is_waiting_for_init(self) -> bool:
        """Whether the client has yet to begin."""
        ...

    def receive_text(self, text: str) -> list[Act]:
        """One text message."""
        ...

    def receive_binary(self) -> list[Act]:
        """One binary message."""
        ...

    def expired(self, what: Limit) -> list[Act]:
        """A time limit has run out."""
        ...


class Over(Exception):
    """The connection is at its end; leaves the task group."""


class Connection(ABC, Generic[Act]):
    """Serves one accepted socket until it is closed, by whichever side."""

    unsent_messages = 1_000

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: SocketProtocol[Act],
        *,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        """``abort`` breaks the connection without a close frame."""
        self._socket = socket
        self._messages = protocol
        self._switches = switches
        self._visit = visit
        self._abort = abort
        self._unsent: asyncio.Queue[tuple[float, Outgoing]] = asyncio.Queue(self.unsent_messages)
        self._heard_at_s = 0.0
        self.group = asyncio.TaskGroup()
        self.stack = AsyncExitStack()

    async def run(self) -> None:
        """Returns when the connection is over and what it held is let go of."""
        async with self.stack:
            try:
                async with self.group:
                    self.group.create_task(self._send())
                    self.group.create_task(self._watch_the_clock())
                    self.group.create_task(self._read())
                    self.begin()
            except* Over:
                log.debug("connection_over", close_code=self._visit.close_code)

    def drop(self) -> None:
        """Break the connection now."""
        self._abort()

    async def close(self, code: int) -> None:
        """Close in good order, after what was sent."""
        await self._queue(Close(code))

    async def go_away(self) -> None:
        """Close because the server shuts down; a client that does not read is not waited for."""
        try:
            async with asyncio.timeout(GRACE_S):
                await self.close(GOING_AWAY)
        except TimeoutError:
            self.drop()

    # For subclasses

    @property
    def is_busy(self) -> bool:
        """Whether the server is at work on what was sent, so that silence is no idleness."""
        return False

    def limits_s(self, switches: Switches) -> dict[Limit, float]:
        """How long each of them is; 0 is none."""
        return {
            "init": switches.init_timeout_s if self._messages.is_waiting_for_init else 0,
            "idle": switches.idle_s,
            "session": switches.max_session_s,
        }

    def begin(self) -> None:
        """Start further tasks in ``group``."""
        return

    @abstractmethod
    async def act(self, action: Act) -> None:
        """Do what the protocol says. ``Over`` ends the connection."""

    async def act_all(self, actions: list[Act]) -> None:
        """Do all of it, in order."""
        for action in actions:
            await self.act(action)

    async def _queue(self, action: Outgoing) -> None:
        due_s = asyncio.get_running_loop().time() + self._switches().latency_ms / 1000
        await self._unsent.put((due_s, action))

    # Tasks

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._socket.receive()
            self._heard_at_s = loop.time()
            match message.type:
                case WSMsgType.TEXT:
                    self._visit.text(message.data)
                    actions = self._messages.receive_text(message.data)
                case WSMsgType.BINARY:
                    self._visit.binary(len(message.data))
                    actions = self._messages.receive_binary()
                case WSMsgType.CLOSING:
                    # It is we who close: the task that does it reads on for the client's answer.
                    await asyncio.Event().wait()
                case _:
                    await self._closed_by_client()
                    raise Over
            await self.act_all(actions)

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
                    case SendBytes(data=data):
                        await self._socket.send_bytes(data)
                    case Close(code=code):
                        await self._socket.close(code=code)
                        self._visit.close_code = code
                        raise Over
                    case Drop():
                        self._abort()
                        raise Over
            except ConnectionError as exc:
                raise Over from exc

    async def _watch_the_clock(self) -> None:
        """Enforce the time limits, to a fraction of a second."""
        loop = asyncio.get_running_loop()
        opened_at_s = self._heard_at_s = loop.time()
        while True:
            switches = self._switches()
            if self.is_busy:
                self._heard_at_s = loop.time()
            for what, limit_s in self.limits_s(switches).items():
                since_s = self._heard_at_s if what == "idle" else opened_at_s
                if limit_s and loop.time() - since_s >= limit_s:
                    await self.act_all(self._messages.expired(what))
            await asyncio.sleep(0.1)

    async def _closed_by_client(self) -> None:
        code = self._socket.close_code
        self._visit.close_code = code
        with contextlib.suppress(ConnectionError):
            await self._socket.close(code=NORMAL if code in (None, 0, *NEVER_SENT) else code)
