"""Server processes: started, killed, told to stop, started again on the same listening socket."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from contextlib import suppress

from tests.captions.daphne import Site, launch
from tests.chaos.clocks import Clock
from tests.chaos.worker import UP

START_S = 40.0
STOP_S = 30.0


class Worker:
    """One server process on ``listening``, which it inherits and does not own."""

    def __init__(self, listening: socket.socket, clock: Clock, environ: dict[str, str]) -> None:
        self.log: list[str] = []
        """All lines it wrote."""
        self._listening = listening
        self._clock = clock
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._up = asyncio.Event()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def site(self) -> Site:
        """For sockets of plain Python clients."""
        assert self._process is not None
        return Site(self._process, self.port)

    @classmethod
    async def started(
        cls,
        listening: socket.socket,
        clock: Clock,
        *,
        environ: dict[str, str],
        settings: dict[str, object],
    ) -> Worker:
        """A process that answers."""
        environ = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.served",
            "CHAOS_CLOCK": str(clock.path),
            "VOXWEB_TEST_SETTINGS": json.dumps(settings),
            **environ,
        }
        worker = cls(listening, clock, environ)
        await worker.start()
        return worker

    async def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._up.clear()
        self._process = await launch(self._listening, environ=self._environ, module="tests.chaos.worker")
        self._reading = asyncio.create_task(self._read(self._process))
        try:
            async with asyncio.timeout(START_S):
                await self._up.wait()
        except BaseException:
            await self.kill()
            raise
        if not self.is_running:
            raise RuntimeError("The worker did not start:\n" + "\n".join(self.log[-30:]))

    async def another(self) -> Worker:
        """One more process on the same socket, as a redeployment starts it before it stops the old one."""
        worker = Worker(self._listening, self._clock, self._environ)
        await worker.start()
        return worker

    async def kill(self) -> None:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> float:
        """SIGTERM; how long it took, in seconds of the run."""
        began_s = self._clock.monotonic_s()
        self.signal(signal.SIGTERM)
        await self.ended()
        return self._clock.monotonic_s() - began_s

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            assert self._process is not None
            self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; its exit code."""
        if self._process is None:
            return 0
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self._process.wait()
            raise
        finally:
            if self._reading is not None:
                with suppress(asyncio.CancelledError):
                    await self._reading
        return self._process.returncode or 0

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode(errors="replace").rstrip()
            if text == UP:
                self._up.set()
            else:
                self.log.append(text)
        self._up.set()
