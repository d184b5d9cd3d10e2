"""What a room's readers and its host are told of the speech service and of the store."""

from __future__ import annotations

import asyncio
from time import monotonic
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.db import DataError

from captions.live import lifetime, onair
from captions.models import Segment, Session
from captions.services import captions as finals
from tests.captions.browsers import browser, host_of, send_all, viewer_of
from tests.captions.live.test_onair import missing_table, stopped, stored_text
from tests.speech import position_pcm, silence_pcm, spoken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
ask = sync_to_async


async def test_while_the_upstream_is_away_host_and_viewers_are_told_what_is_kept_and_what_is_lost(
    speech, room, ada_cookie, settings
):
    settings.RING_MS = 5000
    settings.HEARD_INTERVAL_S = 0.05
    settings.AUDIO_BURST_MS = 60_000
    speech.configure(refuse_status=503)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        sent = await send_all(host, position_pcm(0, 10))
        for reader in (host, viewer):
            await reader.hear("status", lambda s: (s["upstream"], s.get("kept_ms")) == ("lost", 2000))
            assert reader.of("status")[-1]["lost_ms"] == 0
        await send_all(host, position_pcm(10, 20), first_sample=sent)
        for reader in (host, viewer):
            status = await reader.hear("status", lambda s: s.get("kept_ms", 0) > 4000)
            assert status["live"]
        speech.configure(refuse_status=0)
        for reader in (host, viewer):
            status = await reader.hear("status", lambda s: s["upstream"] == "live")
            assert not {"kept_ms", "lost_ms"} & set(status)
        assert "unstored" not in viewer.of("status")[-1]
        assert host.of("status")[-1]["unstored"] == 0
        await stopped(host)


async def test_somebody_who_comes_while_it_is_away_is_told_at_once(speech, room, ada_cookie):
    speech.configure(refuse_status=503)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await host.hear("status", lambda status: status["upstream"] == "lost")
        async with browser(VIEWER) as viewer:
            status = await viewer.hear("status")
            assert (status["upstream"], status["lost_ms"]) == ("lost", 0)
        speech.configure(refuse_status=0)
        await stopped(host)


async def test_a_host_that_comes_back_is_told_how_things_stand(speech, room, ada_cookie, settings):
    settings.HEARD_INTERVAL_S = 0.05
    speech.configure(refuse_status=503)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await host.hear("status", lambda status: status["upstream"] == "lost")
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", session=session)
        await host.hear("status", lambda status: status["upstream"] == "lost")
        speech.configure(refuse_status=0)
        await stopped(host)


async def test_a_store_that_is_behind_is_told_to_the_host_alone_and_when_it_is_over(
    speech, room, ada_cookie, settings
):
    settings.STORE_BEHIND_S = 0.1
    settings.HEARD_INTERVAL_S = 0.05
    audio, words = spoken(30)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        async with missing_table("captions_segment"):
            await send_all(host, audio)
            error = await host.hear("error", lambda error: error["code"] == "store.behind")
            assert error["fatal"] is False
            assert "to be stored" in error["message"]
            await host.hear("status", lambda status: status["unstored"] >= 2)
            assert not viewer.of("final")
        await host.hear("status", lambda status: status["unstored"] == 0)
        await stopped(host)
        while len(viewer.of("final")) < 3:
            await viewer.hear("final")
        assert not viewer.of("error")
        assert not any("unstored" in status for status in viewer.of("status"))
    assert await stored_text() == " ".join(words)
    assert len([error for error in host.of("error") if error["code"] == "store.behind"]) == 1


async def test_a_host_is_told_again_when_recognition_waits_for_the_store(speech, room, ada_cookie, settings):
    settings.STORE_BEHIND_S = 0.1
    settings.HEARD_INTERVAL_S = 0.05
    settings.UNSTORED_CAPTIONS = 2
    audio, words = spoken(50)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        async with missing_table("captions_segment"):
            await send_all(host, audio)
            await host.hear("error", lambda error: "recognition waits until it is back" in error["message"])
        await stopped(host)
    assert await stored_text() == " ".join(words)


async def test_a_caption_that_the_database_will_not_take_becomes_a_gap(speech, room, ada_cookie):
    store = finals.store

    def choosy(session_id, lease, caption):
        if getattr(caption, "text", "").startswith("w10"):
            raise DataError("not this one")
        return store(session_id, lease, caption)

    audio, _ = spoken(30)
    with mock.patch.object(finals, "store", choosy):
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await send_all(host, audio)
            await stopped(host)
    rows = [row async for row in Segment.objects.order_by("offset_ms").values_list("kind", "offset_ms")]
    assert rows == [("speech", 0), ("gap", 2800), ("speech", 5600)]


async def test_in_silence_the_room_is_told_that_it_pauses_and_goes_on_with_the_next_word(
    speech, room, ada_cookie, settings
):
    settings.STT_IDLE_S = 0.3
    settings.HEARD_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        sent = await send_all(host, position_pcm(0, 5) + silence_pcm(2000))
        status = await viewer.hear("status", lambda status: status["upstream"] == "paused")
        assert status["live"]
        while speech.open_connections:  # noqa: ASYNC110  (it hears of the close a moment after it was said)
            await asyncio.sleep(0.01)
        sent = await send_all(host, silence_pcm(6000), first_sample=sent)
        await host.hear("heard", lambda heard: heard["samples"] >= 16 * 5000)
        await send_all(host, position_pcm(5, 5), first_sample=sent)
        await viewer.hear("status", lambda status: status["upstream"] == "live")
        await stopped(host)
    assert await stored_text() == " ".join(f"w{number}" for number in range(10))
    assert [
        row async for row in Segment.objects.order_by("offset_ms").values_list("offset_ms", flat=True)
    ] == [
        0,
        9000,
    ]


@pytest.mark.parametrize("state", ["lost", "paused"])
async def test_a_process_that_ends_lets_go_within_its_limit_in_every_state(
    speech, room, ada_cookie, settings, state
):
    settings.STT_IDLE_S = 0.2
    if state == "lost":
        speech.configure(refuse_status=503)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, silence_pcm(1000))
        await host.hear("status", lambda status: status["upstream"] == state)
        began_s = monotonic()
        await lifetime.shutdown()
        assert monotonic() - began_s < lifetime.LIMIT_S
        assert await host.closed() == 4503
    assert not (await Session.objects.aget()).is_over, "its host may go on elsewhere"


async def test_a_stop_that_is_under_way_is_brought_to_its_end_by_a_process_that_ends(
    speech, room, ada_cookie
):
    audio, words = spoken(12)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, audio)
        await host.say("stop")
        (air,) = onair.airs()
        while not air.ending:  # noqa: ASYNC110  (it has heard the stop)
            await asyncio.sleep(0)
        await lifetime.shutdown()
        assert (await host.hear("stopped"))["segments"]
    assert await stored_text() == " ".join(words)
    assert (await Session.objects.aget()).is_over


@pytest.mark.parametrize("stops", ["before", "while"])
async def test_a_stop_that_a_process_cannot_bring_to_its_end_is_not_called_one(
    speech, room, ada_cookie, monkeypatch, stops
):
    monkeypatch.setattr(onair, "LEAVE_LIMIT_S", 0.3)
    speech.configure(refuse_status=503)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 10))
        if stops == "before":
            await host.say("stop")
            (air,) = onair.airs()
            while not air.ending:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await lifetime.shutdown()
        else:
            ends = asyncio.create_task(lifetime.shutdown())
            await asyncio.sleep(0)
            await host.say("stop")
            await ends
        assert await host.closed() == 4503
        assert not host.of("stopped")
    assert not (await Session.objects.aget()).is_over, "its host has what was not heard, and may go on"
    assert not await Segment.objects.aexists()


async def test_a_process_that_ends_while_the_database_is_away_still_tells_its_pages(speech, room, ada_cookie):
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await viewer.hear("hello")
        await host.say("start")
        await host.hear("ready")
        async with missing_table("captions_segment"), missing_table("captions_session"):
            await send_all(host, position_pcm(0, 5) + silence_pcm(800))
            await host.hear("interim", lambda interim: interim["text"].endswith("w4"))
            began_s = monotonic()
            await lifetime.shutdown()
            assert monotonic() - began_s < lifetime.LIMIT_S
            assert await host.closed() == 4503
            assert await viewer.closed() == 4503


async def test_a_service_that_stays_away_ends_the_session_with_the_reason_and_a_gap(
    speech, room, ada_cookie, settings
):
    settings.STT_AWAY_LIMIT_S = 0.5
    speech.configure(refuse_status=503)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 10))
        assert await host.closed() == 4502
        error = host.of("error")[-1]
        assert (error["code"], error["fatal"]) == ("upstream.gone", True)
        assert "Start again" in error["message"]
    await asyncio.sleep(0)
    gap = await Segment.objects.aget()
    assert (gap.kind, gap.offset_ms, gap.duration_ms) == ("gap", 0, 2000)
    assert (await Session.objects.aget()).is_over
