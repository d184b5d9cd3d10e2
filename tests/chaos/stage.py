"""Everything of a run, put up and taken down: service, lines, workers, pages; and what came of it.

A case is written as it would be told::

    await stage.begin()
    await stage.host.spoken(4_000)
    stage.upstream.cut()
    await stage.finish()
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx

from tests.captions.daphne import listening_socket
from tests.chaos.clocks import Clock
from tests.chaos.databases import Database, Databases, small_disk
from tests.chaos.ear import Ear
from tests.chaos.people import Host, Viewer
from tests.chaos.prepare import slug
from tests.chaos.proxy import Proxy, proxy
from tests.chaos.redis import LAYERS, redis_server
from tests.chaos.speech import Speech
from tests.chaos.verdict import Row, Span, Stored, Verdict, judge, judge_audio, judge_viewer
from tests.chaos.workers import Worker
from tests.speech import SpeechServer, speech_server

T = TypeVar("T")

CATCH_UP_S = 120.0
"""How long viewers may take to have everything, once all is well again: a few ticks, and their own patience.
"""
FAULTS = ("Traceback", "was never retrieved", "Unhandled error", "ResourceWarning")
"""What a worker must never write, whatever happens (but the layer's library, of a Redis that is away)."""


@dataclass(frozen=True)
class Setting:
    """How a stage is set."""

    words: int = 60
    per_utterance: int = 8
    pause_ms: int = 900
    viewers: int = 2
    pace: float = 10.0
    """Times faster than real."""
    database: Literal["file", "server", "small disk"] = "file"
    layer: Literal["", "pubsub", "tight"] = ""
    """Channel layer on a Redis of the run's own: the product's, or one that holds a single message."""
    workers: int = 1
    """Processes; hosts go to the first, viewers to the last."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Django settings that differ from production's; the clock need not be among the reasons."""
    limit_s: float = 60.0
    """Real seconds it may take."""
    alone: bool = False
    """Whether it needs the machine to itself."""

    @property
    def speech(self) -> Speech:
        return Speech(self.words, self.per_utterance, self.pause_ms)


class Theatre:
    """What stages have in common: a folder, databases to copy, speech that is made but once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.databases = Databases(folder)
        self._runs = 0

    def file_of(self, speech: Speech) -> Path:
        name = f"{speech.words}-{speech.per_utterance}-{speech.pause_ms}-{speech.lead_ms}.pcm"
        path = self.folder / name
        if not path.exists():
            path.write_bytes(speech.pcm())
        return path

    @asynccontextmanager
    async def stage(self, setting: Setting) -> AsyncIterator[Stage]:
        """One run's."""
        self._runs += 1
        folder = self.folder / f"run-{self._runs}"
        folder.mkdir()
        stage = Stage(self, setting, folder)
        try:
            await stage.put_up()
            yield stage
        finally:
            await stage.take_down()


@asynccontextmanager
async def theatre() -> AsyncIterator[Theatre]:
    """For as many runs as one likes, also beside each other."""
    with tempfile.TemporaryDirectory(prefix="voxweb-chaos-") as folder:
        it = Theatre(Path(folder))
        try:
            yield it
        finally:
            await it.databases.close()


class Stage:
    """See the module. ``verdict`` gathers what is wrong; ``finish`` compares."""

    service: SpeechServer
    upstream: Proxy
    """The line to the speech service."""
    door: Proxy
    """The host's line."""
    database: Database
    to_database: Proxy
    """The line to PostgreSQL."""
    to_redis: Proxy
    host: Host

    def __init__(self, theatre: Theatre, setting: Setting, folder: Path) -> None:
        self.setting = setting
        self.speech = setting.speech
        self.folder = folder
        self.ear = Ear(theatre.file_of(self.speech).read_bytes())
        self.verdict = Verdict()
        self.workers: list[Worker] = []
        self.viewers: list[Viewer] = []
        self.hosts: list[Host] = []
        """Every host page there was, the newest last."""
        self.notes: list[str] = []
        """What a run wants to have told of it."""
        self.slug = slug(0)
        self.clock = Clock.made(folder / "clock", pace=setting.pace)
        self._theatre = theatre
        self._stack = AsyncExitStack()

    # --- up and down ---

    async def put_up(self) -> None:
        enter = self._stack.enter_async_context
        self._stack.callback(self.clock.close)
        self.service = await enter(speech_server("positions", limit=64))
        port = int(self.service.url.rpartition(":")[2])
        self.upstream = await enter(proxy(port, tap=self.ear.listen))
        await self._open_database()
        settings: dict[str, Any] = {"VOXNEXUS_WS_URL": f"ws://127.0.0.1:{self.upstream.port}"}
        if self.setting.layer:
            self.to_redis = await enter(proxy(await enter(redis_server())))
            settings["CHANNEL_LAYERS"] = LAYERS[self.setting.layer](self.to_redis.port)
        environ = {"DATABASE_URL": self.database_url, "VOXWEB_DATA_DIR": str(self.folder)}
        settings |= self.setting.settings
        for _ in range(self.setting.workers):
            listening = self._stack.enter_context(listening_socket())
            worker = await Worker.started(listening, self.clock, environ=environ, settings=settings)
            self.workers.append(worker)
            self._stack.push_async_callback(worker.kill)
        self.door = await enter(proxy(self.workers[0].port))

    async def _open_database(self) -> None:
        enter = self._stack.enter_async_context
        if self.setting.database == "server":
            self.database = await enter(self._theatre.databases.server())
            self.to_database = await enter(proxy(self.database.port))
            self.database_url = self.database.through(self.to_database.port)
            return
        folder = self.folder
        if self.setting.database == "small disk":
            folder = await enter(small_disk(self.folder / "disk"))
        self.database = await enter(self._theatre.databases.file(folder))
        self.database_url = self.database.url

    async def take_down(self) -> None:
        # Pages first: they would go on trying. Then what they talk to, the last opened first.
        await asyncio.gather(*(page.close() for page in (*self.hosts, *self.viewers)))
        await self._stack.aclose()

    @property
    def worker(self) -> Worker:
        """The host's."""
        return self.workers[0]

    def keep(self, worker: Worker) -> None:
        """Have a worker that was started later ended with the rest."""
        self._stack.push_async_callback(worker.kill)

    # --- who is there ---

    async def page(self, *, kept: list[list[str]] | None = None, line: Proxy | None = None) -> Host:
        """A host page, loaded; from now on it is ``host``."""
        host = Host(slug=self.slug, line=line or self.door, clock=self.clock, cookie=self.database.cookie)
        self.hosts.append(host)
        self.host = host
        await host.open(self._theatre.file_of(self.speech), kept=kept)
        return host

    async def viewer(self, worker: int = -1) -> Viewer:
        """One more viewer, on a line of its own to one of the workers."""
        line = await self._stack.enter_async_context(proxy(self.workers[worker].port))
        viewer = Viewer(slug=self.slug, line=line, clock=self.clock)
        self.viewers.append(viewer)
        await viewer.arrive()
        return viewer

    async def begin(self) -> None:
        """Viewers come, the host goes on the air and begins to speak."""
        for _ in range(self.setting.viewers):
            await self.viewer()
        for viewer in self.viewers:
            await viewer.hear("log")
        await self.page()
        await self.host.go_on_air()
        self.host.speak()

    # --- what came of it ---

    def expect(self, condition: object, otherwise: str) -> None:
        """Note what is wrong, and go on."""
        if not condition:
            self.verdict.wrong.append(otherwise)

    async def within(self, limit_s: float, what: Awaitable[T], otherwise: str) -> T:
        """Wait for something, so much of the run's time at the most."""
        try:
            async with self.clock.timeout(limit_s):
                return await what
        except TimeoutError as exc:
            raise AssertionError(f"{otherwise} within {limit_s} s") from exc

    async def finish(self, *, speaking: bool = True, **allowed: Any) -> Verdict:
        """The speech comes to its end, the host stops; then everything is compared (see ``judge``)."""
        if speaking:
            await self.host.has_spoken()
            await self.host.stop()
        await self.compare(**allowed)
        return self.verdict

    async def compare(self, *, bases_ms: Sequence[int] = (0,), **allowed: Any) -> None:
        """Compare what is stored and what every viewer shows with what was said.

        ``bases_ms``: where in the speech each session begins, in the order of the sessions.
        """
        rows, version = await self.rows()
        ids = list(dict.fromkeys(row["session"] for row in rows))
        bases = [*bases_ms, *[0] * len(ids)]
        stored = [
            Stored(await self.export(session), base_ms) for session, base_ms in zip(ids, bases, strict=False)
        ]
        self.expect(len(ids) == len(bases_ms), f"{len(ids)} sessions, not {len(bases_ms)}")
        found = judge(self.speech, stored, **allowed)
        judge_audio(found, self.speech, self.ear.heard(), backwards=self.ear.backwards())
        found.sent_again_ms = self.ear.said_again_ms()
        for number, viewer in enumerate(self.viewers):
            await self._judge_viewer(found, f"viewer {number + 1}", viewer, rows, version)
        for worker in self.workers:
            self._judge_log(found, worker)
        found.wrong = [*self.verdict.wrong, *found.wrong]
        self.verdict = found

    async def _judge_viewer(
        self, found: Verdict, name: str, viewer: Viewer, rows: list[Row], version: int
    ) -> None:
        try:
            async with self.clock.timeout(CATCH_UP_S):
                await viewer.reach(version)
        except TimeoutError:
            found.wrong.append(f"{name} did not catch up: {viewer.last('log')}, {viewer.last('state')}")
            return
        judge_viewer(found, name, await viewer.lines(), viewer.saw, rows)
        for host in self.hosts:
            kept = {(row["id"], row["text"]) for row in rows}
            segments = [
                report["detail"]["segment"] for report in host.of("event") if "segment" in report["detail"]
            ]
            if any((segment["id"], segment["text"]) not in kept for segment in segments):
                found.wrong.append("the host saw finals that are not stored")

    def _judge_log(self, found: Verdict, worker: Worker) -> None:
        for line in worker.log:
            if any(fault in line for fault in FAULTS) and "logger=channels_redis" not in line:
                found.wrong.append(f"a worker wrote: {line[:200]}")
                return

    async def rows(self) -> tuple[list[Row], int]:
        """All segments of the room as viewers get them, in order, and the room's version."""
        rows: list[Row] = []
        version, more = 0, True
        while more:
            page = await self.ask(f"/r/{self.slug}/segments?after={version}")
            rows += page["segments"]
            version, more = page["version"], page.get("more", False)
        sessions = list(dict.fromkeys(row["session"] for row in rows))
        rows.sort(key=lambda row: (sessions.index(row["session"]), row["offset_ms"], row["utterance"]))
        return rows, version

    async def export(self, session: str) -> list[Row]:
        """A session's JSON export: its segments with their words."""
        return list((await self.ask(f"/sessions/{session}/transcript.json"))["segments"])

    async def text(self, path: str) -> str:
        """What a worker answers to Ada, asked directly."""
        worker = next(worker for worker in self.workers if worker.is_running)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{worker.port}",
            headers={"Cookie": self.database.cookie},
            trust_env=False,
            timeout=30,
        ) as client:
            answer = await client.get(path)
            answer.raise_for_status()
            return answer.text

    async def ask(self, path: str) -> dict[str, Any]:
        return dict(json.loads(await self.text(path)))

    def story(self) -> str:
        """For whoever looks for the cause: the ends of what everybody said."""
        parts = [*self.notes, f"visits: {[visit.stretches for visit in self.ear.visits]}"]
        for number, host in enumerate(self.hosts):
            told = [report for report in host.reports if report["type"] not in ("progress", "heard", "kept")]
            parts.append(
                f"host {number}: " + "\n    ".join(json.dumps(report)[:300] for report in told[-25:])
            )
        for number, viewer in enumerate(self.viewers):
            parts.append(
                f"viewer {number}: " + "\n    ".join(json.dumps(r)[:200] for r in viewer.reports[-8:])
            )
        for number, worker in enumerate(self.workers):
            parts.append(f"worker {number}: " + "\n    ".join(line[:400] for line in worker.log[-40:]))
        return "\n".join(parts)


__all__ = ["Setting", "Span", "Stage", "Theatre", "replace", "theatre"]
