"""What stands on a line between two processes and does to it what networks do.

TCP on loopback, one proxy for one line: in front of the speech service, of a worker (one for the host, one
for each viewer), of PostgreSQL, of Redis. All that a test tells it holds for the connections there are and
those to come, except where it says otherwise.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from typing import Literal, Protocol

Way = Literal["up", "down"]
"""Towards whom the proxy stands in front of, or back."""
BOTH: tuple[Way, ...] = ("up", "down")
PIECE_BYTES = 64 * 1024


class Tap(Protocol):
    """Hears what one connection's opener says, as far as it was handed on."""

    def hear(self, data: bytes) -> None: ...
    def over(self) -> None: ...


class Proxy:
    """``port`` leads to ``target``. Made by :func:`proxy`."""

    def __init__(self, target: tuple[str, int], tap: Callable[[], Tap] | None = None) -> None:
        self.target = target
        self.delay_s = 0.0
        """Each piece of data waits so long, in real time."""
        self.accepted = 0
        """Connections that were opened, also those that came to nothing."""
        self.opened_at_s: list[float] = []
        """When each of them was, by the loop's clock."""
        self.refused = 0
        self._tap = tap
        self._links: set[_Link] = set()
        self._flows = {way: _open_gate() for way in BOTH}
        self._dark = False
        self._refusal = b""
        self._refusals_left = 0
        # Keeps the port while nothing listens, so that connections are refused and nobody else gets it.
        self._keeper = _bound(0)
        self.port: int = self._keeper.getsockname()[1]
        self._server: asyncio.Server | None = None

    @property
    def open_links(self) -> int:
        return len(self._links)

    # --- what can be done to the line ---

    def cut(self) -> int:
        """Break every connection, both ends at once, by a reset; how many there were."""
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    def hang_up(self) -> None:
        """End every connection in good order for TCP, without a word from the one above it."""
        for link in list(self._links):
            link.end()

    def shut(self) -> None:
        """Refuse connections from now on; those there are go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def open(self) -> None:
        """Take connections (again)."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_listening(self.port))

    def hold(self, *ways: Way) -> None:
        """Read nothing any more that goes these ways (or either): it waits where it was sent from."""
        for way in ways or BOTH:
            self._flows[way].clear()

    def release(self) -> None:
        """Let everything go on that was held."""
        for gate in self._flows.values():
            gate.set()

    def go_dark(self) -> None:
        """A black hole: all that is sent disappears, nobody is told. For connections there are, for good."""
        self._dark = True
        for link in self._links:
            link.dark = True

    def light(self) -> None:
        """New connections get through again."""
        self._dark = False

    def answer(self, status: int, *, times: int = 0, body: str = "", **headers: str) -> None:
        """Answer the next ``times`` requests (0: all) with an HTTP status, in place of whom they were for."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}", "", body]
        self._refusal = "\r\n".join(lines).encode()
        self._refusals_left = times or -1

    def answer_no_more(self) -> None:
        """Hand requests on again."""
        self._refusals_left = 0

    def mend(self) -> Iterator[None] | None:
        """Make the line good again, except that it may still be shut."""
        self.release()
        self.light()
        self.answer_no_more()
        self.delay_s = 0.0
        return None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, nothing is there: connections are broken, further ones refused."""
        self.shut()
        self.cut()
        yield

    # --- its life ---

    async def close(self) -> None:
        self.shut()
        self._keeper.close()
        links = list(self._links)
        for link in links:
            link.reset()
        if links:
            await asyncio.wait([link.task for link in links])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.opened_at_s.append(asyncio.get_running_loop().time())
        if self._refusals_left:
            self._refusals_left -= self._refusals_left > 0
            self.refused += 1
            await _refuse(reader, writer, self._refusal)
            return
        link = _Link(self, reader, writer)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)


class _Link:
    """One connection through a proxy."""

    def __init__(self, of: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task = task
        self.dark = of._dark
        self._of = of
        self._near = (reader, writer)
        self._far: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._tap = of._tap() if of._tap is not None else None
        self._flowing: asyncio.Future[object] | None = None

    async def run(self) -> None:
        try:
            try:
                self._far = await asyncio.open_connection(*self._of.target)
            except OSError:
                self.reset()
                return
            self._flowing = asyncio.gather(
                self._flow("up", self._near[0], self._far[1]),
                self._flow("down", self._far[0], self._near[1]),
            )
            with suppress(asyncio.CancelledError, OSError):
                await self._flowing
        finally:
            if self._tap is not None:
                self._tap.over()
            for writer in self._writers():
                writer.close()
            for writer in self._writers():
                with suppress(OSError):
                    await writer.wait_closed()

    def _writers(self) -> list[asyncio.StreamWriter]:
        return [pair[1] for pair in (self._near, self._far) if pair is not None]

    async def _flow(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._of._flows[way].wait()
                data = await reader.read(PIECE_BYTES)
                await self._of._flows[way].wait()
                if not data:
                    break
                if self._of.delay_s:
                    await asyncio.sleep(self._of.delay_s)
                if self.dark:
                    continue
                if way == "up" and self._tap is not None:
                    self._tap.hear(data)
                writer.write(data)
                await writer.drain()
            if not self.dark and writer.can_write_eof():
                writer.write_eof()
            elif self.dark:
                # Whoever is on the other side of a black hole is not told that this side has left.
                await asyncio.Event().wait()
        except OSError:
            self.reset()

    def reset(self) -> None:
        for writer in self._writers():
            sock = writer.get_extra_info("socket")
            with suppress(OSError):
                # Nothing lingers: closing sends a reset.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._leave()

    def end(self) -> None:
        for writer in self._writers():
            writer.close()
        self._leave()

    def _leave(self) -> None:
        if self._flowing is not None:
            self._flowing.cancel()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def _listening(port: int) -> socket.socket:
    sock = _bound(port)
    sock.setblocking(False)
    sock.listen(1024)
    return sock


@asynccontextmanager
async def proxy(port: int, *, tap: Callable[[], Tap] | None = None) -> AsyncIterator[Proxy]:
    """A line to a port of this machine that is good until told otherwise."""
    it = Proxy(("127.0.0.1", port), tap)
    await it.open()
    try:
        yield it
    finally:
        await it.close()


def free_port() -> int:
    """A port that is free now, for a process that must be told one."""
    with _bound(0) as sock:
        return int(sock.getsockname()[1])
