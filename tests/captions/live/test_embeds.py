"""Counting who embeds: from any thread, within bounds, and through a database that is away."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from captions.live import embeds, lifetime
from captions.live.embeds import Embeds
from captions.services import embedding, rooms
from tests.captions.live.test_onair import missing_table

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

BLOG = "https://blog.example.org"
ask = sync_to_async


@pytest.fixture
async def ours():
    """Counts of this test alone."""
    it = Embeds()
    yield it
    await it.let_go()


@ask
def stored(room):
    return {site.origin: (site.accepted, site.refused) for site in embedding.sites_of(room)}


async def until_stored(room):
    async with asyncio.timeout(10):
        while not (found := await stored(room)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def test_what_comes_is_added_up_and_stored_together(room, ours):
    for accepted in (True, False, True):
        ours.seen(room.pk, BLOG, accepted=accepted)
    assert await stored(room) == {}
    await ours.let_go()
    assert await stored(room) == {BLOG: (2, 1)}


async def test_it_is_stored_by_itself_and_again_what_comes_later(room, ours, settings):
    settings.EMBEDS_SAVE_S = 0.01
    ours.seen(room.pk, BLOG, accepted=True)
    assert await until_stored(room) == {BLOG: (1, 0)}
    ours.seen(room.pk, BLOG, accepted=False)
    await ours.let_go()
    assert await stored(room) == {BLOG: (1, 1)}


async def test_a_view_s_thread_may_count(room, settings):
    settings.EMBEDS_SAVE_S = 0.01

    @ask
    def view():
        embeds.seen(room.pk, BLOG, accepted=True)

    async def application(scope, receive, send):
        await view()

    await lifetime.Watched(application)({}, None, None)
    assert await until_stored(room) == {BLOG: (1, 0)}


async def test_what_many_threads_count_is_all_there(room, ours):
    def count():
        for _ in range(500):
            ours.seen(room.pk, BLOG, accepted=True)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    ours.seen(room.pk, BLOG, accepted=False)
    await ours.let_go()
    assert await stored(room) == {BLOG: (4000, 1)}


async def test_a_database_that_is_away_is_told_later(room, ours, settings, caplog):
    settings.EMBEDS_SAVE_S = 0.01
    async with missing_table("captions_embedsite"):
        ours.seen(room.pk, BLOG, accepted=True)
        async with asyncio.timeout(10):
            while "embeds_unstored" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        ours.seen(room.pk, BLOG, accepted=True)
    assert await until_stored(room) == {BLOG: (2, 0)}


async def test_sites_that_wait_are_bounded_and_those_that_wait_go_on_counting(room, ours, settings, caplog):
    settings.EMBEDS_WAITING = 2
    for origin in (BLOG, "https://a.example", "https://b.example", "https://c.example", BLOG):
        ours.seen(room.pk, origin, accepted=False)
    assert ours.waiting == 2
    await ours.let_go()
    assert await stored(room) == {BLOG: (0, 2), "https://a.example": (0, 1)}
    assert "'visits': 2" in caplog.text


async def test_a_database_that_is_away_at_the_end_does_not_keep_the_process(room, ours, caplog):
    async with missing_table("captions_embedsite"):
        ours.seen(room.pk, BLOG, accepted=True)
        async with asyncio.timeout(5):
            await ours.let_go()
    assert ours.waiting == 0
    assert "embeds_forgotten" in caplog.text


async def test_visits_of_a_room_that_is_gone_keep_no_other_from_being_stored(room, ours):
    gone = await ask(rooms.create_room)(owner=room.owner, title="Gone")
    ours.seen(gone.pk, BLOG, accepted=True)
    ours.seen(room.pk, BLOG, accepted=True)
    await ask(rooms.delete_room)(gone)
    await ours.let_go()
    assert await stored(room) == {BLOG: (1, 0)}
