"""A relay session that runs, and a sink that remembers: what the tests of the session stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from captions.audio import BYTES_PER_SAMPLE, SAMPLES_PER_MS, ms_to_samples
from captions.errors import CaptionError
from captions.relay.captions import FinalCaption, GapCaption, InterimCaption
from captions.relay.limits import RelayLimits
from captions.relay.session import RelaySession
from captions.stt.connection import connect
from captions.stt.upstream import Upstream
from tests.upstream import position_audio

FAST = RelayLimits(
    replay_rate=1e6,
    retry_first_s=0.01,
    retry_cap_s=0.05,
    quota_first_s=0.01,
    quota_cap_s=0.05,
    flush_timeout_s=0.5,
    stop_timeout_s=1.0,
)


class Recorder:
    """A sink. ``gate`` holds back storing while it is clear; ``fail`` is raised by it, once it is set."""

    def __init__(self) -> None:
        self.interims: list[InterimCaption] = []
        self.stored: list[FinalCaption | GapCaption] = []
        self.statuses: list[tuple[str, str]] = []
        self.errors: list[CaptionError] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fail: BaseException | None = None
        self._news = asyncio.Event()

    def interim(self, caption: InterimCaption) -> None:
        self.interims.append(caption)
        self._news.set()

    async def store(self, caption: FinalCaption | GapCaption) -> None:
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.fail is not None:
            raise self.fail
        self.stored.append(caption)
        self._news.set()

    def status(self, upstream: str, error: CaptionError | None) -> None:
        self.statuses.append((upstream, error.code if error is not None else ""))
        if error is not None:
            self.errors.append(error)
        self._news.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so, looked at whenever something came."""
        while not happened():
            self._news.clear()
            await self._news.wait()

    @property
    def finals(self) -> list[FinalCaption]:
        return [caption for caption in self.stored if isinstance(caption, FinalCaption)]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Start and end of each gap, in ms."""
        return [
            (caption.offset_ms, caption.offset_ms + caption.duration_ms)
            for caption in self.stored
            if isinstance(caption, GapCaption)
        ]

    @property
    def spoken(self) -> list[tuple[str, int, int]]:
        """Text, start and end of each final, in ms."""
        return [(final.text, final.offset_ms, final.offset_ms + final.duration_ms) for final in self.finals]

    @property
    def words(self) -> list[str]:
        return [word for final in self.finals for word in final.text.split()]


class Running:
    """A session, its sink and its ``run``."""

    def __init__(self, session: RelaySession, sink: Recorder, task: asyncio.Task[None]) -> None:
        self.session = session
        self.sink = sink
        self.task = task

    def speak(self, first_ms: int, end_ms: int, *, chunk_ms: int = 100) -> None:
        """Push numbered audio of that part of the session."""
        for start in range(first_ms, end_ms, chunk_ms):
            end = min(start + chunk_ms, end_ms)
            self.session.push(ms_to_samples(start), position_audio(start, end))

    def play(self, pcm: bytes, *, first_ms: int = 0, chunk_ms: int = 100) -> None:
        """Push other audio from there on."""
        step = chunk_ms * SAMPLES_PER_MS * BYTES_PER_SAMPLE
        for at in range(0, len(pcm), step):
            self.session.push(ms_to_samples(first_ms) + at // BYTES_PER_SAMPLE, pcm[at : at + step])

    @property
    def safe_ms(self) -> int:
        return self.session.safe_samples // SAMPLES_PER_MS


@asynccontextmanager
async def relay(
    upstream: Upstream, *, sink: Recorder | None = None, limits: RelayLimits = FAST, **changes: Any
) -> AsyncIterator[Running]:
    """A session that runs against ``upstream``; cancelled on the way out if it still does."""
    names = set(RelayLimits.__dataclass_fields__)
    limits = replace(limits, **{name: value for name, value in changes.items() if name in names})
    sink = sink or Recorder()
    session = RelaySession(
        connect=partial(connect, upstream),
        language=changes.pop("language", "en-US"),
        sink=sink,
        limits=limits,
        **{name: value for name, value in changes.items() if name not in names},
    )
    task = asyncio.create_task(session.run())
    try:
        yield Running(session, sink, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, CaptionError):
            await task
