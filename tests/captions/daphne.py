"""Real server processes: Daphne on a loopback port, on the test's own database."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 30.0
STOP_S = 20.0
WAIT_S = 15.0


def database_url() -> str:
    """Of the database this test works on."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    login = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    return f"postgres://{login}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


class Site:
    """A running server. ``written`` is all it wrote, once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.written = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def socket(self, path: str, *, cookie: str = "", **options: Any) -> AsyncIterator[Line]:
        """A browser's socket, over the network."""
        async with connect(
            f"ws://127.0.0.1:{self.port}{path}",
            origin=self.origin,
            additional_headers={"Cookie": cookie} if cookie else {},
            proxy=None,
            **{"max_size": None, "open_timeout": START_S, "close_timeout": 1.0} | options,
        ) as line:
            yield Line(line)

    async def end(self, how: signal.Signals | None = signal.SIGTERM) -> int:
        """Stop it, or wait until it has stopped; its exit code."""
        if how is not None and self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(STOP_S):
            written, _ = await self.process.communicate()
        self.written += written.decode(errors="replace")
        return self.process.returncode or 0

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the server."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class Line:
    """One socket: JSON out, JSON in."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line
        self.heard: list[dict[str, Any]] = []

    async def say(self, type_: str, **fields: Any) -> None:
        await self.line.send(json.dumps({"type": type_, **fields}))

    async def send_audio(self, pcm: bytes, *, first_sample: int = 0, chunk_ms: int = 100) -> int:
        size = chunk_ms * 32
        for start in range(0, len(pcm), size):
            index = first_sample + start // 2
            await self.line.send(index.to_bytes(4, "little") + pcm[start : start + size])
        return first_sample + len(pcm) // 2

    async def hear(self, type_: str) -> dict[str, Any]:
        """The next message of this type; others that come before it are kept in ``heard`` only."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = json.loads(await self.line.recv())
                self.heard.append(message)
                if message["type"] == type_:
                    return message

    async def closed(self) -> int:
        """The code it is closed with; messages before that are kept."""
        async with asyncio.timeout(WAIT_S):
            with suppress(ConnectionClosed):
                while True:
                    self.heard.append(json.loads(await self.line.recv()))
        return self.line.close_code or 0

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == type_]


def listening_socket() -> socket.socket:
    """A port for a server process to inherit."""
    return socket.create_server(("127.0.0.1", 0), backlog=1024)


async def launch(
    listening: socket.socket, *, environ: dict[str, str], module: str = "daphne"
) -> asyncio.subprocess.Process:
    """A server process on an inherited socket; it need not answer yet."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "default", "-m", module, "--fd", str(listening.fileno())),
        *("--websocket_timeout", "-1", "--verbosity", "0", "voxweb.asgi:application"),
        cwd=ROOT,
        pass_fds=[listening.fileno()],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environ},
    )


@asynccontextmanager
async def daphne(*, environ: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[Site]:
    """A server process that answers, with Django settings overridden; gone at the end."""
    with listening_socket() as listening:
        process = await launch(
            listening,
            environ={
                "DJANGO_SETTINGS_MODULE": "tests.captions.served",
                "DATABASE_URL": database_url(),
                "VOXWEB_TEST_SETTINGS": json.dumps(settings),
                **(environ or {}),
            },
        )
        site = Site(process, listening.getsockname()[1])
        try:
            async with site.socket("/ws/nowhere/") as line:
                await line.closed()
            yield site
        finally:
            if process.returncode is None:
                await site.end(signal.SIGKILL)
