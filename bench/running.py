"""The app as the benchmarks run it: real processes, rooms to speak in, and what they cost."""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 16_000
CHUNK_SAMPLES = RATE_HZ // 10
sys.path.insert(0, str(ROOT))
START_S = 60.0
TICKS_HZ = os.sysconf("SC_CLK_TCK")


@contextlib.asynccontextmanager
async def speech_server(*options: str) -> AsyncIterator[str]:
    """The local speech server alone, as a process of its own; gives its host and port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "captions.speechserver.main", "--port", "0", "--until-stdin-closes"),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        if "http://" not in line:
            sys.exit("The speech server did not start.")
        yield line.split("http://")[1].split()[0]
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True)
class App:
    """A running pair of servers, and a host who owns its rooms."""

    port: int
    slugs: list[str]
    cookie: str
    web_pid: int
    speech_pid: int

    @property
    def base(self) -> str:
        return f"ws://localhost:{self.port}"

    def viewer_path(self, room: int = 0) -> str:
        return f"/ws/rooms/{self.slugs[room]}/"

    def host(self, room: int = 0) -> connect:
        """A host's socket, to be entered."""
        return connect(
            f"{self.base}/ws/rooms/{self.slugs[room]}/host/",
            origin=f"http://localhost:{self.port}",
            additional_headers={"Cookie": f"sessionid={self.cookie}"},
            proxy=None,
            compression=None,
            open_timeout=START_S,
            ping_interval=None,
        )


@contextlib.contextmanager
def app(*, rooms: int = 1, sessions: int = 8, **environ: str) -> Iterator[App]:
    """Speech server and web server as processes of their own, in a folder that goes away.

    ``sessions`` is how many the speech server takes at a time.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a benchmark ended early ends them too
    with tempfile.TemporaryDirectory(prefix="voxweb-bench-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.accelerated",
            "VOXWEB_DEBUG": "0",
            "VOXWEB_HTTPS": "0",
            "VOXWEB_SECRET_KEY": "only-for-benchmarks-" + "x" * 40,
            "VOXWEB_DATA_DIR": folder,
            "VOXWEB_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
            **environ,
        }
        for name in ("VOXNEXUS_API_KEY", "DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        manage = [sys.executable, "manage.py"]
        speech = subprocess.Popen(
            [*manage, "speechserver", "--port", "0", "--engine", "scripted", "--sessions", str(sessions)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert speech.stdout is not None
        address = speech.stdout.readline().split("http://", 1)[1].split()[0]
        environment["VOXNEXUS_WS_URL"] = f"ws://{address}"
        subprocess.run([*manage, "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        made = subprocess.run(
            [*manage, "shell", "-v", "0", "-c", ROOMS.format(rooms=rooms)],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        cookie, *slugs = made.stdout.split()
        listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        daphne = ["-m", "daphne", "--fd", str(listening.fileno()), "--websocket_timeout", "-1", "-v", "0"]
        web = subprocess.Popen(
            [sys.executable, *daphne, "voxweb.asgi:application"],
            cwd=ROOT,
            env=environment,
            pass_fds=[listening.fileno()],
        )
        try:
            yield App(listening.getsockname()[1], slugs, cookie, web.pid, speech.pid)
        finally:
            for process in (web, speech):
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            speech.stdout.close()
            listening.close()


ROOMS = """
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from captions.services.rooms import create_room
ada = get_user_model().objects.create_user("ada", password="only for benchmarks")
client = Client()
client.force_login(ada)
print(client.cookies[settings.SESSION_COOKIE_NAME].value)
for number in range({rooms}):
    print(create_room(owner=ada, title=f"Bench {{number}}", language="en-US").slug)
"""


# --- what it costs ---


def _family(pid: int) -> Iterator[dict[str, str]]:
    """What ``/proc`` says about a process and its children."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, StopIteration, ValueError):
            lines = (entry / "status").read_text().splitlines()
            fields = dict(line.split(":", 1) for line in lines if ":" in line)
            if entry.name == str(pid) or fields["PPid"].strip() == str(pid):
                yield {**fields, "stat": (entry / "stat").read_text()}


def resident_kb(pid: int) -> int:
    """Resident memory of a process and its children, in KB."""
    return sum(int(fields.get("VmRSS", "0 kB").split()[0]) for fields in _family(pid))


def cpu_s(pid: int) -> float:
    """Processor time that a process and its children have taken."""
    times = [fields["stat"].rpartition(")")[2].split()[11:13] for fields in _family(pid)]
    return sum(int(user) + int(system) for user, system in times) / TICKS_HZ


# --- who takes part ---


async def first_of(socket: ClientConnection, type_: str) -> dict[str, Any]:
    """The first message of a type."""
    async with asyncio.timeout(START_S):
        async for text in socket:
            message: dict[str, Any] = json.loads(text)
            if message["type"] == type_:
                return message
    raise SystemExit(f"no {type_} came")


async def answering(running: App) -> None:
    """Wait until the web server takes connections."""
    for _ in range(600):
        with contextlib.suppress(OSError):
            async with asyncio.timeout(10), connect(f"{running.base}{running.viewer_path()}", proxy=None):
                return
        await asyncio.sleep(0.1)
    raise SystemExit("the web server does not answer")


class Reader(asyncio.Protocol):
    """A WebSocket that only reads: the handshake, then frames without a mask (RFC 6455, 5.2).

    ``take`` is given the payload of each text message.
    """

    def __init__(self, target: str, take: Callable[[bytes], None]) -> None:
        self._target = target
        self._take = take
        self._buffer = b""
        self._shaken = False
        self.lost = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._shaken:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head[:200]
            self._shaken, self._buffer = True, rest
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == 9 and self.transport is not None:  # a ping: answered, as browsers do
                self.transport.write(bytes([0x8A, 0x80 | len(payload)]) + bytes(4) + payload)
            elif opcode == 1:
                self._take(payload)

    def leave(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start or len(data) < start + size:
            return None
        self._buffer = data[start + size :]
        return data[0] & 0x0F, data[start : start + size]


async def open_reader(port: int, target: str, take: Callable[[bytes], None]) -> Reader:
    """A reader that has been greeted."""
    opened = asyncio.Event()

    def first(payload: bytes) -> None:
        opened.set()
        take(payload)

    loop = asyncio.get_running_loop()
    async with asyncio.timeout(START_S):
        _, reader = await loop.create_connection(lambda: Reader(target, first), "127.0.0.1", port)
        await opened.wait()
    return reader


def tone(samples: int) -> bytes:
    """PCM that the scripted engine takes for speech."""
    return array.array("h", [8000 if (i // 20) % 2 else -8000 for i in range(samples)]).tobytes()


def indexed(first_sample: int, pcm: bytes) -> bytes:
    """A chunk as a host sends it."""
    return struct.pack("<I", first_sample) + pcm
