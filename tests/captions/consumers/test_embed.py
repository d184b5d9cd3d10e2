"""Captions on another site: its room's owner decides, and sees who has asked."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from captions.live.embeds import embeds
from captions.services import embedding, rooms
from tests.captions.browsers import ORIGIN, browser, embed_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

EMBED = embed_of("town-hall")
BLOG = "https://blog.example.org"
ask = sync_to_async


async def refusal(origin, path=EMBED, **options):
    """The one message of a socket that is refused."""
    async with browser(path, origin=origin, **options) as viewer:
        assert await viewer.closed() == 4403
    (error,) = viewer.heard
    assert error["fatal"]
    return error


@ask
def noted(room):
    return {site.origin: (site.accepted, site.refused) for site in embedding.sites_of(room)}


async def counted(room):
    """What the database knows once all has been stored."""
    await embeds.let_go()
    return await noted(room)


async def test_a_site_that_is_allowed_reads_along(room):
    await ask(embedding.allow)(room, "https://*.example.org")
    async with browser(EMBED, origin=BLOG) as viewer:
        assert (await viewer.hear("hello"))["room"]["slug"] == "town-hall"
        await viewer.say("since", version=0)
        await viewer.hear("changes")


@pytest.mark.parametrize("sent", [BLOG, "https://BLOG.example.org:443"])
async def test_a_refused_origin_is_named_as_its_room_s_owner_would_allow_it(room, sent):
    error = await refusal(sent)
    assert (error["code"], error["origin"]) == ("embed.refused", BLOG)
    assert error["message"] == (
        f"This site may not show these captions. The room's owner can allow it: {BLOG}"
    )
    await ask(embedding.allow)(room, error["origin"])
    async with browser(EMBED, origin=sent) as viewer:
        await viewer.hear("hello")


@pytest.mark.parametrize("sent", ["null", "file://", "chrome-extension://abc", "https://a b", "x" * 5000])
async def test_a_page_without_an_origin_that_could_be_allowed_is_told_so(room, sent):
    error = await refusal(sent)
    assert error["code"] == "embed.refused"
    assert "no address that the room's owner could allow" in error["message"]
    assert "origin" not in error


async def test_a_site_that_is_allowed_in_one_room_is_not_in_another(room):
    await ask(embedding.allow)(room, BLOG)
    await ask(rooms.create_room)(owner=room.owner, title="Other", slug="other")
    assert (await refusal(BLOG, embed_of("other")))["origin"] == BLOG


@pytest.mark.parametrize("origin", [BLOG, ORIGIN, None], ids=["another site", "ours", "none"])
async def test_a_room_for_members_cannot_be_embedded(room, ada_cookie, origin):
    await ask(embedding.allow)(room, BLOG)
    await ask(rooms.update_room)(room, access="members")
    error = await refusal(origin, cookie=ada_cookie)
    assert error["code"] == "room.not_allowed"
    assert "Only rooms open to whoever has the link can be embedded" in error["message"]


async def test_a_closed_room_says_so_to_other_sites_too(room):
    await ask(rooms.close_room)(room)
    async with browser(EMBED, origin=BLOG) as viewer:
        assert await viewer.closed() == 4410


async def test_connections_of_other_sites_are_counted(room):
    await ask(embedding.allow)(room, BLOG)
    for _ in range(2):
        async with browser(EMBED, origin=BLOG) as viewer:
            await viewer.hear("hello")
    await refusal("HTTPS://evil.example:443")
    assert await counted(room) == {BLOG: (2, 0), "https://evil.example": (0, 1)}


@pytest.mark.parametrize("origin", [ORIGIN, None], ids=["ours", "none"])
async def test_our_own_pages_and_programs_are_not(room, origin):
    async with browser(EMBED, origin=origin) as viewer:
        await viewer.hear("hello")
    assert await counted(room) == {}


async def test_pages_without_an_origin_are_not_either(room):
    await refusal("null")
    assert await counted(room) == {}


async def test_counts_are_stored_while_sockets_are_open(room, settings):
    settings.EMBEDS_SAVE_S = 0.01
    await refusal(BLOG)
    async with asyncio.timeout(10):
        while not await noted(room):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
