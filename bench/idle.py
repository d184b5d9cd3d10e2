"""What does a room cost in which nothing happens? Memory, and processor time over a minute.

    python bench/idle.py [--rooms 1000] [--seconds 60] [--sessions 50]

A real web server, looked at in five states: no rooms at all; rooms in the database that nobody is in;
one idle viewer in each room; two of them; and hosts on the air who say nothing. What lies between two states
is what a room, a viewer or a session costs while idle.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from running import App, Reader, answering, app, cpu_s, first_of, open_reader, resident_kb

SETTLE_S = 5.0
"""After people came in, before the minute begins."""


@dataclass(frozen=True)
class State:
    name: str
    resident_kb: int
    cpu_s: float
    """Over the time it was watched."""


class Idle:
    """One server, and what it costs state by state."""

    def __init__(self, running: App, seconds: float) -> None:
        self.running = running
        self.seconds = seconds
        self.states: list[State] = []

    async def watch(self, name: str) -> State:
        await asyncio.sleep(SETTLE_S)
        pid, before_s, began_s = self.running.web_pid, cpu_s(self.running.web_pid), time.monotonic()
        await asyncio.sleep(self.seconds)
        took = (cpu_s(pid) - before_s) * self.seconds / (time.monotonic() - began_s)
        state = State(name, resident_kb(pid), took)
        self.states.append(state)
        print(
            f"{name}: {state.resident_kb / 1024:.1f} MB, {state.cpu_s:.2f} s CPU", file=sys.stderr, flush=True
        )
        return state

    async def view(self, rooms: int) -> list[Reader]:
        """One more viewer in each room."""
        return [
            await open_reader(self.running.port, self.running.viewer_path(room), lambda payload: None)
            for room in range(rooms)
        ]


async def silent_host(running: App, room: int, stack: AsyncExitStack) -> None:
    socket = await stack.enter_async_context(running.host(room))
    await socket.send(json.dumps({"type": "start", "language": "en-US"}))
    await first_of(socket, "ready")

    async def listen() -> None:
        async for _ in socket:
            pass

    task = asyncio.create_task(listen())
    stack.callback(task.cancel)


async def main(options: argparse.Namespace) -> int:
    environ = {"DJANGO_SETTINGS_MODULE": "voxweb.settings"}
    states: list[State] = []
    with app(rooms=1, **environ) as running:
        await answering(running)
        states.append(await Idle(running, options.seconds).watch("no rooms"))
    with app(rooms=options.rooms, sessions=options.sessions + 2, **environ) as running:
        await answering(running)
        idle = Idle(running, options.seconds)
        states.append(await idle.watch(f"{options.rooms} rooms in the database, nobody there"))
        readers = await idle.view(options.rooms)
        states.append(await idle.watch(f"one idle viewer in each of {options.rooms} rooms"))
        readers += await idle.view(options.rooms)
        states.append(await idle.watch(f"two idle viewers in each of {options.rooms} rooms"))
        async with AsyncExitStack() as stack:
            for room in range(options.sessions):
                await silent_host(running, room, stack)
            states.append(await idle.watch(f"{options.sessions} silent hosts on the air beside them"))
        lost = sum(reader.lost for reader in readers)
        for reader in readers:
            reader.leave()
    print(f"| state | web server MB | CPU s in {options.seconds:g} s |\n| --- | --- | --- |")
    for state in states:
        print(f"| {state.name} | {state.resident_kb / 1024:.1f} | {state.cpu_s:.2f} |")
    _, empty, one, two, spoken = states
    viewer_kb = (two.resident_kb - one.resident_kb) / options.rooms
    room_kb = (one.resident_kb - empty.resident_kb) / options.rooms - viewer_kb
    session_kb = (spoken.resident_kb - two.resident_kb) / options.sessions
    print(
        f"\n- an open room: {room_kb:.1f} KB; a viewer: {viewer_kb:.1f} KB; "
        f"a silent session with its host: {session_kb:.1f} KB\n- sockets lost: {lost}"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60, help="how long each state is watched")
    parser.add_argument("--sessions", type=int, default=50, help="silent hosts in the last state")
    if hasattr(os, "nice"):
        os.nice(5)
    sys.exit(asyncio.run(main(parser.parse_args())))
