"""What our sockets promise over a real network, from a real server process."""

from __future__ import annotations

import asyncio
import signal
import socket
import time

import pytest
from asgiref.sync import sync_to_async

from captions.models import Role, Room, Segment, Session
from captions.services import rooms
from tests.captions.browsers import host_of, viewer_of
from tests.captions.daphne import daphne
from tests.captions.making import segment_row, session_row
from tests.captions.redis import needs_redis, redis_layers
from tests.speech import position_pcm, silence_pcm, spoken

pytestmark = [pytest.mark.django_db(transaction=True)]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
LONG = "long " * 1600
SPOKEN = silence_pcm(400)
"""The last word is over, but not yet final: one that audio breaks off in is left to who goes on."""
ask = sync_to_async


@ask
def stored_text():
    return " ".join(Segment.objects.order_by("offset_ms").values_list("text", flat=True))


async def test_a_session_over_the_network(speech, room, ada_cookie):
    audio, words = spoken(25)
    async with (
        daphne(VOXNEXUS_WS_URL=speech.url) as site,
        site.socket(VIEWER) as viewer,
        site.socket(HOST, cookie=ada_cookie) as host,
    ):
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        await host.send_audio(audio)
        await host.say("stop")
        assert (await host.hear("stopped"))["segments"] == 3
        while len(viewer.of("final")) < 3:
            await viewer.hear("final")
    assert " ".join(final["segment"]["text"] for final in viewer.of("final")) == " ".join(words)
    assert await stored_text() == " ".join(words)


async def test_a_killed_worker_loses_no_word(speech, room, ada_cookie):
    audio, words = spoken(60)
    half = len(audio) // 2 // 3200 * 3200
    async with (
        daphne(VOXNEXUS_WS_URL=speech.url, HEARD_INTERVAL_S=0.05) as site,
        site.socket(HOST, cookie=ada_cookie) as host,
    ):
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await host.send_audio(audio[:half])
        await host.hear("final")
        while (await host.hear("heard"))["samples"] == 0:
            pass
        safe = host.of("heard")[-1]["samples"]
        await site.end(signal.SIGKILL)
    async with daphne(VOXNEXUS_WS_URL=speech.url) as site, site.socket(HOST, cookie=ada_cookie) as host:
        await host.say("start", session=session)
        samples = (await host.hear("ready"))["samples"]
        # It may be further on than what was heard last, never further back.
        assert safe <= samples <= half // 2
        await host.send_audio(audio[2 * samples :], first_sample=samples)
        await host.say("stop")
        await host.hear("stopped")
    assert await stored_text() == " ".join(words)
    assert await Segment.objects.filter(kind="gap").acount() == 0


async def test_a_server_that_is_told_to_stop_stores_what_was_said_and_says_come_back(
    speech, room, ada_cookie
):
    async with (
        daphne(VOXNEXUS_WS_URL=speech.url) as site,
        site.socket(VIEWER) as viewer,
        site.socket(HOST, cookie=ada_cookie) as host,
    ):
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        await host.send_audio(position_pcm(0, 10) + SPOKEN)
        await host.hear("interim")
        site.process.terminate()
        assert await viewer.closed() == 4503
        assert await host.closed() == 4503
        assert await site.end(None) == 0
    assert await stored_text() == " ".join(f"w{n}" for n in range(10))
    session = await Session.objects.aget()
    assert not session.is_over, "its host may go on elsewhere"
    assert not session.is_on_air(), "and need not wait for that"
    for trouble in ("never awaited", "was destroyed", "ResourceWarning", "Traceback", "Unclosed"):
        assert trouble not in site.written, site.written


async def test_a_session_without_its_host_is_let_go_as_well_when_the_server_stops(speech, room, ada_cookie):
    async with daphne(VOXNEXUS_WS_URL=speech.url) as site:
        async with site.socket(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await host.send_audio(position_pcm(0, 5) + SPOKEN)
            await host.hear("interim")
        async with site.socket(VIEWER) as viewer:
            await viewer.hear("hello")
        assert await site.end(signal.SIGTERM) == 0
    assert await stored_text() == "w0 w1 w2 w3 w4"
    assert not (await Session.objects.aget()).is_on_air()
    assert "was destroyed" not in site.written, site.written


async def test_a_viewer_that_stops_reading_is_closed_with_4508_and_nobody_else_notices(room, process):
    session = await ask(session_row)(room)
    for _ in range(25):
        await ask(segment_row)(session, machine_text=LONG, text=LONG)
    await Room.objects.aupdate(version=25)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    async with daphne(OUTBOX_BYTES=500_000) as site:
        small.setblocking(False)
        await asyncio.get_running_loop().sock_connect(small, ("127.0.0.1", site.port))
        async with site.socket(VIEWER) as reader, site.socket(VIEWER, sock=small, max_queue=1) as sleeper:
            await reader.hear("hello")
            await sleeper.hear("hello")
            sleeper.line.transport.pause_reading()
            before = site.memory_bytes
            slowest_s = 0.0
            for _ in range(100):
                # Each asks for 200 KB; one of them never takes it.
                await sleeper.say("since", version=0)
                began_s = time.monotonic()
                await reader.say("since", version=0)
                assert len((await reader.hear("changes"))["segments"]) == 25
                slowest_s = max(slowest_s, time.monotonic() - began_s)
            grown_bytes = site.memory_bytes - before
            sleeper.line.transport.resume_reading()
            assert await sleeper.closed() == 4508
            assert sleeper.heard[-1]["code"] == "socket.slow"
            assert len(sleeper.of("changes")) < 50
    assert grown_bytes < 5_000_000, "what it did not read was not kept: 20 MB were asked for"
    assert slowest_s < 1.0


async def test_who_is_refused_has_time_to_read_why(process, db):
    greeting = (
        "GET /ws/rooms/no-such-room/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    async with daphne() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(greeting.encode())
        await reader.readuntil((4404).to_bytes(2, "big"))
        with pytest.raises(TimeoutError):  # nothing more comes, above all no reset
            async with asyncio.timeout(1.5):
                await reader.read(1)
        writer.close()
        await writer.wait_closed()


@pytest.mark.services
@needs_redis
async def test_a_host_is_taken_off_the_air_from_another_process(speech, room, ben, ben_cookie, settings):
    await ask(rooms.add_member)(room, ben, Role.HOST)
    settings.CHANNEL_LAYERS = redis_layers()
    served = {"VOXNEXUS_WS_URL": speech.url, "CHANNEL_LAYERS": settings.CHANNEL_LAYERS}
    async with (
        daphne(**served, RECHECK_INTERVAL_S=3600) as one,
        daphne(**served, RECHECK_INTERVAL_S=3600) as two,
        two.socket(VIEWER) as viewer,
        one.socket(HOST, cookie=ben_cookie) as host,
    ):
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        await host.send_audio(position_pcm(0, 5))
        await host.hear("interim")
        began_s = time.monotonic()
        await ask(rooms.remove_member)(room, ben)
        assert await host.closed() == 4403
        assert time.monotonic() - began_s < 3.0
        assert host.of("error")[-1]["code"] == "room.not_allowed"
        assert (await viewer.hear("final"))["segment"]["text"] == "w0 w1 w2 w3 w4"
        while (await viewer.hear("status"))["live"]:
            pass
    assert (await Session.objects.aget()).is_over


@pytest.mark.services
@needs_redis
async def test_a_room_spans_processes_over_redis(speech, room, ada_cookie, ben, ben_cookie):
    await ask(rooms.add_member)(room, ben, Role.HOST)
    settings = {"VOXNEXUS_WS_URL": speech.url, "CHANNEL_LAYERS": redis_layers()}
    async with (
        daphne(**settings) as one,
        daphne(**settings) as two,
        two.socket(VIEWER) as viewer,
        one.socket(HOST, cookie=ada_cookie) as host,
        two.socket(HOST, cookie=ben_cookie) as other,
    ):
        assert not (await viewer.hear("hello"))["live"]
        await host.say("start")
        await host.hear("ready")
        assert (await viewer.hear("status"))["live"]
        sent = await host.send_audio(position_pcm(0, 5))
        assert (await viewer.hear("interim"))["text"].startswith("w0")
        await host.send_audio(silence_pcm(800), first_sample=sent)
        assert (await viewer.hear("final"))["segment"]["text"] == "w0 w1 w2 w3 w4"
        await other.say("start", take_over=True)
        await other.hear("ready")
        assert await host.closed() == 4408
        assert host.of("error")[-1]["code"] == "room.superseded"
        await other.send_audio(position_pcm(50, 3))
        await other.say("stop")
        await other.hear("stopped")
        assert (await viewer.hear("final"))["segment"]["text"] == "w50 w51 w52"
