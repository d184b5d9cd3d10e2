"""What tests ask of processes, and recorded speech for them to recognise."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import Callable
from pathlib import Path

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"
FRAME_RATE_HZ = 16_000


def recording(name: str) -> bytes:
    """PCM of one of the recordings."""
    with wave.open(str(RECORDINGS / name)) as audio:
        assert audio.getframerate() == FRAME_RATE_HZ
        return audio.readframes(audio.getnframes())


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be read off does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(pid: int) -> list[int]:
    """Processes whose parent it is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except (OSError, UnicodeDecodeError):
            continue
        if entry.name.isdecimal() and int(fields[1]) == pid:
            found.append(int(entry.name))
    return found


async def gone(*pids: int) -> None:
    """Wait until none of these processes runs."""
    await until(lambda: not any(is_alive(pid) for pid in pids))


async def until(is_so: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def signal_to(pid: int, number: int) -> None:
    assert pid != os.getpid()
    os.kill(pid, number)
