"""The speech server under load: real-time factor, how late finals come, four streams at once.

    python bench/speechserver.py [folder] [--engine NAME] [--model-dir DIR] [--streams N]

Starts the real server as a process of its own and speaks the real protocol to it. A final's latency is
the time from when the end of its last word was sent to when the final came back. Takes about two and
a half minutes with the folder of ``bench/wer.py``, whose audio is played in real time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from running import speech_server
from websockets.asyncio.client import ClientConnection, connect
from wer import HIGHEST_RTF, Recording, recordings, speech_folder

from captions.audio import CHUNK_BYTES, CHUNK_MS, ms_to_samples, samples_in, samples_to_ms

HIGHEST_LATENCY_S = 1.2
PAUSE_MS = 1_000
"""Silence between two recordings."""
KEY = "emu-key"


@dataclass
class Run:
    """What one stream saw."""

    audio_s: float
    wall_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    first_interim_s: float | None = None
    tail_s: float = 0.0
    """From the last chunk to ``flush_done``."""
    finals: int = 0
    interims: int = 0


@contextlib.asynccontextmanager
async def server(options: argparse.Namespace) -> AsyncIterator[str]:
    """A server as a process of its own; gives the address of its realtime endpoint."""
    model = ["--model-dir", options.model_dir] if options.model_dir else []
    sessions = str(max(4, options.streams))
    async with speech_server("--engine", options.engine, *model, "--sessions", sessions) as address:
        yield f"ws://{address}/v1/stt/realtime"


def programme(files: list[Recording], first: int) -> bytes:
    """All recordings with pauses, beginning with another one for each stream."""
    turned = files[first % len(files) :] + files[: first % len(files)]
    silence = bytes(2 * ms_to_samples(PAUSE_MS))
    return silence.join(recording.pcm for recording in turned)


async def stream(url: str, pcm: bytes, *, in_real_time: bool) -> Run:
    """Send audio, then flush; measure what comes back."""
    run = Run(audio_s=samples_to_ms(samples_in(pcm)) / 1000)
    async with connect(url, additional_headers={"X-Api-Key": KEY}, compression=None, proxy=None) as socket:
        init = {"type": "init", "model_id": "vn-stt-basic", "language": "en-US", "enable_timestamps": True}
        await socket.send(json.dumps(init | {"format": "pcm", "sample_rate": 16000}))
        await socket.recv()
        sent_at_s: list[float] = []
        listening = asyncio.create_task(_listen(socket, run, sent_at_s))
        began_s = time.monotonic()
        for number, start in enumerate(range(0, len(pcm), CHUNK_BYTES)):
            if in_real_time:
                due_s = began_s + (number + 1) * CHUNK_MS / 1000
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            data = b64encode(pcm[start : start + CHUNK_BYTES]).decode()
            await socket.send(json.dumps({"type": "audio", "data": data}))
            sent_at_s.append(time.monotonic())
        last_s = time.monotonic()
        await socket.send(json.dumps({"type": "command", "command": "flush"}))
        await listening
        run.tail_s = time.monotonic() - last_s
        run.wall_s = time.monotonic() - began_s
    return run


async def _listen(socket: ClientConnection, run: Run, sent_at_s: list[float]) -> None:
    async for text in socket:
        now_s = time.monotonic()
        message = json.loads(text)
        if message["type"] == "flush_done":
            return
        if message["type"] == "error":
            sys.exit(f"The server refused: {message}")
        if message["is_final"]:
            run.finals += 1
            end_ms = message["offset"] + message["duration"]
            chunk = min(int(end_ms / CHUNK_MS), len(sent_at_s) - 1)
            run.latencies_s.append(now_s - sent_at_s[chunk])
        else:
            run.interims += 1
            if run.first_interim_s is None:
                run.first_interim_s = (
                    now_s - sent_at_s[min(int(message["offset"] / CHUNK_MS), len(sent_at_s) - 1)]
                )


def _print_runs(title: str, runs: list[Run]) -> None:
    print(f"\n{title}")
    print(
        f"{'stream':>7}{'audio s':>9}{'finals':>8}{'interims':>10}{'median s':>10}{'worst s':>9}{'tail s':>8}"
    )
    for number, run in enumerate(runs, 1):
        print(
            f"{number:>7}{run.audio_s:>9.1f}{run.finals:>8}{run.interims:>10}"
            f"{statistics.median(run.latencies_s):>10.2f}{max(run.latencies_s):>9.2f}{run.tail_s:>8.2f}"
        )


async def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--model-dir")
    parser.add_argument("--streams", type=int, default=4)
    options = parser.parse_args()
    files = recordings(speech_folder(options.folder))
    async with server(options) as url:
        fast = await stream(url, programme(files, 0), in_real_time=False)
        factor = fast.wall_s / fast.audio_s
        print(f"as fast as it goes: {fast.audio_s:.1f} s of audio in {fast.wall_s:.1f} s: {factor:.2f}")
        alone = await stream(url, programme(files, 0), in_real_time=True)
        _print_runs("one stream in real time: latency of finals after their last word", [alone])
        if alone.first_interim_s is not None:
            print(f"first interim of the session {alone.first_interim_s:.2f} s after its utterance began")
        together = await asyncio.gather(
            *(stream(url, programme(files, number), in_real_time=True) for number in range(options.streams))
        )
        _print_runs(f"{options.streams} streams in real time", together)
    checks = {
        f"real-time factor <= {HIGHEST_RTF:.2f}": factor <= HIGHEST_RTF,
        f"a final <= {HIGHEST_LATENCY_S} s after its last word": max(alone.latencies_s) <= HIGHEST_LATENCY_S,
        f"{options.streams} streams do not fall behind": all(
            run.tail_s <= HIGHEST_LATENCY_S for run in together
        ),
    }
    print()
    for what, is_met in checks.items():
        print(f"{'met   ' if is_met else 'missed'}  {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
