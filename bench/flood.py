"""What does one that floods cost, and does anybody else notice?

    python bench/flood.py [--seconds 10] [--kinds pings since]

A real server with its real limits. For each kind of flood: what the server took of it, how much its
memory grew, and how long a reader of the same site waited for an answer meanwhile. `stalled` is a
host that goes on as fast as it can while the speech service does not answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable

from memory import chunk_of
from running import App, answering, app, first_of, resident_kb
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

KINDS = ["none", "20 ×", "full speed", "stalled", "since", "pings"]


@contextlib.asynccontextmanager
async def line(running: App, path: str, *, host: bool = False) -> AsyncIterator[ClientConnection]:
    """A socket of the site."""
    async with connect(
        f"ws://localhost:{running.port}/ws/rooms/{running.slugs[0]}/{path}",
        origin=f"http://localhost:{running.port}",
        additional_headers={"Cookie": f"sessionid={running.cookie}"} if host else {},
        proxy=None,
        max_size=None,
        ping_timeout=None,
        close_timeout=1,
    ) as it:
        yield it


async def pour(it: ClientConnection, message: Callable[[int], bytes | str], pace_s: float) -> list[int]:
    """Send until it is cancelled or closed; how many bytes went, and the close code."""
    sent = number = 0
    began_s = time.monotonic()
    with contextlib.suppress(ConnectionClosed, asyncio.CancelledError):
        while True:
            text = message(number)
            await it.send(text)
            sent += len(text)
            number += 1
            if pace_s:
                await asyncio.sleep(max(0.0, began_s + number * pace_s - time.monotonic()))
            elif number % 50 == 0:
                await asyncio.sleep(0)
    return [sent, it.close_code or 0]


async def ping_on(it: ClientConnection) -> list[int]:
    """Pings as fast as they go, whose answers nobody reads."""
    it.transport.pause_reading()
    sent = 0
    with contextlib.suppress(ConnectionClosed, asyncio.CancelledError):
        while True:
            await it.ping(struct.pack("<Q", sent) + b"x" * 100)
            sent += 1
            it.pending_pings.clear()
            if it.transport.get_write_buffer_size() > 64 * 1024:
                await asyncio.sleep(0.02)
    it.transport.abort()  # what it did not read stands before the close it would wait for
    return [116 * sent, it.close_code or 0]


async def read_away(it: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for _ in it:
            pass


async def measured(running: App, kind: str, seconds: float) -> str:
    """One row of the table."""
    is_host = kind in {"20 ×", "full speed", "stalled"}
    async with line(running, "") as reader, line(running, "host/" if is_host else "", host=is_host) as it:
        await first_of(reader, "hello")
        if is_host:
            await it.send(json.dumps({"type": "start", "language": "en-US"}))
            await first_of(it, "ready")
        else:
            await first_of(it, "hello")
        if kind == "stalled":
            os.kill(running.speech_pid, signal.SIGSTOP)
        before_kb = most_kb = resident_kb(running.web_pid)
        since = json.dumps({"type": "since", "version": 0})
        reading = asyncio.create_task(asyncio.sleep(0) if kind == "pings" else read_away(it))
        if kind == "none":
            flooding = asyncio.create_task(pour(it, lambda _: since, 1.0))
        elif kind == "pings":
            flooding = asyncio.create_task(ping_on(it))
        else:
            message = (lambda _: since) if kind == "since" else chunk_of
            flooding = asyncio.create_task(pour(it, message, 0.005 if kind == "20 ×" else 0.0))
        waits_s: list[float] = []
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            began_s = time.monotonic()
            await reader.send(since)
            await first_of(reader, "changes")
            waits_s.append(time.monotonic() - began_s)
            most_kb = max(most_kb, resident_kb(running.web_pid))
            await asyncio.sleep(0.15)
        flooding.cancel()
        sent, code = await flooding
        reading.cancel()
        if kind == "stalled":
            os.kill(running.speech_pid, signal.SIGCONT)
        if is_host and not code:
            with contextlib.suppress(ConnectionClosed):
                await it.send(json.dumps({"type": "stop"}))
    waits_s.sort()
    grown_mb = (most_kb - before_kb) / 1024
    p50_ms, most_ms = 1000 * waits_s[len(waits_s) // 2], 1000 * waits_s[-1]
    return f"| {kind} | {sent / 1e6:.1f} | {code or '–'} | {grown_mb:.1f} | {p50_ms:.0f} | {most_ms:.0f} |"


async def main(seconds: float, kinds: list[str]) -> int:
    print(f"{seconds:.0f} s of each\n")
    print("| flood | MB taken | closed with | server grew by MB | others waited ms, half | at most |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in kinds:
        with app(DJANGO_SETTINGS_MODULE="voxweb.settings") as running:
            await answering(running)
            print(await measured(running, kind, seconds), flush=True)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    arguments = parser.parse_args()
    sys.exit(asyncio.run(main(arguments.seconds, arguments.kinds)))
