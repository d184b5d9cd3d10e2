"""Does a session of an hour hold memory flat? Real server, real sockets, scripted recognition.

    python bench/memory.py [--minutes 120]

One host sends two hours of audio as fast as the server settles it, one viewer reads along. Every
five minutes of audio the resident memory of the web server and of the speech server is taken.
At the end: one final an utterance, none twice, none missing, and the growth from the first
quarter to the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time

from running import CHUNK_SAMPLES, answering, app, first_of, indexed, resident_kb, tone
from websockets.asyncio.client import connect

SPEECH_CHUNKS, SILENCE_CHUNKS = 24, 8
AHEAD_SAMPLES = 40 * 16_000
"""How far the host runs ahead of what is settled; its own ring holds at least 60 s."""
SAMPLE_EVERY_S = 300


SPEECH, SILENCE = tone(CHUNK_SAMPLES), bytes(2 * CHUNK_SAMPLES)


def chunk_of(index: int) -> bytes:
    """Chunk number ``index``: 2.4 s of a tone, then 0.8 s of silence, and so on."""
    is_speech = index % (SPEECH_CHUNKS + SILENCE_CHUNKS) < SPEECH_CHUNKS
    return indexed(index * CHUNK_SAMPLES, SPEECH if is_speech else SILENCE)


async def main(minutes: int) -> int:
    with app() as running:
        rows: list[tuple[int, int, int]] = []
        finals: list[dict] = []
        heard = 0
        moved = asyncio.Event()
        await answering(running)
        async with (
            connect(f"{running.base}{running.viewer_path()}", proxy=None) as viewer,
            running.host() as host,
        ):
            await host.send(json.dumps({"type": "start", "language": "en-US"}))
            assert (await first_of(host, "ready"))["samples"] == 0
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
