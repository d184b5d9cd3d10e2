"""Captions to many viewers of one room: our hub against one ``group_send`` to a consumer each.

    .venv/bin/python bench/fanout.py [--viewers 500] [--events 100] [--rate 10] [--rounds 2]

Each design runs in a Daphne process of its own, pinned to one core; the viewers are plain sockets in
this process, on another one. Both designs run in turn, so that a busy machine hits both; how much the
machine itself wavers is measured beside it, by a fixed piece of work. Everything is on loopback, in a
temporary folder, and bounded in count and time.

``delivered`` is what arrived within 5 s of the last event; times are from before an event is encoded
until its bytes are read; ``CPU`` is the server's, over all deliveries, idle time's upkeep included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from running import open_reader

ROOT = Path(__file__).resolve().parent.parent
SLUG = "the-hall"
TEXT = "and this is about as long as a line of captions gets before the next one comes " * 2
DRAIN_S = 5.0
CONNECT_S = 30.0
STEP_S = 120.0
"""Longer than any one step may take: then something is broken."""


def event(number: int) -> dict[str, Any]:
    """About 400 bytes, with the moment it was made in nanoseconds of this machine's clock."""
    segment = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "session": "00000000-0000-4000-8000-000000000000",
        "utterance": number,
        "kind": "speech",
        "text": TEXT,
        "offset_ms": 1000 * number,
        "duration_ms": 900,
        "revision": 0,
    }
    return {"type": "final", "at": time.monotonic_ns(), "version": number, "segment": segment}


# --- the server: this file once more, as an ASGI application ---

if os.environ.get("FANOUT_SERVER"):
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxweb.settings")
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.layers import get_channel_layer
    from channels.routing import URLRouter
    from django.core.asgi import get_asgi_application
    from django.urls import path

    get_asgi_application()

    from captions import routing
    from captions.live.hub import in_room
    from captions.live.outbox import Outgoing
    from captions.live.wire import RoomEvent
    from captions.models import Room

    class PlainViewer(AsyncJsonWebsocketConsumer):
        """The textbook: each viewer is a member of the group and encodes for itself."""

        async def connect(self) -> None:
            await self.channel_layer.group_add("plain", self.channel_name)
            await self.accept()
            await self.send_json({"type": "hello"})

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard("plain", self.channel_name)

        async def caption(self, message: dict[str, Any]) -> None:
            await self.send_json(message["event"])

    class Driver(AsyncJsonWebsocketConsumer):
        """Says the events, and what they cost."""

        async def receive_json(self, order: dict[str, Any], **kwargs: Any) -> None:
            say = self.say_plain if order["design"] == "plain" else self.say_hub
            began_s = time.process_time()
            started = time.monotonic()
            async with in_room((await Room.objects.aget(slug=SLUG)).pk) as self.hub:
                for number in range(1, order["events"] + 1):
                    await say(number)
                    await asyncio.sleep(max(0.0, started + number / order["rate"] - time.monotonic()))
                await asyncio.sleep(DRAIN_S)
            await self.send_json({"cpu_s": time.process_time() - began_s})

        async def say_plain(self, number: int) -> None:
            await get_channel_layer().group_send("plain", {"type": "caption", "event": event(number)})

        async def say_hub(self, number: int) -> None:
            text = json.dumps(event(number), separators=(",", ":"))
            self.hub.publish(RoomEvent(Outgoing("final", text, key=f"s/{number}", version=number)))

    benches = URLRouter([path("plain/", PlainViewer.as_asgi()), path("drive/", Driver.as_asgi())])

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        ours = scope["path"].startswith("/ws/")
        await (routing.application if ours else benches)(scope, receive, send)


# --- the viewers ---


class Viewer:
    """Notes how late each event is."""

    def __init__(self, delays_ms: list[float]) -> None:
        self._delays_ms = delays_ms

    def take(self, payload: bytes) -> None:
        now = time.monotonic_ns()
        if b'"at":' in payload:
            at = payload.partition(b'"at":')[2].lstrip().partition(b",")[0]
            self._delays_ms.append((now - int(at)) / 1e6)


async def measure(design: str, args: argparse.Namespace, folder: str) -> dict[str, float]:
    """One run of one design."""
    from websockets.asyncio.client import connect

    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        port = listening.getsockname()[1]
        command = [*pinned(0), sys.executable, "-m", "daphne", "--fd", str(listening.fileno())]
        server = subprocess.Popen(  # noqa: ASYNC220  (nothing else runs yet)
            [*command, "--verbosity", "0", "fanout:application"],
            cwd=ROOT / "bench",
            env=environ(folder) | {"FANOUT_SERVER": "1"},
            pass_fds=[listening.fileno()],
        )
    try:
        target = "/plain/" if design == "plain" else f"/ws/rooms/{SLUG}/"
        delays_ms: list[float] = []
        readers = []
        async with asyncio.timeout(CONNECT_S):
            for _ in range(args.viewers):
                readers.append(await open_reader(port, target, Viewer(delays_ms).take))
        async with asyncio.timeout(STEP_S), connect(f"ws://127.0.0.1:{port}/drive/", proxy=None) as driver:
            await driver.send(json.dumps({"design": design, "events": args.events, "rate": args.rate}))
            cost = json.loads(await driver.recv())
        for reader in readers:
            reader.leave()
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    delays_ms.sort()
    expected = args.viewers * args.events
    return {
        "delivered": len(delays_ms) / expected,
        "cpu_us": 1e6 * cost["cpu_s"] / max(1, len(delays_ms)),
        "p50_ms": delays_ms[len(delays_ms) // 2],
        "p99_ms": delays_ms[int(len(delays_ms) * 0.99)],
    }


def pinned(core: int) -> list[str]:
    """The start of a command that keeps to one core, where there are two to choose from."""
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


def environ(folder: str) -> dict[str, str]:
    return {
        **os.environ,
        "VOXWEB_DATA_DIR": folder,
        "VOXWEB_DEBUG": "1",
        "VOXWEB_LOG_LEVEL": "WARNING",
        "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        "REDIS_URL": "",
        "PYTHONPATH": str(ROOT),
    }


def prepare(folder: str) -> None:
    """A database with one room in it."""
    code = (
        "from django.contrib.auth.models import User; from captions.services.rooms import create_room; "
        f"create_room(owner=User.objects.create_user('ada'), title='Hall', slug={SLUG!r})"
    )
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", code]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environ(folder), check=True)


def noise() -> float:
    """By how much one fixed piece of work varies on this machine just now: slowest over fastest."""
    times = []
    for _ in range(15):
        began = time.perf_counter()
        sum(number * number for number in range(200_000))
        times.append(time.perf_counter() - began)
    return max(times) / min(times) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10.0, help="events a second")
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {1})
    runs: dict[str, list[dict[str, float]]] = {"plain": [], "hub": []}
    wavering = [noise()]
    print(f"{args.viewers} viewers, {args.events} events at {args.rate:g}/s, Daphne, in-process layer")
    print(f"{'design':8}{'delivered':>11}{'CPU µs each':>13}{'p50 ms':>10}{'p99 ms':>10}")
    with tempfile.TemporaryDirectory(prefix="voxweb-bench-") as folder:
        prepare(folder)
        for _ in range(args.rounds):
            for design, done in runs.items():
                run = asyncio.run(measure(design, args, folder))
                done.append(run)
                wavering.append(noise())
                print(
                    f"{design:8}{run['delivered']:>11.1%}{run['cpu_us']:>13.1f}"
                    f"{run['p50_ms']:>10.1f}{run['p99_ms']:>10.1f}",
                    flush=True,
                )

    def middle(design: str, name: str) -> float:
        return statistics.median(run[name] for run in runs[design])

    for name, words in (("cpu_us", "CPU a delivery"), ("p50_ms", "p50"), ("p99_ms", "p99")):
        ratio = middle("plain", name) / middle("hub", name)
        print(f"{words}: the plain design takes {ratio:.1f} times what the hub takes")
    print(f"noise: a fixed piece of work varied by {min(wavering):.0%} to {max(wavering):.0%} meanwhile")


if __name__ == "__main__":
    main()
