"""Who sends without end is slowed, then closed; nobody else notices."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.captions.browsers import browser, host_of, viewer_of
from tests.captions.daphne import daphne
from tests.speech import position_pcm

pytestmark = [pytest.mark.django_db(transaction=True)]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")


async def test_a_viewer_that_asks_without_end_is_closed_with_4429(process, room, settings):
    settings.TEXT_BURST, settings.TEXT_RATE, settings.FLOOD_LIMIT_S = 5, 10, 0.3
    async with browser(VIEWER) as viewer:
        for _ in range(60):
            await viewer.say("since", version=0)
        assert await viewer.closed() == 4429
        assert viewer.heard[-1]["code"] == "socket.flooding"
        assert viewer.heard[-1]["fatal"]


async def test_a_viewer_that_asks_a_little_too_often_is_only_slowed(process, room, settings):
    settings.TEXT_BURST, settings.TEXT_RATE = 5, 20
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        began_s = time.monotonic()
        for _ in range(15):
            await viewer.say("since", version=0)
        for _ in range(15):
            await viewer.hear("changes")
        assert time.monotonic() - began_s > 0.4


async def test_a_host_whose_chunks_are_refused_for_long_is_closed_with_4429(
    speech, room, ada_cookie, settings
):
    settings.AUDIO_BURST_MS, settings.FLOOD_LIMIT_S = 1000, 0.3
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        second = position_pcm(0, 2)[:32_000]
        for n in range(60):
            await host.send_audio(16_000 * n, second)
        assert await host.closed() == 4429
        assert "audio.too_fast" in {error["code"] for error in host.of("error")}


async def flood(line, chunk):
    """As fast as the server takes it; how many it took."""
    sent = 0
    with suppress(ConnectionClosed, asyncio.CancelledError):
        while True:
            await line.line.send(chunk(sent))
            sent += 1
    return sent


async def read_away(line):
    with suppress(ConnectionClosed):
        async for text in line.line:
            line.heard.append(json.loads(text))


async def test_a_host_that_floods_takes_no_memory_and_nobody_else_notices(speech, room, ada_cookie):
    pcm = bytes(3200)
    async with (
        daphne(VOXNEXUS_WS_URL=speech.url) as site,
        site.socket(HOST, cookie=ada_cookie, write_limit=4096) as host,
        site.socket(VIEWER) as viewer,
    ):
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        before = site.memory_bytes
        reading = asyncio.create_task(read_away(host))
        flooding = asyncio.create_task(flood(host, lambda n: (1600 * n).to_bytes(4, "little") + pcm))
        slowest_s = 0.0
        most_bytes = before
        for _ in range(50):
            began_s = time.monotonic()
            await viewer.say("since", version=0)
            await viewer.hear("changes")
            slowest_s = max(slowest_s, time.monotonic() - began_s)
            most_bytes = max(most_bytes, site.memory_bytes)
            await asyncio.sleep(0.05)
        flooding.cancel()
        sent = await flooding
        reading.cancel()
    assert slowest_s < 1.0
    assert most_bytes - before < 8_000_000
    assert 3200 * sent < 20_000_000, "its sending waited: a loopback takes hundreds of MB in that time"
