"""Two hours of fifty rooms with five hundred viewers, faster than time: is memory flat, does all arrive?

    python bench/soak.py [--rooms 50] [--viewers 500] [--minutes 120] [--every 5]

A real web server and a real speech server with its scripted engine. Each room's host sends audio as fast
as the servers settle it, all rooms in step; an utterance of 2.4 s every ``--utterance`` seconds. The
resident memory of both servers is taken every ``--every`` minutes of audio.

Each viewer checks each final as it comes: in a room where nothing is corrected their versions are 1, 2, 3
and so on, so one number a viewer tells whether each came once and in order. At the end that is compared with
what is stored and with what was said.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
import urllib.request
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from running import (
    RATE_HZ,
    App,
    Reader,
    answering,
    app,
    cpu_s,
    first_of,
    indexed,
    open_reader,
    resident_kb,
    tone,
)
from websockets.asyncio.client import ClientConnection

SPEECH_MS = 2_400
CHUNK_MS = 800
AHEAD_SAMPLES = 20 * RATE_HZ
"""How far a host runs ahead of what is settled: more than an utterance and its pause."""
STALL_S = 120.0
"""Longer than anything may stand still: then something is broken."""
FINAL = b'{"type":"final","version":'


@dataclass
class Viewer:
    """Counts what comes, message by message, without reading it as JSON."""

    version: int = 0
    finals: int = 0
    out_of_order: int = 0
    refills: int = 0
    gaps: int = 0
    others: int = 0

    def take(self, payload: bytes) -> None:
        if not payload.startswith(FINAL):
            self.others += 1
            self.refills += payload.startswith(b'{"type":"changes"')
            return
        version = int(payload[len(FINAL) :].partition(b",")[0])
        self.out_of_order += version != self.version + 1
        self.version = version
        self.finals += 1
        self.gaps += b'"kind":"gap"' in payload


@dataclass
class Host:
    """One room's speaker."""

    socket: ClientConnection
    utterance_ms: int
    heard: int = 0
    sent: int = 0
    segments: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        async for text in self.socket:
            if not text.startswith('{"type":"heard"'):
                self._note(text)
                continue
            self.heard = json.loads(text)["samples"]
            self.moved.set()

    def _note(self, text: Any) -> None:
        if text.startswith('{"type":"error"'):
            self.errors.append(json.loads(text))
        elif text.startswith('{"type":"stopped"'):
            self.segments = json.loads(text)["segments"]
            self.stopped.set()

    async def speak(self, until: int) -> None:
        """Send audio up to a sample, never far ahead of what is settled."""
        while self.sent < until:
            while self.sent - self.heard > AHEAD_SAMPLES:
                self.moved.clear()
                async with asyncio.timeout(STALL_S):
                    await self.moved.wait()
            at_ms = self.sent * 1000 // RATE_HZ % self.utterance_ms
            await self.socket.send(indexed(self.sent, SPEECH if at_ms < SPEECH_MS else SILENCE))
            self.sent += CHUNK_SAMPLES

    async def stop(self) -> None:
        await self.socket.send(json.dumps({"type": "stop"}))
        async with asyncio.timeout(STALL_S):
            await self.stopped.wait()


CHUNK_SAMPLES = CHUNK_MS * RATE_HZ // 1000
SPEECH, SILENCE = tone(CHUNK_SAMPLES), bytes(2 * CHUNK_SAMPLES)


@dataclass(frozen=True)
class Row:
    minute: int
    web_kb: int
    speech_kb: int
    elapsed_s: float


class Soak:
    """One run."""

    def __init__(self, running: App, options: argparse.Namespace, stack: AsyncExitStack) -> None:
        self.running = running
        self.options = options
        self.stack = stack
        self.hosts: list[Host] = []
        self.viewers: list[Viewer] = []
        self.readers: list[Reader] = []
        self.rows: list[Row] = []
        self.began_s = 0.0
        self.notes: list[str] = []

    def web_kb(self) -> int:
        return resident_kb(self.running.web_pid)

    async def open(self) -> None:
        """Everybody comes in; what that costs in memory is noted."""
        empty_kb = self.web_kb()
        for number in range(self.options.viewers):
            viewer = Viewer()
            path = self.running.viewer_path(number % self.options.rooms)
            self.readers.append(await open_reader(self.running.port, path, viewer.take))
            self.viewers.append(viewer)
        seated_kb = self.web_kb()
        for room in range(self.options.rooms):
            socket = await self.stack.enter_async_context(self.running.host(room))
            await socket.send(json.dumps({"type": "start", "language": "en-US"}))
            await first_of(socket, "ready")
            self.hosts.append(Host(socket, self.options.utterance * 1000))
        on_air_kb = self.web_kb()
        per_viewer = (seated_kb - empty_kb) / self.options.viewers
        per_session = (on_air_kb - seated_kb) / self.options.rooms
        self.notes.append(f"web server with nobody there: {empty_kb / 1024:.1f} MB")
        self.notes.append(f"a viewer (rooms opened by them included): {per_viewer:.1f} KB")
        self.notes.append(f"a session on the air, before its audio: {per_session:.1f} KB")

    async def run(self) -> None:
        listening = [asyncio.create_task(host.listen()) for host in self.hosts]
        self.began_s = time.monotonic()
        self.note(0)
        try:
            for minute in range(self.options.every, self.options.minutes + 1, self.options.every):
                until = minute * 60 * RATE_HZ
                await asyncio.gather(*(host.speak(until) for host in self.hosts))
                self.note(minute)
            await asyncio.gather(*(host.stop() for host in self.hosts))
            await self.settle()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)

    def note(self, minute: int) -> None:
        row = Row(
            minute, self.web_kb(), resident_kb(self.running.speech_pid), time.monotonic() - self.began_s
        )
        self.rows.append(row)
        print(
            f"minute {row.minute}: web {row.web_kb / 1024:.1f} MB, speech {row.speech_kb / 1024:.1f} MB, "
            f"after {row.elapsed_s:.0f} s",
            file=sys.stderr,
            flush=True,
        )

    async def settle(self) -> None:
        """Wait for what is still on its way to the viewers."""
        for _ in range(int(STALL_S / 0.2)):
            if all(viewer.version >= self.host_of(n).segments for n, viewer in enumerate(self.viewers)):
                return
            await asyncio.sleep(0.2)

    def host_of(self, viewer: int) -> Host:
        return self.hosts[viewer % self.options.rooms]

    # --- what came of it ---

    def expected(self) -> int:
        """Utterances that were begun, in one room."""
        return -(-self.options.minutes * 60 // self.options.utterance)

    def report(self) -> bool:
        """Say it in Markdown; whether all arrived once."""
        options, rows = self.options, self.rows
        took_s = rows[-1].elapsed_s
        audio_s = options.rooms * options.minutes * 60
        print(
            f"{options.rooms} rooms, {options.viewers} viewers, {options.minutes} minutes of audio in each: "
            f"{took_s:.0f} s ({audio_s / took_s:.0f} times real time, all rooms together); "
            f"CPU seconds: web server {cpu_s(self.running.web_pid):.0f}, "
            f"speech server {cpu_s(self.running.speech_pid):.0f}\n"
        )
        for note in self.notes:
            print(f"- {note}")
        print("\n| minute | web server MB | speech server MB |\n| --- | --- | --- |")
        for row in rows:
            print(f"| {row.minute} | {row.web_kb / 1024:.1f} | {row.speech_kb / 1024:.1f} |")
        stored = sum(host.segments for host in self.hosts)
        said = self.expected() * options.rooms
        complete = [
            viewer.version == self.host_of(number).segments
            and viewer.finals == viewer.version
            and not viewer.out_of_order
            for number, viewer in enumerate(self.viewers)
        ]
        print(
            f"\n- said {said} utterances, stored {stored} finals\n"
            f"- viewers that were shown each final of their room once and in order: "
            f"{sum(complete)} of {len(complete)}\n"
            f"- finals delivered {sum(viewer.finals for viewer in self.viewers)}, "
            f"other messages {sum(viewer.others for viewer in self.viewers)}, "
            f"gaps {sum(viewer.gaps for viewer in self.viewers)}, "
            f"refills {sum(viewer.refills for viewer in self.viewers)}, "
            f"sockets lost {sum(reader.lost for reader in self.readers)}, "
            f"errors told to hosts {sum(len(host.errors) for host in self.hosts)}"
        )
        half = [row for row in rows if row.minute >= options.minutes / 2]
        if len(half) > 1:
            growth_kb = half[-1].web_kb - half[0].web_kb
            print(f"- web server in the second half: {growth_kb / 1024:+.1f} MB")
        for host in self.hosts:
            for error in host.errors[:1]:
                print(error, file=sys.stderr)
        return all(complete) and said == stored


def scraped(port: int) -> list[str]:
    """The server's own figures, of those that tell of trouble."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    wanted = (
        "dropped",
        "refused",
        "slow",
        "failures",
        "lost",
        "replaced",
        "lag_seconds_count",
        "lag_seconds_sum",
    )
    return [line for line in lines if line.startswith("voxweb_") and any(word in line for word in wanted)]


async def main(options: argparse.Namespace) -> int:
    # So much faster than time that the pace is never what holds a room up, yet each gets its turn.
    environ = {"BENCH_HEARD_INTERVAL_S": "0.2", "BENCH_REPLAY_RATE": "20"}
    with app(rooms=options.rooms, sessions=options.rooms + 2, **environ) as running:
        await answering(running)
        async with AsyncExitStack() as stack:
            soak = Soak(running, options, stack)
            await soak.open()
            await soak.run()
            fine = soak.report()
            figures = await asyncio.to_thread(scraped, running.port)
            print("\n".join(["\n```", *(line for line in figures if not line.endswith(" 0.0")), "```"]))
            for reader in soak.readers:
                reader.leave()
    return 0 if fine else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=50)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--minutes", type=int, default=120, help="of audio, in each room")
    parser.add_argument("--every", type=int, default=5, help="minutes of audio between two looks at memory")
    parser.add_argument("--utterance", type=int, default=12, help="seconds from one utterance to the next")
    if hasattr(os, "nice"):
        os.nice(5)
    sys.exit(asyncio.run(main(parser.parse_args())))
