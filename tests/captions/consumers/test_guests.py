"""People without an account, by what they came by."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from captions.models import Segment, Session
from captions.services import guests, rooms
from tests.captions.browsers import browser, guest_cookie, host_of, send_all, viewer_of
from tests.captions.making import guest_link
from tests.speech import position_pcm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
ask = sync_to_async


@ask
def cookie_by(room, **fields):
    return guest_cookie(guest_link(room, **fields))


async def test_a_guest_speaks_without_an_account(speech, room):
    async with browser(HOST, cookie=await cookie_by(room)) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 3))
        await host.say("stop")
        assert (await host.hear("stopped"))["segments"] == 1
    assert (await Segment.objects.aget()).text == "w0 w1 w2"
    session = await Session.objects.select_related("host", "guest_link").aget()
    assert session.host_name == "guest Anna's laptop"


async def test_a_guest_goes_on_after_a_reload_without_taking_over(speech, room):
    cookie = await cookie_by(room)
    async with browser(HOST, cookie=cookie) as first, browser(HOST, cookie=cookie) as second:
        await first.say("start")
        session = (await first.hear("ready"))["session"]
        sent = await send_all(first, position_pcm(0, 3))
        await first.hear("interim")
        await second.say("start", session=session)
        ready = await second.hear("ready")
        assert (ready["session"], ready["samples"]) == (session, sent)
        await second.say("stop")
        await second.hear("stopped")


async def test_a_guest_and_an_account_are_two_hosts(speech, room, ada_cookie):
    async with browser(HOST, cookie=await cookie_by(room)) as guest, browser(HOST, cookie=ada_cookie) as ada:
        await guest.say("start")
        session = (await guest.hear("ready"))["session"]
        await ada.say("start", session=session)
        assert (await ada.hear("error"))["code"] == "room.host_taken"
        await guest.say("stop")
        await guest.hear("stopped")


async def test_a_guest_reads_in_a_room_for_members(room):
    await ask(rooms.update_room)(room, access="members")
    for role in ("view", "host"):
        async with browser(VIEWER, cookie=await cookie_by(room, role=role)) as viewer:
            await viewer.hear("hello")
    async with browser(VIEWER) as stranger:
        assert await stranger.closed() == 4401


async def test_a_link_to_read_is_none_to_speak(speech, room):
    async with browser(HOST, cookie=await cookie_by(room, role="view")) as host:
        await host.say("start")
        assert await host.closed() == 4403
    assert "for reading along" in host.of("error")[0]["message"]
    assert speech.log() == []


async def test_a_link_opens_no_other_room(speech, room, ada):
    other = await ask(rooms.create_room)(owner=ada, title="Other", slug="other", access="members")
    cookie = await cookie_by(room)
    for path in (host_of(other.slug), viewer_of(other.slug)):
        async with browser(path, cookie=cookie) as guest:
            assert await guest.closed() == 4401
    assert speech.log() == []


async def test_a_link_that_was_revoked_says_whom_to_ask(speech, room):
    link = await ask(guest_link)(room)
    await ask(guests.revoke)(link)
    async with browser(HOST, cookie=await ask(guest_cookie)(link)) as host:
        assert await host.closed() == 4403
    error = host.of("error")[0]
    assert error["code"] == "room.not_allowed"
    assert "Ask the person who sent it" in error["message"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_a_guest_s_cookie_counts_on_our_own_pages_alone(speech, room, origin):
    await ask(rooms.update_room)(room, access="members")
    cookie = await cookie_by(room)
    for path in (HOST, VIEWER):
        async with browser(path, cookie=cookie, origin=origin) as guest:
            assert await guest.closed() == 4403
            assert guest.of("error")[0]["code"] == "room.not_allowed"
    assert speech.log() == []
