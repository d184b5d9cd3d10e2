"""Pages under node: hosts that speak, viewers that read. What they run is the product's own JavaScript."""

from __future__ import annotations

import asyncio
import json
import pathlib
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from tests.chaos.clocks import Clock
from tests.chaos.proxy import Proxy

CLIENTS = Path(__file__).parent / "clients"
Report = dict[str, Any]


@cache
def node() -> str:
    """The node that comes with playwright."""
    import playwright

    return str(pathlib.Path(playwright.__file__).parent / "driver" / "node")


class Page:
    """One page. ``reports`` is all it said, in order; each has ``type`` and ``atMs`` by the run's clock."""

    script = ""

    def __init__(self, *, slug: str, line: Proxy, clock: Clock, cookie: str = "") -> None:
        self.slug = slug
        self.line = line
        """All of its traffic goes through here."""
        self.clock = clock
        self.reports: list[Report] = []
        self._cookie = cookie
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"

    async def load(self, kept: list[list[str]] | None = None, **options: Any) -> None:
        """Load the page; ``kept`` is what its tab remembers from before."""
        start_s, wall_s = self.clock.start_s, self.clock.start_wall_s
        self._process = await asyncio.create_subprocess_exec(
            *(node(), str(CLIENTS / self.script), str(self.clock.pace), str(start_s), str(wall_s)),
            *(self.origin, self._cookie, json.dumps(kept or [])),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        await self.hear("up")
        self.tell("open", segmentsPath=f"/r/{self.slug}/segments", **options)

    def tell(self, do: str, **fields: Any) -> None:
        """Give it a command."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")

    def of(self, type_: str) -> list[Report]:
        return [report for report in self.reports if report["type"] == type_]

    def last(self, type_: str) -> Report | None:
        return next((report for report in reversed(self.reports) if report["type"] == type_), None)

    @property
    def closes(self) -> list[int]:
        """Codes its connections were closed with, in order."""
        return [report["code"] for report in self.of("closed")]

    async def hear(
        self, type_: str, such: Callable[[Report], object] = lambda report: True, *, after: int = 0
    ) -> Report:
        """The first such report, from ``reports[after]`` on; waits for it."""
        seen = after

        def found() -> Report | None:
            nonlocal seen
            while seen < len(self.reports):
                report = self.reports[seen]
                seen += 1
                if report["type"] == type_ and such(report):
                    return report
            return None

        async with self._news:
            while (report := found()) is None:
                if self._reading is None or self._reading.done():
                    raise AssertionError(f"The page ended before it said {type_}.")
                await self._news.wait()
        return report

    def sleep(self) -> None:
        """The machine sleeps: the page does nothing at all."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def hide(self, hidden: bool = True) -> None:
        """The tab goes to the background, where timers come once a minute."""
        self.tell("hide", hidden=hidden)

    async def crash(self) -> None:
        """The page is gone, all at once."""
        self._signal(signal.SIGKILL)
        await self.close()

    async def close(self) -> None:
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        if self._process.returncode is None and self._process.stdin is not None:
            with suppress(ConnectionError):
                self._process.stdin.close()
                await self._process.stdin.wait_closed()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            async with self._news:
                self.reports.append(json.loads(line))
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def lines(self) -> list[Report]:
        """The segments it shows, in order."""
        after = len(self.reports)
        self.tell("report")
        return list((await self.hear("lines", after=after))["segments"])


class Viewer(Page):
    """A viewer page; it connects when it is loaded."""

    script = "viewer.js"

    async def arrive(self) -> None:
        await self.load(socketPath=f"/ws/rooms/{self.slug}/")

    @property
    def saw(self) -> list[Report]:
        """Every segment it has shown, each revision once."""
        return [report["segment"] for report in self.of("saw")]

    async def reach(self, version: int) -> None:
        """Wait until it holds all up to a version of the room."""
        await self.hear("log", lambda report: report["version"] >= version and report["whole"])


class Host(Page):
    """A host page: ``go_on_air``, then ``speak``, then ``stop``."""

    script = "host.js"

    async def open(self, file: Path, *, kept: list[list[str]] | None = None) -> None:
        await self.load(
            kept,
            socketPath=f"/ws/rooms/{self.slug}/host/",
            room=self.slug,
            file=str(file),
        )

    async def go_on_air(self, **beginning: Any) -> Report:
        """Press Start; what the server said to it: session and samples."""
        after = len(self.reports)
        self.tell("start", **beginning)
        return dict((await self.hear("ready", after=after))["detail"])

    async def resume(self, session: str, base_ms: int = 0) -> Report:
        """Press Continue, after a reload; what the server said to it. The speaker goes on from there.

        ``base_ms``: how old the session was when the speech began.
        """
        after = len(self.reports)
        self.tell("resume", session=session, baseMs=base_ms)
        return dict((await self.hear("ready", after=after))["detail"])

    async def leave(self) -> None:
        """Close the tab, or load it again: it notes how far it had come."""
        self.tell("keep")
        await self.hear("kept", after=len(self.reports))
        await self.crash()

    def speak(self, from_ms: int = 0, until_ms: int | None = None) -> None:
        """The speaker goes on from there, in the run's time."""
        self.tell("play", fromMs=from_ms, **({} if until_ms is None else {"untilMs": until_ms}))

    async def spoken(self, ms: int) -> None:
        """Wait until the speech has come so far."""
        await self.hear("progress", lambda report: report["spokenMs"] >= ms)

    async def has_spoken(self) -> None:
        """Wait for the end of the speech."""
        await self.hear("played")

    async def stop(self) -> Report:
        """Press Stop, and wait until all is stored."""
        after = len(self.reports)
        self.tell("stop")
        return dict((await self.hear("stopped", after=after))["detail"])

    @property
    def session(self) -> str:
        ready = self.last("ready")
        return str(ready["detail"]["session"]) if ready else ""

    @property
    def kept(self) -> list[list[str]]:
        """What the tab remembers over a reload."""
        report = self.last("kept")
        return list(report["entries"]) if report else []

    @property
    def spoken_ms(self) -> int:
        """How far the speech had come when it last said so."""
        report = self.last("progress")
        return int(report["spokenMs"]) if report else 0

    @property
    def problems(self) -> list[str]:
        """Codes of the errors it was told that were not the end, in order."""
        return [report["detail"]["code"] for report in self.of("problem")]

    def statuses(self) -> list[Report]:
        """What it was told of the speech service, each with ``atMs``."""
        return [
            {**report["detail"], "atMs": report["atMs"]}
            for report in self.of("event")
            if report["detail"]["type"] == "status"
        ]
