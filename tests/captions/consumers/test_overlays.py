"""Overlays by their links: what lets them in, and what shows them out."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from captions.live import hub
from captions.models import OverlayLink
from captions.services import guests, overlays, rooms
from tests.captions.browsers import browser
from tests.captions.making import guest_link, overlay_link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

LATER = 3600.0
REVOKED = ("overlay.revoked", 4403)
UNKNOWN = ("overlay.unknown", 4404)
ask = sync_to_async


def socket_of(token, slug="town-hall"):
    return f"/ws/embed/{slug}/?overlay={token}"


@ask
def members_only(room):
    rooms.update_room(room, access="members")


async def out(socket):
    """How a socket is shown out: code of the error, code of the close."""
    code = await socket.closed()
    assert socket.of("error")[-1]["fatal"]
    return socket.of("error")[-1]["code"], code


@pytest.fixture(params=["link", "members"])
async def access(request, room):
    """Whoever may read the room besides."""
    await ask(rooms.update_room)(room, access=request.param)
    return request.param


async def test_a_good_link_shows_the_captions_of_a_room_whoever_may_read_it(room, access):
    link = await ask(overlay_link)(room)
    async with browser(socket_of(overlays.token(link))) as overlay:
        assert (await overlay.hear("hello"))["room"]["slug"] == "town-hall"


async def test_a_revoked_link_says_so(room, access):
    link = await ask(overlay_link)(room)
    await ask(overlays.revoke)(link)
    async with browser(socket_of(overlays.token(link))) as overlay:
        assert await out(overlay) == REVOKED
    assert (
        overlay.of("error")[0]["message"]
        == "This overlay link was revoked. Make a new one on the room's page."
    )


async def test_what_is_no_link_of_this_room_leads_nowhere(room, ada, access):
    other = await ask(rooms.create_room)(owner=ada, title="Other", slug="other")
    foreign = overlays.token(await ask(overlay_link)(other))
    of_a_guest = guests.token(await ask(guest_link)(room))
    cut = overlays.token(await ask(overlay_link)(room))[:-1]
    for token in (foreign, of_a_guest, cut, "x", "%00", "%F0%9F%8E%89", "x" * 3000):
        async with browser(socket_of(token)) as overlay:
            assert await out(overlay) == UNKNOWN, token
            assert not overlay.of("hello")


async def test_a_room_for_members_shows_nothing_without_a_link(room, access):
    await members_only(room)
    async with browser(socket_of("")) as overlay:
        assert await out(overlay) == ("room.not_allowed", 4403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_a_link_counts_on_our_own_pages_alone(room, access, origin):
    link = await ask(overlay_link)(room)
    async with browser(socket_of(overlays.token(link)), origin=origin) as overlay:
        assert await out(overlay) == ("room.not_allowed", 4403)


@pytest.mark.parametrize(
    ("end", "how"), [(overlays.revoke, REVOKED), (OverlayLink.delete, UNKNOWN)], ids=["revoked", "deleted"]
)
@pytest.mark.parametrize("by", ["a message", "the round"])
async def test_an_overlay_whose_link_ends_is_shown_out(room, access, settings, monkeypatch, by, end, how):
    if by == "a message":
        settings.RECHECK_INTERVAL_S = LATER
    else:
        settings.RECHECK_INTERVAL_S = 0.05
        monkeypatch.setattr(hub.doorkeeper, "recheck", lambda room_id: None)
    link, other = await ask(overlay_link)(room), await ask(overlay_link)(room)
    async with (
        browser(socket_of(overlays.token(link))) as overlay,
        browser(socket_of(overlays.token(other))) as another,
    ):
        await overlay.hear("hello")
        await another.hear("hello")
        await ask(end)(link)
        assert await out(overlay) == how
        await another.say("since", version=0)
        await another.hear("changes")


async def test_an_overlay_with_a_link_stays_when_its_room_is_made_for_members(room, settings):
    settings.RECHECK_INTERVAL_S = 0.05
    token = overlays.token(await ask(overlay_link)(room))
    async with browser(socket_of(token)) as overlay, browser("/ws/embed/town-hall/") as reader:
        await overlay.hear("hello")
        await reader.hear("hello")
        await members_only(room)
        assert await out(reader) == ("room.not_allowed", 4403)
        await overlay.say("since", version=0)
        await overlay.hear("changes")


async def test_an_overlay_of_a_closed_room_says_so_and_comes_back_when_it_is_open(room, access):
    path = socket_of(overlays.token(await ask(overlay_link)(room)))
    await ask(rooms.close_room)(room)
    async with browser(path) as overlay:
        assert await out(overlay) == ("room.closed", 4410)
    await ask(rooms.open_room)(room)
    async with browser(path) as overlay:
        await overlay.hear("hello")
