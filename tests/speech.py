"""A real speech server on a loopback port, in the test's own loop, and audio to send to it."""

from __future__ import annotations

import math
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from captions.audio import RATE_HZ, SAMPLES_PER_MS
from captions.speechserver.app import SpeechServer as _Server
from captions.speechserver.app import listening
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.engines.scripted import MARK_MS, marked
from captions.speechserver.pool import Pool
from captions.speechserver.switches import Switches

KEY = "emu-key"


@dataclass(frozen=True)
class SpeechServer:
    """A running server."""

    url: str
    """``ws://127.0.0.1:<port>``; the path is ``/v1/stt/realtime``."""
    http_url: str
    server: _Server

    @property
    def realtime_url(self) -> str:
        return f"{self.url}/v1/stt/realtime"

    def configure(self, **switches: object) -> None:
        """Set switches by contract name (``EMU_VN_PONG="pong"``) or ours (``pong="pong"``)."""
        self.server.configure(**switches)

    def drop_all(self) -> int:
        """Break every connection now, without a close frame."""
        return self.server.drop_all()

    async def close_all(self, code: int = 1001) -> int:
        """Close every connection now, with a close frame."""
        return await self.server.close_all(code)

    @property
    def open_connections(self) -> int:
        return sum(visit.is_open for visit in self.server.journal.visits)

    def log(self) -> list[list[dict[str, Any]]]:
        """The messages each connection has sent, audio as ``{"type": "audio", "bytes": n}``."""
        return [visit.messages for visit in self.server.journal.visits]

    def taken(self) -> int:
        """Messages it has taken, of all connections together."""
        return sum(len(visit.messages) + visit.more_messages for visit in self.server.journal.visits)


@asynccontextmanager
async def speech_server(
    engine: str = "scripted", *, limit: int | None = None, port: int = 0, **switches: object
) -> AsyncIterator[SpeechServer]:
    """``engine`` "scripted" says built-in sentences; "positions" what ``position_pcm`` put into the audio.

    ``limit`` is the number of sessions at a time; a ``port`` can be given to come back on the same one.
    """
    pool = Pool(EngineChoice(engine), limit=limit)
    server = _Server(pool, switches=Switches().changed(switches))
    async with listening(server, port=port) as bound:
        yield SpeechServer(f"ws://127.0.0.1:{bound}", f"http://127.0.0.1:{bound}", server)


def silence_pcm(duration_ms: int) -> bytes:
    """Nothing, for so long."""
    return bytes(2 * duration_ms * SAMPLES_PER_MS)


def speech_pcm(duration_ms: int, hz: float = 220.0) -> bytes:
    """A tone, which the scripted engine takes for speech."""
    samples = range(duration_ms * SAMPLES_PER_MS)
    return struct.pack(
        f"<{len(samples)}h", *(int(8000 * math.sin(2 * math.pi * hz * n / RATE_HZ)) for n in samples)
    )


def position_pcm(first: int, words: int) -> bytes:
    """Speech of ``words`` words of ``MARK_MS`` each: the "positions" engine hears w<first>, w<first+1>, …"""
    return b"".join(marked(first + number) for number in range(words))


def spoken(words: int, *, per_utterance: int = 10, pause_ms: int = 800) -> tuple[bytes, list[str]]:
    """Audio of so many numbered words in utterances with pauses between, and the words it holds."""
    audio = b""
    for first in range(0, words, per_utterance):
        audio += position_pcm(first, min(per_utterance, words - first)) + silence_pcm(pause_ms)
    return audio, [f"w{number}" for number in range(words)]


def chunks(pcm: bytes, chunk_ms: int = 100) -> list[bytes]:
    """PCM in pieces of so many milliseconds, the last perhaps shorter."""
    size = 2 * chunk_ms * SAMPLES_PER_MS
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


__all__ = [
    "KEY",
    "MARK_MS",
    "SpeechServer",
    "chunks",
    "position_pcm",
    "silence_pcm",
    "speech_pcm",
    "speech_server",
    "spoken",
]
