"""Services that are up and answer, and yet are of no use, or only of some."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from itertools import repeat

import pytest
from websockets.asyncio.server import ServerConnection, serve

from captions.errors import VoiceGarbled, VoiceLost, VoiceRefused, VoiceSilent
from captions.tts.events import Warned
from captions.tts.listing import voices
from tests.captions.tts.running import VOICE, a_service, a_speech, spoken

VOICES = {"voxnexus": VOICE, "voicemaker": "ai3-Aria", "vachana": "timbre-v2.5/Kaveri"}
LANGUAGES = {"voxnexus": "en-US", "voicemaker": "en-US", "vachana": "en-IN"}
PCM = b"\1\2" * 1_200
SOUND = base64.b64encode(PCM).decode()
SPEECHES = {
    "voxnexus": {"type": "audio", "data": SOUND},
    "voicemaker": {"success": True, "audio": SOUND},
    "vachana": {"type": "audio", "audio": SOUND},
}
EACH = pytest.mark.parametrize("provider", list(VOICES))
LIMITS = {"connect_timeout_s": 0.5, "first_byte_timeout_s": 0.5, "idle_timeout_s": 0.5}


def speech(provider, transport="websocket"):
    return a_speech(
        "Hello.", transport, provider=provider, voice=VOICES[provider], language=LANGUAGES[provider]
    )


@asynccontextmanager
async def on_a_socket(says: Callable[[ServerConnection], Coroutine[None, None, None]]) -> AsyncIterator[str]:
    """A service that is a WebSocket; its address."""

    async def answer(socket):
        async for message in socket:
            if '"init"' in message:
                await socket.send('{"type": "ready"}')
            else:
                break
        await says(socket)

    async with serve(answer, "127.0.0.1", 0) as service:
        yield f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def answering(head: str, parts: Iterable[bytes], *, every_s: float = 0, ends: bool = True):
    """A service that answers every request with these bytes until it is left; its address."""
    answered = []

    async def answer(reader, writer):
        answered.append(asyncio.get_running_loop().create_future())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\n".encode())
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(every_s)
            if not ends:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()
            answered[-1].set_result(None)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*answered)


def over_http(head: str, *parts: bytes, **how):
    """The same with a whole head."""
    return answering(f"{head}\r\nConnection: close", [b"\r\n", *parts], **how)


def trickling(head: str, line: bytes):
    """The same without an end."""
    return answering(head, repeat(line), every_s=0.05)


async def chatter(socket):
    while True:
        await socket.send('{"type": "working on it"}')
        await asyncio.sleep(0.05)


@EACH
async def test_a_socket_that_talks_and_speaks_nothing_is_given_up(provider):
    async with on_a_socket(chatter) as url:
        with pytest.raises(VoiceSilent, match="nothing for"):
            await spoken(a_service(url, provider=provider, **LIMITS), speech(provider))


@EACH
async def test_a_socket_that_only_talks_after_its_sound_has_ended(provider):
    async def speak_and_chatter(socket):
        await socket.send(json.dumps(SPEECHES[provider]))
        await chatter(socket)

    async with on_a_socket(speak_and_chatter) as url:
        heard = await spoken(a_service(url, provider=provider, **LIMITS), speech(provider))
    assert heard.pcm == PCM
    assert len(heard.of(Warned)) == 1


async def test_a_socket_that_is_never_ready_is_given_up():
    async def chat_at_once(socket):
        await socket.recv()
        await chatter(socket)

    async with serve(chat_at_once, "127.0.0.1", 0) as service:
        url = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}"
        with pytest.raises(VoiceSilent):
            await spoken(a_service(url, **LIMITS), speech("voxnexus"))


EVENTS = "200 OK\r\nContent-Type: text/event-stream"


async def test_a_stream_of_events_without_a_sound_is_given_up():
    async with over_http(EVENTS, *[b": still here\n\n"] * 100, every_s=0.05) as url:
        with pytest.raises(VoiceSilent, match="nothing for"):
            await spoken(a_service(url, provider="vachana", **LIMITS), speech("vachana", "sse"))


WHOLE = f"event: audio_chunk\ndata: {SOUND}\n\nevent: completed\ndata: {{}}\n\n".encode()


async def test_the_first_event_is_no_sound_and_does_not_shorten_the_wait_for_one():
    limits = LIMITS | {"first_byte_timeout_s": 5, "idle_timeout_s": 0.1}
    async with over_http(EVENTS, b"event: start\ndata: {}\n\n", WHOLE, every_s=0.3) as url:
        heard = await spoken(a_service(url, provider="vachana", **limits), speech("vachana", "sse"))
    assert heard.pcm == PCM


async def test_the_last_event_is_the_end_though_nobody_hangs_up():
    async with over_http(EVENTS, WHOLE, ends=False) as url:
        heard = await spoken(a_service(url, provider="vachana"), speech("vachana", "sse"))
    assert heard.pcm == PCM


@EACH
async def test_headers_without_end_are_given_up(provider):
    async with trickling("200 OK", b"X-Still: here\r\n") as url:
        with pytest.raises(VoiceSilent, match="nothing for"):
            await spoken(a_service(url, provider=provider, **LIMITS), speech(provider, "rest"))


@EACH
async def test_a_refusal_without_end_is_a_refusal(provider):
    async with trickling("401 Unauthorized\r\n", b"no ") as url:
        with pytest.raises(VoiceRefused):
            await spoken(a_service(url, provider=provider, **LIMITS), speech(provider, "rest"))


@pytest.mark.parametrize("provider", ["voxnexus", "voicemaker"])
async def test_a_list_of_voices_without_end_is_given_up(provider):
    async with trickling("200 OK\r\n", b"[") as url:
        with pytest.raises(VoiceGarbled, match="list of voices"):
            await voices(a_service(url, provider=provider, **LIMITS))


@EACH
async def test_what_is_compressed_on_the_way_is_heard(provider):
    head = "200 OK\r\nContent-Type: audio/pcm\r\nContent-Encoding: gzip"
    async with over_http(head, gzip.compress(PCM)) as url:
        heard = await spoken(a_service(url, provider=provider), speech(provider, "rest"))
    assert heard.pcm == PCM


@EACH
async def test_a_refusal_that_is_compressed_on_the_way_says_why(provider):
    head = "400 Bad Request\r\nContent-Type: application/json\r\nContent-Encoding: gzip"
    body = {"success": False, "message": "the moon is full", "error": {"message": "the moon is full"}}
    async with over_http(head, gzip.compress(json.dumps(body).encode())) as url:
        with pytest.raises(VoiceRefused, match="the moon is full"):
            await spoken(a_service(url, provider=provider), speech(provider, "rest"))


@EACH
async def test_what_says_that_it_is_compressed_and_is_not_is_told_of(provider):
    head = "200 OK\r\nContent-Type: audio/pcm\r\nContent-Encoding: gzip"
    async with over_http(head, PCM) as url:
        with pytest.raises(VoiceLost):
            await spoken(a_service(url, provider=provider), speech(provider, "rest"))
