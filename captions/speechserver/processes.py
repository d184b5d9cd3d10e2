"""Recognisers in processes of their own, from the server's side; theirs is ``nursery.py``.

Where the platform allows, one process (the nursery) loads the model and is forked for each session,
so that sessions share the model's memory and none inherits anything of the server. Elsewhere each
session gets a fresh process, which loads the model for itself. Every one of them ends when its
connection to the server does, however that came about.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import structlog

from captions.speechserver.conversation import (
    HEADER,
    End,
    Reply,
    Request,
    decode_reply,
    encode_request,
)
from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.recogniser import Recogniser, RecogniserLost

FORKS = hasattr(os, "fork") and sys.platform != "darwin"
"""macOS has fork, but its own libraries do not survive it."""
LOAD_TIMEOUT_S = 60.0
END_TIMEOUT_S = 3.0

log = structlog.get_logger(__name__)


class WorkerRecogniser(Recogniser):
    """A session in a process, spoken to over a pair of streams."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: Process | None = None
    ) -> None:
        """``process`` where it is a child of this one; a child of the nursery is known by its ``pid``."""
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._process = process
        self._has_ended = False

    async def end(self) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        await self._ask(End())
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                while await self._reader.read(65536):
                    pass
        except TimeoutError:
            log.warning("recogniser_killed", pid=self.pid)
            self._kill()
        except OSError:
            pass
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        if self._process is not None:
            await self._process.wait()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        elif self.pid != os.getpid():  # which it is until the other one has said who it is
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def _ask(self, request: Request) -> None:
        try:
            self._writer.write(encode_request(request))
            await self._writer.drain()
        except OSError:
            return

    async def _next(self) -> Reply:
        try:
            kind, size = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            return decode_reply(kind, await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, OSError, ValueError) as exc:
            raise RecogniserLost("the recogniser's process has ended") from exc


class Nursery:
    """Brings up one process a session."""

    def __init__(self, choice: EngineChoice) -> None:
        self._choice = choice
        self._process: Process | None = None
        self._control: socket.socket | None = None
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Load the model, or see that it can be loaded. Raises ``EngineUnavailable``."""
        async with self._lock:
            if FORKS:
                await self._ensure()

    async def worker(self) -> WorkerRecogniser:
        """A process with a loaded model and no session yet. Raises ``RecogniserLost``."""
        try:
            return await (self._forked() if FORKS else self._spawned())
        except (OSError, EngineUnavailable) as exc:
            raise RecogniserLost("no process could be started") from exc

    async def close(self) -> None:
        """End the nursery; sessions have been ended before."""
        async with self._lock:
            await self._let_go()

    async def _forked(self) -> WorkerRecogniser:
        ours, theirs = socket.socketpair()
        try:
            async with self._lock:
                control = await self._ensure()
                with theirs:
                    socket.send_fds(control, [b"fork"], [theirs.fileno()])
            ours.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        return WorkerRecogniser(reader, writer)

    async def _spawned(self) -> WorkerRecogniser:
        process = await asyncio.create_subprocess_exec(
            *_command(self._choice, "once"), stdin=PIPE, stdout=PIPE, env=_environment()
        )
        if process.stdin is None or process.stdout is None:
            raise RecogniserLost("the process has no pipes")
        return WorkerRecogniser(process.stdout, process.stdin, process)

    async def _ensure(self) -> socket.socket:
        """The way to a nursery that lives; a new one where the last was lost."""
        if self._control is not None and self._process is not None and self._process.returncode is None:
            return self._control
        if self._process is not None:
            log.warning("nursery_lost", status=self._process.returncode)
            await self._let_go()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._control = ours
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *_command(self._choice, str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=_environment(),
            )
        try:
            async with asyncio.timeout(LOAD_TIMEOUT_S):
                answer = await asyncio.get_running_loop().sock_recv(ours, 65536)
        except TimeoutError as exc:
            await self._let_go()
            raise EngineUnavailable(f"The model did not load within {LOAD_TIMEOUT_S:.0f} s.") from exc
        except BaseException:
            await self._let_go()
            raise
        problem = json.loads(answer) if answer else "its process ended while it loaded"
        if problem:
            await self._let_go()
            raise EngineUnavailable(problem)
        return ours

    async def _let_go(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _command(choice: EngineChoice, how: str) -> list[str]:
    directory = [] if choice.model_dir is None else [str(choice.model_dir)]
    return [sys.executable, "-m", "captions.speechserver.nursery", how, choice.name, *directory]


def _environment() -> dict[str, str]:
    """Ours, with the places this process imports from: the other one must find the same modules."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
