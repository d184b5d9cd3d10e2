from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import AsyncClient

from captions.live import hub as hubs
from captions.live.hub import in_room
from captions.live.outbox import Outgoing
from captions.live.wire import RoomEvent
from captions.models import Access, Role
from captions.services import captions as finals
from captions.services import guests, overlays, rooms, sessions
from captions.services.pulse import Pulse
from tests.captions.browsers import guest_cookie
from tests.captions.daphne import daphne
from tests.captions.making import final, guest_link, on_air, overlay_link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

SEGMENTS = "/r/town-hall/segments"
EVENTS = "/r/town-hall/events"
ask = sync_to_async


@ask
def said(room, count):
    claim = on_air(room)
    for n in range(1, count + 1):
        finals.store(claim.session_id, claim.lease, final(n, f"line {n}"))
    sessions.end(claim.session_id, claim.lease)


def texts(page):
    return [segment["text"] for segment in page["segments"]]


async def page(query="", **headers):
    response = await AsyncClient().get(f"{SEGMENTS}{query}", headers=headers)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    return response.status_code, json.loads(response.content)


class Stream:
    """Server-sent events as a browser reads them, straight from the ASGI application."""

    def __init__(self, query, headers):
        self.line = ApplicationCommunicator(
            get_asgi_application(),
            {
                "type": "http",
                "method": "GET",
                "path": EVENTS,
                "query_string": query.encode(),
                "headers": [(b"host", b"testserver"), *headers],
            },
        )
        self.buffer = b""

    async def open(self):
        await self.line.send_input({"type": "http.request", "body": b""})
        start = await self.line.receive_output(10)
        assert start["status"] == 200
        assert (b"Content-Type", b"text/event-stream") in start["headers"]

    async def next(self):
        """Type, id and data of the next event; ``None`` at the end."""
        while b"\n\n" not in self.buffer:
            body = await self.line.receive_output(10)
            self.buffer += body.get("body", b"")
            if not body.get("more_body"):
                return None
        event, _, self.buffer = self.buffer.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in event.decode().split("\n"))
        return fields["event"], fields.get("id"), json.loads(fields["data"])


@asynccontextmanager
async def stream(query="", *headers):
    it = Stream(query, headers)
    await it.open()
    try:
        yield it
    finally:
        await it.line.send_input({"type": "http.disconnect"})
        await it.line.wait(10)


async def test_a_page_after_a_version_goes_on_from_the_oldest_change(room, settings):
    settings.PAGE_SEGMENTS = 2
    await said(room, 5)
    status, first = await page("?after=1")
    assert (status, texts(first), first["version"], first["more"]) == (200, ["line 2", "line 3"], 3, True)
    _, last = await page("?after=3")
    assert (texts(last), last["version"], last.get("more")) == (["line 4", "line 5"], 5, None)


async def test_a_page_before_a_version_scrolls_back(room, settings):
    settings.PAGE_SEGMENTS = 2
    await said(room, 5)
    _, newest = await page()
    assert texts(newest) == ["line 4", "line 5"]
    _, older = await page("?before=4")
    assert (texts(older), older["version"], older["more"]) == (["line 2", "line 3"], 2, True)
    _, oldest = await page("?before=2")
    assert (texts(oldest), oldest.get("more")) == (["line 1"], None)


@pytest.mark.parametrize("query", ["?after=x", "?before=-1", "?after=1&before=2", "?after=" + "9" * 40])
async def test_a_question_that_is_none_is_refused_by_name(room, query):
    status, error = await page(query)
    assert (status, error["type"], error["code"]) == (400, "error", "message.bad")


async def test_who_may_read_is_asked_as_on_the_socket(room, ada):
    status, error = await page()
    assert status == 200
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    status, error = await page()
    assert (status, error["code"]) == (401, "room.not_signed_in")
    client = AsyncClient()
    await ask(client.force_login)(ada)
    assert (await client.get(SEGMENTS)).status_code == 200
    await ask(rooms.close_room)(room)
    assert (await client.get(SEGMENTS)).status_code == 410
    assert (await client.get(EVENTS)).status_code == 410
    assert (await client.get("/r/nowhere/segments")).status_code == 404
    assert (await client.post(SEGMENTS)).status_code == 405


async def test_a_stream_begins_with_hello_and_goes_on_live(room):
    await said(room, 2)
    async with in_room(room.pk) as hub, stream() as events:
        type_, id_, hello = await events.next()
        assert (type_, id_, texts(hello)) == ("hello", "2", ["line 1", "line 2"])
        hub.publish(RoomEvent(Outgoing("interim", '{"type":"interim"}', key="s/3")))
        assert await events.next() == ("interim", None, {"type": "interim"})
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', key="s/3", version=3)))
        assert await events.next() == ("final", "3", {"type": "final"})


async def test_a_browser_that_comes_back_says_where_it_was(room):
    await said(room, 3)
    async with stream("", (b"last-event-id", b"2")) as events:
        assert texts((await events.next())[2]) == ["line 3"]
    async with stream("after=1") as events:
        assert texts((await events.next())[2]) == ["line 2", "line 3"]


async def test_what_was_lost_is_sent_and_the_id_waits_for_it(room):
    async with in_room(room.pk) as hub, stream() as events:
        await events.next()
        await said(room, 2)
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', key="s/2", version=2)))
        assert (await events.next())[:2] == ("final", None), "version 1 is still missing"
        await hub.stand_at(Pulse(version=2, live=False, is_open=True))
        type_, id_, changes = await events.next()
        assert (type_, id_, texts(changes)) == ("changes", "2", ["line 1", "line 2"])


async def test_a_reader_that_is_gone_is_let_go(room):
    async with stream() as events:
        await events.next()
        assert len(hubs._hubs[room.pk]) == 1
    assert not hubs._hubs


async def test_a_room_that_is_closed_ends_its_streams(room):
    async with in_room(room.pk) as hub, stream() as events:
        await events.next()
        status = Outgoing("status", '{"type":"status","live":false}')
        hub.publish(RoomEvent(status, live=False, closed=True))
        assert (await events.next())[0] == "status"
        assert (await events.next())[2]["code"] == "room.closed"
        assert await events.next() is None


async def test_a_reader_who_may_not_any_more_is_told_and_the_stream_ends(room, ben, ben_cookie, settings):
    settings.RECHECK_INTERVAL_S = 3600.0
    await ask(rooms.add_member)(room, ben, Role.VIEWER)
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    async with stream("", (b"cookie", ben_cookie.encode())) as events:
        await events.next()
        await ask(rooms.remove_member)(room, ben)
        type_, _, error = await events.next()
        assert (type_, error["code"], error["fatal"]) == ("error", "room.not_allowed", True)
        assert await events.next() is None


async def test_a_guest_reads_a_stream_until_the_link_is_revoked(room, settings):
    settings.RECHECK_INTERVAL_S = 3600.0
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    link = await ask(guest_link)(room, role="view")
    cookie = await ask(guest_cookie)(link)
    async with stream("", (b"cookie", cookie.encode())) as events:
        assert (await events.next())[0] == "hello"
        await ask(guests.revoke)(link)
        assert "taken back" in (await events.next())[2]["message"]
        assert await events.next() is None
    client = AsyncClient()
    client.cookies.load(cookie)
    answer = await client.get(SEGMENTS)
    assert (answer.status_code, answer.json()["code"]) == (410, "room.not_allowed")


async def test_a_room_that_is_made_for_members_keeps_the_streams_of_its_members(room, ada_cookie, settings):
    settings.RECHECK_INTERVAL_S = 0.05
    settings.TICK_INTERVAL_S = 0.1
    async with stream() as stranger, stream("", (b"cookie", ada_cookie.encode())) as owner:
        await stranger.next()
        await owner.next()
        await ask(rooms.update_room)(room, access=Access.MEMBERS)
        while (event := await stranger.next())[0] == "tick":
            pass
        assert event[2]["code"] == "room.not_signed_in"
        assert (await owner.next())[0] == "tick"
        assert (await owner.next())[0] == "tick"


async def test_a_stream_over_the_network(room):
    await said(room, 1)
    async with daphne(TICK_INTERVAL_S=0.2) as site:
        reading, writing = await asyncio.open_connection("127.0.0.1", site.port)
        writing.write(f"GET {EVENTS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        async with asyncio.timeout(15):
            head = await reading.readuntil(b"\r\n\r\n")
            assert b"text/event-stream" in head
            for expected in (b"event: hello", b"event: tick", b"event: tick"):
                while not (await reading.readline()).startswith(expected):
                    pass
        writing.close()
        await writing.wait_closed()
        assert await site.end() == 0
    assert "Traceback" not in site.written, site.written


# --- overlays ---


async def test_an_overlay_reads_a_room_for_members_by_its_link(room):
    await said(room, 2)
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    assert (await page())[0] == 401
    token = overlays.token(await ask(overlay_link)(room))
    status, shown = await page(f"?overlay={token}&before=99")
    assert (status, texts(shown)) == (200, ["line 1", "line 2"])


async def test_an_overlay_s_link_that_is_over_or_none_reads_nothing_not_even_what_all_may_read(room):
    await said(room, 1)
    link = await ask(overlay_link)(room)
    await ask(overlays.revoke)(link)
    status, error = await page(f"?overlay={overlays.token(link)}")
    assert (status, error["code"]) == (410, "overlay.revoked")
    for token in ("x", "%00", overlays.token(link)[:-1]):
        status, error = await page(f"?overlay={token}")
        assert (status, error["code"]) == (404, "overlay.unknown")


async def test_an_overlay_s_link_brings_no_cookie_into_it(room):
    token = overlays.token(await ask(overlay_link)(room))
    response = await AsyncClient().get(f"{SEGMENTS}?overlay={token}")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
