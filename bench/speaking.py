"""How soon speech begins: from a text to its first audio, over /v1/tts/realtime on loopback.

    python bench/speaking.py [--engine NAME] [--runs N]

Starts the real server as a process of its own and speaks the real protocol to it. A run opens a
connection, which is not measured, and sends one text; the first audio is the first message that has
some. Then four voices speak side by side, as they do when voices are compared. Takes a few seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from base64 import b64decode
from dataclasses import dataclass

import httpx
from running import speech_server  # also finds our own modules
from websockets.asyncio.client import connect

from captions.tts.events import Timing
from captions.tts.listing import voices as listed
from captions.tts.providers import PROVIDERS, checked
from captions.tts.service import Service
from captions.tts.speaking import speak as speak_text
from captions.tts.speech import Speech
from captions.upstream.secret import Secret

HIGHEST_FIRST_AUDIO_MS = 50.0
RATE_HZ = 24_000
KEY = {"X-Api-Key": "emu-key"}
TEXT = "The doors open at nine, and the first train leaves at ten. Please wait outside until then."
WARM_UP_RUNS = 2
TOGETHER = 4


@dataclass(frozen=True)
class Run:
    """What one text took."""

    first_audio_ms: float
    total_ms: float
    audio_ms: float


async def voices(address: str) -> list[str]:
    """Ids of the voices of US English."""
    async with httpx.AsyncClient(headers=KEY, trust_env=False) as http:
        answer = await http.get(f"http://{address}/v1/voices", params={"language": "en-US"})
    found = [voice["voice_id"] for voice in answer.json()["voices"]]
    return found or sys.exit("The engine has no voice of US English.")


async def speak(address: str, voice: str) -> Run:
    """Have one text spoken."""
    url = f"ws://{address}/v1/tts/realtime"
    async with connect(url, additional_headers=KEY, compression=None, proxy=None, max_size=1 << 24) as socket:
        init = {"type": "init", "voice_id": voice, "language": "en-US", "format": "pcm"}
        await socket.send(json.dumps(init | {"sample_rate": RATE_HZ}))
        if json.loads(await socket.recv())["type"] != "ready":
            sys.exit("The server refused.")
        began_s = time.perf_counter()
        await socket.send(json.dumps({"type": "text", "text": TEXT, "is_final": True}))
        first_s, size_bytes = None, 0
        async for message in socket:
            body = json.loads(message)
            data = b64decode(body["data"])
            if data and first_s is None:
                first_s = time.perf_counter()
            size_bytes += len(data)
            if body["is_final"]:
                break
        ended_s = time.perf_counter()
    if first_s is None:
        sys.exit("The server said nothing.")
    audio_ms = size_bytes / 2 / RATE_HZ * 1000
    return Run((first_s - began_s) * 1000, (ended_s - began_s) * 1000, audio_ms)


async def speak_by(address: str, provider: str, way: str) -> Run:
    """Have one text spoken by our own client."""
    service = Service(
        provider_name=provider,
        ws_url=f"ws://{address}",
        http_url=f"http://{address}",
        key=Secret(KEY["X-Api-Key"]),
    )
    wanted = "en-IN" if provider == "vachana" else "en-US"
    voice = next(each for each in await listed(service) if wanted in each.locales[:1])
    speech = Speech(provider=provider, transport=way, text=TEXT, voice=voice.id, language=wanted)
    timing = Timing()
    async for event in speak_text(service, checked(speech, most_characters=len(TEXT))):
        timing = event if isinstance(event, Timing) else timing
    return Run(timing.first_byte_ms or 0.0, timing.total_ms or 0.0, timing.audio_ms or 0.0)


def _print_runs(title: str, runs: list[Run]) -> None:
    first = sorted(run.first_audio_ms for run in runs)
    total_ms = statistics.median(run.total_ms for run in runs)
    audio_ms = statistics.median(run.audio_ms for run in runs)
    print(f"{title:<24}{statistics.median(first):>10.1f}{first[-1]:>10.1f}{total_ms:>10.1f}{audio_ms:>10.0f}")


async def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", default="espeak")
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args()
    async with speech_server("--engine", "scripted", "--tts-engine", options.engine) as address:
        known = await voices(address)
        for _ in range(WARM_UP_RUNS):
            await speak(address, known[-1])
        alone = [await speak(address, known[-1]) for _ in range(options.runs)]
        chosen = [known[number % len(known)] for number in range(TOGETHER)]
        together = [
            run
            for _ in range(options.runs)
            for run in await asyncio.gather(*(speak(address, voice) for voice in chosen))
        ]
        ways = {
            f"{provider} {way}": [await speak_by(address, provider, way) for _ in range(options.runs)]
            for provider in PROVIDERS
            for way in PROVIDERS[provider].transports
        }
    print(f"{'':<24}{'first ms':>10}{'worst':>10}{'total ms':>10}{'audio ms':>10}")
    _print_runs("one voice", alone)
    _print_runs("four at once", together)
    for title, runs in ways.items():
        _print_runs(title, runs)
    first_ms = statistics.median(run.first_audio_ms for run in alone)
    is_met = first_ms <= HIGHEST_FIRST_AUDIO_MS
    print(f"\n{'met   ' if is_met else 'missed'}  first audio <= {HIGHEST_FIRST_AUDIO_MS:.0f} ms")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
