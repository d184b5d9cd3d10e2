"""What a session promises while things around it fail."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from captions.live import onair
from captions.live.wire import Claimed
from captions.models import Segment, Session
from captions.services import rooms, sessions
from tests.captions.browsers import browser, host_of, send_all, viewer_of
from tests.speech import position_pcm, silence_pcm, spoken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
ask = sync_to_async


@ask
def stored_text():
    return " ".join(Segment.objects.order_by("offset_ms").values_list("text", flat=True))


async def stopped(host):
    await host.say("stop")
    return await host.hear("stopped")


@asynccontextmanager
async def locked_database():
    """Nobody can write, all can read: another connection has the database, or the tables we write."""
    held, release = threading.Event(), threading.Event()
    thread = threading.Thread(target=hold_lock, args=(held, release))
    thread.start()
    try:
        assert await asyncio.to_thread(held.wait, 10)
        yield
    finally:
        release.set()
        await asyncio.to_thread(thread.join, 10)


def hold_lock(held, release):
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=10)
        try:
            other.execute("BEGIN EXCLUSIVE")
            held.set()
            release.wait(60)
            other.execute("ROLLBACK")
        finally:
            other.close()
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE captions_room, captions_segment IN EXCLUSIVE MODE")
            held.set()
            release.wait(60)
    finally:
        connections.close_all()


@asynccontextmanager
async def missing_table(name):
    """Each query of a table fails, as they do while a database is half up or is being migrated."""
    await ask(rename)(name, f"{name}_away")
    try:
        yield
    finally:
        await ask(rename)(f"{name}_away", name)


def rename(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


async def test_a_database_that_is_locked_for_seconds_delays_finals_and_loses_none(
    speech, room, ada_cookie, settings
):
    audio, words = spoken(30)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        async with locked_database():
            await send_all(host, audio)
            # Interims of what comes later go on, though the first final cannot be stored.
            await viewer.hear("interim", lambda interim: interim["text"].startswith("w20"))
            await asyncio.sleep(5.5)  # longer than SQLite's own patience
            assert not viewer.of("final")
        await stopped(host)
        while len(viewer.of("final")) < 3:
            await viewer.hear("final")
    assert await stored_text() == " ".join(words)
    assert [final["version"] for final in viewer.of("final")] == [1, 2, 3]


async def test_a_database_that_fails_delays_finals_and_loses_none(speech, room, ada_cookie):
    audio, words = spoken(30)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        async with missing_table("captions_segment"):
            await send_all(host, audio)
            await viewer.hear("interim", lambda interim: interim["text"].startswith("w20"))
            assert not viewer.of("final")
        await stopped(host)
        while len(viewer.of("final")) < 3:
            await viewer.hear("final")
    assert await stored_text() == " ".join(words)


async def test_nothing_counts_as_heard_that_could_not_be_stored(speech, room, ada_cookie, settings):
    settings.HEARD_INTERVAL_S = 0.02
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        async with missing_table("captions_segment"):
            await send_all(host, position_pcm(0, 5) + silence_pcm(800) + position_pcm(5, 3))
            await host.hear("interim", lambda interim: interim["text"].startswith("w5"))
            for _ in range(5):
                assert (await host.hear("heard"))["samples"] == 0
        await host.hear("heard", lambda heard: heard["samples"] >= 5 * 200 * 16)
        await stopped(host)


async def test_a_database_that_is_away_refuses_a_start_by_name(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("since", version=0)
        await host.hear("changes")
        async with missing_table("captions_session"):
            await host.say("start")
            assert await host.closed() == 4503
    assert host.of("error")[-1]["code"] == "server.unavailable"
    assert speech.log() == []


async def test_another_worker_that_claims_the_session_ends_it_here(speech, room, ada, ada_cookie, settings):
    settings.LEASE_S = 0.3
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await ask(sessions.claim)(room_slug=room.slug, user=ada, session_id=session)
        assert await host.closed() == 4408
    await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))
    assert not (await Session.objects.aget()).is_over, "it is the other worker's now"


async def test_what_a_worker_hears_after_it_lost_the_session_is_not_stored(speech, room, ada, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await ask(sessions.claim)(room_slug=room.slug, user=ada, session_id=session)
        await send_all(host, position_pcm(0, 5) + silence_pcm(800))
        assert await host.closed() == 4408
        assert host.of("error")[-1]["code"] == "room.superseded"
    assert not await Segment.objects.aexists()


async def test_a_room_that_is_closed_takes_its_host_off_the_air_with_the_tail_stored(
    speech, room, ada_cookie, settings
):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 5))
        await host.hear("interim")
        await ask(rooms.close_room)(room)
        assert await host.closed() == 4410
        assert host.of("error")[-1]["code"] == "room.closed"
        await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))
    assert await stored_text() == "w0 w1 w2 w3 w4"


async def test_the_lease_is_kept_while_nothing_is_said(speech, room, ada_cookie, settings):
    settings.LEASE_S = 0.3
    settings.TICK_INTERVAL_S = 0.1
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        for _ in range(8):
            await viewer.hear("tick")
        assert (await Session.objects.aget()).is_on_air()
        assert all(status["live"] for status in viewer.of("status"))
        await stopped(host)


async def test_a_host_whose_socket_breaks_while_it_starts_leaves_nobody_on_the_air(
    speech, room, ada_cookie, settings
):
    settings.HOST_GRACE_S = 0.0
    async with locked_database(), browser(HOST, cookie=ada_cookie) as host:
        await host.say("since", version=0)
        await host.hear("changes")
        await host.say("start")
        await host.say("dance")
        await host.hear("error")  # so the start is under way
    async with asyncio.timeout(10):
        while not await Session.objects.filter(ended_at__isnull=False).aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))


async def test_an_old_claim_that_is_heard_late_takes_nobody_off_the_air(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        (air,) = onair.airs()
        air.claimed(Claimed("of an earlier session", "whose lease is gone"))
        await send_all(host, position_pcm(0, 5))
        await host.hear("interim", lambda interim: interim["text"].endswith("w4"))
        assert (await stopped(host))["segments"] == 1
        assert not host.of("error")
