"""Does a session of an hour hold memory flat? Real server, real sockets, scripted recognition.

    python bench/memory.py [--minutes 120]

One host sends two hours of audio as fast as the server settles it, one viewer reads along. Every
five minutes of audio the resident memory of the web server and of the speech server is taken.
At the end: one final an utterance, none twice, none missing, and the growth from the first
quarter to the last.
"""

from __future__ import annotations

import argparse
import array
import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
CHUNK_SAMPLES = 1600
SPEECH_CHUNKS, SILENCE_CHUNKS = 24, 8
AHEAD_SAMPLES = 40 * 16_000
"""How far the host runs ahead of what is settled; its own ring holds at least 60 s."""
SAMPLE_EVERY_S = 300


@dataclass(frozen=True)
class App:
    """A running pair of servers, and a signed-in host of a room."""

    port: int
    slug: str
    cookie: str
    web_pid: int
    speech_pid: int


@contextlib.contextmanager
def app() -> Iterator[App]:
    """Speech server and web server as processes of their own, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="voxweb-bench-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.accelerated",
            "VOXWEB_DEBUG": "0",
            "VOXWEB_HTTPS": "0",
            "VOXWEB_SECRET_KEY": "only-for-benchmarks-" + "x" * 40,
            "VOXWEB_DATA_DIR": folder,
            "VOXWEB_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        for name in ("VOXNEXUS_API_KEY", "DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        speech = subprocess.Popen(
            [sys.executable, "manage.py", "speechserver", "--port", "0", "--engine", "scripted"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert speech.stdout is not None
        address = speech.stdout.readline().split("http://", 1)[1].split()[0]
        environment["VOXNEXUS_WS_URL"] = f"ws://{address}"
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True
        )
        made = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", SIGN_IN],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        slug, cookie = made.stdout.split()
        listening = socket.create_server(("127.0.0.1", 0))
        web = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "daphne",
                "--fd",
                str(listening.fileno()),
                "-v",
                "0",
                "voxweb.asgi:application",
            ],
            cwd=ROOT,
            env=environment,
            pass_fds=[listening.fileno()],
        )
        try:
            yield App(listening.getsockname()[1], slug, cookie, web.pid, speech.pid)
        finally:
            for process in (web, speech):
                process.terminate()
                process.wait(15)
            speech.stdout.close()
            listening.close()


SIGN_IN = """
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from captions.services.rooms import create_room
ada = get_user_model().objects.create_user("ada", password="only for benchmarks")
client = Client()
client.force_login(ada)
room = create_room(owner=ada, title="Bench", language="en-US")
print(room.slug, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


def resident_kb(pid: int) -> int:
    """Resident memory of a process and its children, in KB."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, StopIteration, ValueError):
            lines = (entry / "status").read_text().splitlines()
            fields = dict(line.split(":", 1) for line in lines if ":" in line)
            if entry.name == str(pid) or fields["PPid"].strip() == str(pid):
                total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total


async def first_of(socket: ClientConnection, type_: str) -> str | bytes:
    """The first message of a type."""
    async with asyncio.timeout(20):
        async for text in socket:
            if json.loads(text)["type"] == type_:
                return text
    raise SystemExit(f"no {type_} came")


def chunk_of(index: int) -> bytes:
    """Chunk number ``index``: 2.4 s of a tone, then 0.8 s of silence, and so on."""
    pcm = array.array("h", bytes(2 * CHUNK_SAMPLES))
    if index % (SPEECH_CHUNKS + SILENCE_CHUNKS) < SPEECH_CHUNKS:
        pcm = array.array("h", [8000 if (i // 20) % 2 else -8000 for i in range(CHUNK_SAMPLES)])
    return struct.pack("<I", index * CHUNK_SAMPLES) + pcm.tobytes()


async def main(minutes: int) -> int:
    with app() as running:
        rows: list[tuple[int, int, int]] = []
        finals: list[dict] = []
        heard = 0
        moved = asyncio.Event()
        base = f"ws://localhost:{running.port}"
        headers = {"Cookie": f"sessionid={running.cookie}"}
        origin = f"http://localhost:{running.port}"
        for _ in range(100):
            with contextlib.suppress(OSError):
                async with asyncio.timeout(10), connect(f"{base}/ws/rooms/{running.slug}/", proxy=None):
                    break
            await asyncio.sleep(0.1)
        async with (
            connect(f"{base}/ws/rooms/{running.slug}/", origin=origin, proxy=None) as viewer,
            connect(
                f"{base}/ws/rooms/{running.slug}/host/", origin=origin, additional_headers=headers, proxy=None
            ) as host,
        ):
            await host.send(json.dumps({"type": "start", "language": "en-US"}))
            assert json.loads(await first_of(host, "ready"))["samples"] == 0
            stopped = asyncio.Event()

            async def listen() -> None:
                nonlocal heard
                async for text in host:
                    message = json.loads(text)
                    if message["type"] == "heard":
                        heard = message["samples"]
                        moved.set()
                    elif message["type"] == "stopped":
                        stopped.set()
                    elif message["type"] == "error":
                        print(message, file=sys.stderr)

            async def read() -> None:
                async for text in viewer:
                    message = json.loads(text)
                    if message["type"] == "final":
                        finals.append({key: message["segment"][key] for key in ("id", "utterance", "kind")})

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(listen()), group.create_task(read())]
                began = time.monotonic()
                chunks = minutes * 600
                for index in range(chunks):
                    while (index * CHUNK_SAMPLES) - heard > AHEAD_SAMPLES:
                        moved.clear()
                        async with asyncio.timeout(60):
                            await moved.wait()
                    await host.send(chunk_of(index))
                    if index % (SAMPLE_EVERY_S * 10) == 0:
                        rows.append(
                            (index // 600, resident_kb(running.web_pid), resident_kb(running.speech_pid))
                        )
                await host.send(json.dumps({"type": "stop"}))
                async with asyncio.timeout(60):
                    await stopped.wait()
                rows.append((minutes, resident_kb(running.web_pid), resident_kb(running.speech_pid)))
                took_s = time.monotonic() - began
                expected = -(-chunks // (SPEECH_CHUNKS + SILENCE_CHUNKS))
                await asyncio.sleep(2)  # for what is still on its way to the viewer
                for task in tasks:
                    task.cancel()
    print(f"{minutes} minutes of audio in {took_s:.0f} s ({minutes * 60 / took_s:.0f} times real time)\n")
    print("| minute | web server MB | speech server MB |\n| --- | --- | --- |")
    for minute, web, speech in rows:
        print(f"| {minute} | {web / 1024:.1f} | {speech / 1024:.1f} |")
    utterances = [final["utterance"] for final in finals]
    gaps = sum(final["kind"] == "gap" for final in finals)
    print(
        f"\nfinals {len(finals)} of {expected}, twice {len(utterances) - len(set(utterances))}, gaps {gaps}"
    )
    quarter = max(1, len(rows) // 4)
    for column, name in ((1, "web server"), (2, "speech server")):
        first = sum(row[column] for row in rows[1 : 1 + quarter]) / quarter
        last = sum(row[column] for row in rows[-quarter:]) / quarter
        print(f"{name}: {last / first:.3f} times its memory of the first quarter in the last")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=120)
    sys.exit(asyncio.run(main(parser.parse_args().minutes)))
