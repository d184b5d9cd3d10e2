"""Whoever loses what let them in is out within seconds; what a host said until then is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from captions.live import doorkeeper, hub, onair
from captions.models import GuestLink, Role, Segment, Session
from captions.services import embedding, guests, rooms
from tests.captions.browsers import (
    browser,
    cookie_of,
    embed_of,
    guest_cookie,
    host_of,
    send_all,
    sign_out,
    viewer_of,
)
from tests.captions.live.test_onair import missing_table
from tests.captions.making import guest_link
from tests.speech import position_pcm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
EMBED = embed_of("town-hall")
BLOG = "https://blog.example.org"
LATER = 3600.0
ask = sync_to_async


@pytest.fixture
def told_at_once(settings):
    """No round comes in time: whoever is out was told by a message."""
    settings.RECHECK_INTERVAL_S = LATER


@pytest.fixture
def told_by_the_round(settings, monkeypatch):
    """Every message is lost: whoever is out was noticed by the round."""
    settings.RECHECK_INTERVAL_S = 0.05
    monkeypatch.setattr(hub.doorkeeper, "recheck", lambda room_id: None)


@pytest.fixture(params=["told_at_once", "told_by_the_round"])
def either_way(request):
    request.getfixturevalue(request.param)


@pytest.fixture
def host_ben(room, ben):
    """Ben may speak in the room."""
    rooms.add_member(room, ben, Role.HOST)
    return ben


@ask
def stored_text():
    return " ".join(Segment.objects.order_by("offset_ms").values_list("text", flat=True))


@asynccontextmanager
async def on_the_air(cookie):
    """A host who has said five words that are not final yet."""
    async with browser(HOST, cookie=cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 5))
        await host.hear("interim")
        yield host


async def off_the_air():
    await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))


async def out(socket):
    """How a socket is shown out: code of the error, code of the close."""
    code = await socket.closed()
    assert socket.of("error")[-1]["fatal"]
    return socket.of("error")[-1]["code"], code


NOT_ALLOWED = ("room.not_allowed", 4403)
NOT_SIGNED_IN = ("room.not_signed_in", 4401)


def removed(room, user, cookie):
    rooms.remove_member(room, user)


def role_changed(room, user, cookie):
    rooms.add_member(room, user, Role.REVIEWER)


def switched_off(room, user, cookie):
    user.is_active = False
    user.save()


def deleted(room, user, cookie):
    user.delete()


def password_changed(room, user, cookie):
    user.set_password("another long one")
    user.save()


def signed_out(room, user, cookie):
    sign_out(cookie)


LOSSES = [
    (removed, NOT_ALLOWED),
    (role_changed, NOT_ALLOWED),
    (switched_off, NOT_SIGNED_IN),
    (deleted, NOT_SIGNED_IN),
    (password_changed, NOT_SIGNED_IN),
    (signed_out, NOT_SIGNED_IN),
]


@pytest.mark.parametrize(("loss", "how"), LOSSES, ids=[loss.__name__ for loss, _ in LOSSES])
async def test_a_host_who_may_not_any_more_is_off_the_air_with_the_tail_stored(
    speech, room, host_ben, either_way, loss, how
):
    cookie = await ask(cookie_of)(host_ben)
    async with browser(VIEWER) as viewer, on_the_air(cookie) as host:
        await ask(loss)(room, host_ben, cookie)
        assert await out(host) == how
        await viewer.hear("status", lambda status: not status["live"])
    await off_the_air()
    assert await stored_text() == "w0 w1 w2 w3 w4"
    assert (await Session.objects.aget()).is_over
    assert speech.open_connections == 0


@pytest.mark.parametrize(
    ("loss", "how"),
    [each for each in LOSSES if each[0] is not role_changed],
    ids=[loss.__name__ for loss, _ in LOSSES if loss is not role_changed],
)
async def test_a_reader_who_may_not_any_more_is_let_go(room, ben, either_way, loss, how):
    await ask(rooms.add_member)(room, ben, Role.VIEWER)
    await ask(rooms.update_room)(room, access="members")
    cookie = await ask(cookie_of)(ben)
    async with browser(VIEWER, cookie=cookie) as viewer:
        await viewer.hear("hello")
        await ask(loss)(room, ben, cookie)
        assert await out(viewer) == how


@pytest.mark.parametrize("end", [guests.revoke, GuestLink.delete], ids=["revoked", "deleted"])
async def test_a_guest_s_link_ends_and_so_does_the_guest(speech, room, either_way, end):
    link = await ask(guest_link)(room)
    async with on_the_air(await ask(guest_cookie)(link)) as host:
        await ask(end)(link)
        assert await out(host) == NOT_ALLOWED
    await off_the_air()
    assert await stored_text() == "w0 w1 w2 w3 w4"
    assert (await Session.objects.aget()).is_over


async def test_a_link_that_expires_is_noticed_though_nobody_tells(speech, room, told_by_the_round):
    link = await ask(guest_link)(room)
    await ask(rooms.update_room)(room, access="members")
    cookie = await ask(guest_cookie)(link)
    async with browser(VIEWER, cookie=cookie) as viewer, on_the_air(cookie) as host:
        await viewer.hear("hello")
        long_ago = timezone.now() - dt.timedelta(days=1)
        await GuestLink.objects.aupdate(created_at=long_ago, expires_at=timezone.now())
        assert await out(host) == NOT_ALLOWED
        assert await out(viewer) == NOT_ALLOWED
        assert "was good until" in host.of("error")[-1]["message"]
    await off_the_air()


async def test_a_room_that_gets_another_owner_is_no_longer_the_first_one_s(
    speech, room, cleo, ada_cookie, either_way
):
    async with on_the_air(ada_cookie) as host:
        room.owner = cleo
        await room.asave()
        assert await out(host) == NOT_ALLOWED
    await off_the_air()


async def test_a_room_that_is_made_for_members_keeps_its_members_alone(
    room, ben, ben_cookie, cleo_cookie, told_by_the_round
):
    await ask(rooms.add_member)(room, ben, Role.VIEWER)
    link = await ask(guest_link)(room, role="view")
    cookie = await ask(guest_cookie)(link)
    async with (
        browser(VIEWER) as stranger,
        browser(VIEWER, cookie=cleo_cookie) as cleo,
        browser(VIEWER, cookie=ben_cookie) as member,
        browser(VIEWER, cookie=cookie) as guest,
        browser(EMBED, cookie=ben_cookie) as framed,
    ):
        everybody = [stranger, cleo, member, guest, framed]
        for viewer in everybody:
            await viewer.hear("hello")
        await ask(rooms.update_room)(room, access="members")
        assert [await out(viewer) for viewer in (stranger, cleo, framed)] == [
            NOT_SIGNED_IN,
            NOT_ALLOWED,
            NOT_ALLOWED,
        ]
        for viewer in (member, guest):
            await viewer.say("since", version=0)
            await viewer.hear("changes")
        # From here on they are asked like whoever came to a room for members.
        await ask(rooms.remove_member)(room, ben)
        assert await out(member) == NOT_ALLOWED


def disallowed(room):
    embedding.disallow(room, BLOG)


def allowed_elsewhere(room):
    allowed = room.allowed_origins.get()
    allowed.pattern = "https://other.example"
    allowed.save()


def made_for_members(room):
    room.access = "members"
    room.save()


@pytest.mark.parametrize(
    ("loss", "how"),
    [
        (disallowed, ("embed.refused", 4403)),
        (allowed_elsewhere, ("embed.refused", 4403)),
        (made_for_members, NOT_ALLOWED),
    ],
    ids=["disallowed", "allowed_elsewhere", "made_for_members"],
)
async def test_a_site_that_may_not_embed_any_more_is_shown_out(room, either_way, loss, how):
    await ask(embedding.allow)(room, BLOG)
    async with browser(EMBED, origin=BLOG) as embedded:
        await embedded.hear("hello")
        await ask(loss)(room)
        assert await out(embedded) == how


async def test_a_site_that_is_allowed_by_another_pattern_may_stay(room, told_at_once):
    for pattern in (BLOG, "https://*.example.org", "https://other.example"):
        await ask(embedding.allow)(room, pattern)
    async with (
        browser(EMBED, origin=BLOG) as blog,
        browser(EMBED, origin="https://other.example") as other,
        browser(EMBED, origin=None) as program,
    ):
        for embedded in (blog, other, program):
            await embedded.hear("hello")
        await ask(embedding.disallow)(room, BLOG)
        await ask(embedding.disallow)(room, "https://other.example")
        assert await out(other) == ("embed.refused", 4403)
        for embedded in (blog, program):
            await embedded.say("since", version=0)
            await embedded.hear("changes")


async def test_nobody_else_is_shown_out(speech, room, host_ben, ben_cookie, cleo, cleo_cookie, told_at_once):
    await ask(rooms.add_member)(room, cleo, Role.HOST)
    async with browser(HOST, cookie=cleo_cookie) as other, on_the_air(ben_cookie) as host:
        await other.say("since", version=0)
        await other.hear("changes")
        await ask(rooms.remove_member)(room, cleo)
        assert await out(other) == NOT_ALLOWED
        await host.say("stop")
        await host.hear("stopped")


async def test_a_database_that_is_away_shows_nobody_out(
    speech, room, host_ben, ben_cookie, settings, told_by_the_round
):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer, on_the_air(ben_cookie) as host:
        async with missing_table("captions_membership"):
            for _ in range(8):
                await viewer.hear("tick")
            await host.say("since", version=0)
            await host.hear("changes")
            assert not host.of("error")
        await ask(rooms.remove_member)(room, host_ben)
        assert await out(host) == NOT_ALLOWED, "asking goes on once it is back"
    await off_the_air()


async def test_a_host_whose_line_broke_may_not_leave_the_session_open(
    speech, room, host_ben, ben_cookie, told_at_once
):
    async with browser(VIEWER) as viewer:
        async with on_the_air(ben_cookie):
            pass
        assert not (await Session.objects.aget()).is_over, "it waits for its host"
        await ask(rooms.remove_member)(room, host_ben)
        await viewer.hear("status", lambda status: not status["live"])
    await off_the_air()
    assert (await Session.objects.aget()).is_over
    assert await stored_text() == "w0 w1 w2 w3 w4"


async def test_a_host_who_came_back_in_another_tab_is_shown_out_there(
    speech, room, host_ben, ben_cookie, told_at_once
):
    async with on_the_air(ben_cookie) as first:
        session = first.of("ready")[0]["session"]
        async with browser(HOST, cookie=ben_cookie) as second:
            await second.say("start", session=session)
            await second.hear("ready")
            assert await first.closed() == 4408
            await ask(rooms.remove_member)(room, host_ben)
            assert await out(second) == NOT_ALLOWED
    await off_the_air()


async def test_who_went_on_with_a_session_keeps_it_when_the_host_before_is_removed(
    speech, room, host_ben, ben_cookie, ada_cookie, told_at_once
):
    async with on_the_air(ben_cookie) as first:
        session = first.of("ready")[0]["session"]
    async with browser(HOST, cookie=ada_cookie) as second:
        await second.say("start", session=session, take_over=True)
        await second.hear("ready")
    await ask(rooms.remove_member)(room, host_ben)
    async with browser(HOST, cookie=ada_cookie) as second:
        await second.say("start", session=session)
        await second.hear("ready")
        await second.say("stop")
        await second.hear("stopped")


async def test_a_session_is_asked_for_once_however_often_its_host_came_back(speech, room, ada_cookie):
    session = None
    for _ in range(5):
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start", **({"session": session} if session else {}))
            session = (await host.hear("ready"))["session"]
            assert len(doorkeeper._places) == 1
    assert len(doorkeeper._places) == 1, "it waits for its host"
    await onair.let_all_go()
    assert not doorkeeper._places


async def test_a_host_who_signs_out_while_it_starts_does_not_go_on_the_air(
    speech, room, ada_cookie, told_at_once
):
    door = onair._doors.setdefault("town-hall", asyncio.Lock())
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("since", version=0)
        await host.hear("changes")
        async with door:
            await host.say("start")
            await host.say("dance")
            await host.hear("error")  # so the start is under way
            await ask(sign_out)(ada_cookie)
            assert await out(host) == NOT_SIGNED_IN
    async with asyncio.timeout(10):
        while not await Session.objects.filter(ended_at__isnull=False).aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await off_the_air()


async def test_a_round_comes_though_messages_never_cease(room, ben, ben_cookie, settings):
    settings.RECHECK_INTERVAL_S = 0.1
    await ask(rooms.add_member)(room, ben, Role.VIEWER)
    other = await ask(rooms.create_room)(owner=room.owner, title="Other", slug="other")
    await ask(rooms.update_room)(room, access="members")
    async with browser(viewer_of("other")) as elsewhere, browser(VIEWER, cookie=ben_cookie) as viewer:
        await elsewhere.hear("hello")
        await viewer.hear("hello")
        async with asyncio.timeout(10):
            await ask(_remove_unseen)(room)
            closing = asyncio.create_task(out(viewer))
            while not closing.done():
                doorkeeper.recheck(other.pk)
                await asyncio.sleep(0.01)
        assert closing.result() == NOT_ALLOWED


def _remove_unseen(room):
    """By a query that sends no signal."""
    queryset = room.memberships.all()
    queryset._raw_delete(queryset.db)
