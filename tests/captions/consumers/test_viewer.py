from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from captions import database
from captions.live.broadcast import tell_room
from captions.live.hub import in_room
from captions.live.outbox import Outgoing
from captions.live.wire import RoomEvent
from captions.models import Access, Role, Room
from captions.services import captions as finals
from captions.services import review, rooms, sessions
from tests.captions.browsers import browser, viewer_of
from tests.captions.making import final, on_air, segment_row, session_row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

VIEWER = viewer_of("town-hall")
ask = sync_to_async


@ask
def said(room, count, text="line"):
    """So many finals stored in one session; the last of them."""
    claim = on_air(room)
    for n in range(1, count + 1):
        stored = finals.store(claim.session_id, claim.lease, final(n, f"{text} {n}"))
    sessions.end(claim.session_id, claim.lease)
    return stored


def texts(message):
    return [segment["text"] for segment in message["segments"]]


async def test_hello_comes_first_and_says_what_room_this_is(room):
    async with browser(VIEWER) as viewer:
        hello = await viewer.hear("hello")
    assert viewer.heard[0] == hello
    assert abs(datetime.fromisoformat(hello.pop("now")) - timezone.now()) < timedelta(minutes=1)
    assert hello == {
        "type": "hello",
        "room": {"slug": "town-hall", "title": "Town hall", "language": "en-US"},
        "live": False,
        "version": 0,
        "segments": [],
    }


async def test_hello_has_the_newest_finals_and_says_when_there_are_more(room, settings):
    settings.HELLO_SEGMENTS = 3
    await said(room, 5)
    async with browser(VIEWER) as viewer:
        hello = await viewer.hear("hello")
    assert (texts(hello), hello["version"], hello["more"]) == (["line 3", "line 4", "line 5"], 5, True)


async def test_hello_after_a_version_has_all_that_changed_since(room, ada):
    await said(room, 5)
    first = await room.segments.aget(text="line 1")
    await ask(review.edit_segment)(first, "line one", ada)
    async with browser(viewer_of("town-hall", after=4)) as viewer:
        hello = await viewer.hear("hello")
    assert (texts(hello), hello["version"]) == (["line one", "line 5"], 6)


async def test_hello_after_the_newest_version_has_nothing(room):
    await said(room, 2)
    async with browser(viewer_of("town-hall", after=2)) as viewer:
        hello = await viewer.hear("hello")
    assert (texts(hello), hello["version"]) == ([], 2)


async def test_hello_after_a_version_this_room_never_had_is_as_for_a_newcomer(room):
    await said(room, 2)
    async with browser(viewer_of("town-hall", after=99)) as viewer:
        hello = await viewer.hear("hello")
    assert (texts(hello), hello["version"]) == (["line 1", "line 2"], 2)


async def test_a_version_that_is_none_is_refused_by_name(room):
    async with browser("/ws/rooms/town-hall/?after=soon") as viewer:
        assert await viewer.closed() == 4400
    assert viewer.of("error")[0]["code"] == "message.bad"


async def test_a_deleted_session_is_named_to_who_was_away(room):
    await said(room, 2)
    session = await room.sessions.aget()
    await ask(sessions.delete)(session)
    async with browser(viewer_of("town-hall", after=2)) as viewer:
        hello = await viewer.hear("hello")
    assert (hello["version"], hello["segments"], hello["removed"]) == (3, [], [str(session.pk)])


async def test_a_viewer_that_is_behind_asks_and_is_told_all(room):
    await said(room, 4)
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await viewer.say("since", version=2)
        changes = await viewer.hear("changes")
    assert (texts(changes), changes["version"]) == (["line 3", "line 4"], 4)


async def test_a_refill_that_would_be_too_long_is_the_newest_and_says_more(room, settings):
    settings.CHANGES_SEGMENTS = 2
    await said(room, 5)
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await viewer.say("since", version=0)
        changes = await viewer.hear("changes")
    assert (texts(changes), changes["version"], changes["more"]) == (["line 4", "line 5"], 5, True)


async def test_no_message_comes_near_what_the_server_drops(room, settings):
    settings.CHANGES_BYTES = 20_000
    await said(room, 30, "long " * 1000)
    async with browser(VIEWER) as viewer:
        hello = await viewer.hear("hello")
    assert hello["more"]
    assert len(json.dumps(hello)) < 30_000


async def test_a_tick_says_where_the_room_stands(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    await said(room, 3)
    async with browser(VIEWER) as viewer:
        assert (await viewer.hear("tick"))["version"] == 3


async def test_what_was_lost_on_the_way_is_sent_at_the_next_tick(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await said(room, 2)  # stored by a worker whose messages did not arrive
        await viewer.hear("changes", lambda changes: changes["version"] == 2)
        assert (await viewer.hear("tick"))["version"] == 2
    assert [text for changes in viewer.of("changes") for text in texts(changes)] == ["line 1", "line 2"]


async def test_ticks_go_on_without_a_database(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(Room.objects.filter(pk=room.pk).update)(version=5)
        async with unreadable():
            assert (await viewer.hear("tick"))["version"] in {0, 5}
            await viewer.hear("tick")


class unreadable:  # noqa: N801
    """The rooms' table under another name: each query of it fails as one of a broken database does."""

    async def __aenter__(self):
        await ask(self.rename)("captions_room", "captions_room_away")

    async def __aexit__(self, *exc):
        await ask(self.rename)("captions_room_away", "captions_room")

    def rename(self, old, new):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


async def test_nothing_falls_between_the_hello_and_what_comes_live(room):
    """Finals are stored and told all the while that viewers join: each sees each version once."""
    claim = await ask(on_air)(room)
    async with in_room(room.pk) as hub:

        async def speak():
            for n in range(1, 61):
                stored = await database.write(finals.store, claim.session_id, claim.lease, final(n))
                await asyncio.sleep(0)
                text = json.dumps({"type": "final", "version": stored.version, "segment": stored.segment})
                hub.publish(
                    RoomEvent(Outgoing("final", text, key=f"s/{n}", version=stored.version), session="s")
                )

        async def join(start):
            async with asyncio.timeout(20):
                while hub.version < start:  # noqa: ASYNC110  (a place among the finals, not a moment)
                    await asyncio.sleep(0.001)
            async with browser(VIEWER) as viewer:
                await viewer.hear("hello")
                if viewer.heard[0]["version"] < 60:
                    await viewer.hear("final", lambda message: message["version"] == 60)
                return viewer.heard

        async with asyncio.TaskGroup() as tasks:
            joining = [tasks.create_task(join(start)) for start in range(0, 58, 3)]
            tasks.create_task(speak())
    for task in joining:
        hello, *live = task.result()
        versions = [segment["version"] for segment in hello["segments"]]
        versions += [message["version"] for message in live if message["type"] == "final"]
        assert sorted(versions) == list(range(1, 61))


async def test_a_late_joiner_sees_the_interim_that_is_open(room):
    async with in_room(room.pk) as hub:
        hub.publish(RoomEvent(Outgoing("status", '{"type":"status","live":true}'), session="s", live=True))
        hub.publish(RoomEvent(Outgoing("interim", '{"type":"interim","text":"old"}', key="s/1"), session="s"))
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', key="s/1", version=1), session="s"))
        hub.publish(RoomEvent(Outgoing("interim", '{"type":"interim","text":"new"}', key="s/2"), session="s"))
        async with browser(VIEWER) as viewer:
            assert (await viewer.hear("hello"))["live"]
            assert (await viewer.hear("status"))["live"]
            assert (await viewer.hear("interim"))["text"] == "new"


async def test_another_room_hears_nothing(room, ada):
    other = await ask(rooms.create_room)(owner=ada, title="Other", slug="other")
    async with in_room(other.pk) as hub, browser(VIEWER) as viewer, browser(viewer_of("other")) as elsewhere:
        await viewer.hear("hello")
        await elsewhere.hear("hello")
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', version=1)))
        await elsewhere.hear("final")
        await viewer.say("since", version=0)
        await viewer.hear("changes")
        assert not viewer.of("final")


async def test_a_correction_reaches_viewers_without_its_words(room, ada):
    stored = await said(room, 1)
    segment = await room.segments.aget()
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(review.edit_segment)(segment, "line one", ada)
        payload = stored.host_segment | {"text": "line one", "revision": 1}
        await ask(tell_room)(room.pk, {"type": "revised", "version": 2, "segment": payload})
        revised = await viewer.hear("revised")
    assert revised["segment"]["id"] == stored.segment["id"]
    assert revised["segment"]["text"] == "line one"
    assert "words" not in revised["segment"]


# --- who may ---


async def test_a_room_that_is_not_there_is_explained(room):
    for path in (viewer_of("nowhere"), "/ws/rooms/%00/", "/ws/embed/nowhere/", "/ws/other/", "/"):
        async with browser(path) as viewer:
            assert await viewer.closed() == 4404
            assert viewer.of("error")[0]["code"] == "room.not_found"


async def test_a_closed_room_is_explained(room):
    await ask(rooms.close_room)(room)
    async with browser(VIEWER) as viewer:
        assert await viewer.closed() == 4410
    assert viewer.of("error")[0]["code"] == "room.closed"


async def test_a_room_that_is_closed_lets_its_viewers_go_at_once(room):
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(tell_room)(room.pk, {"type": "status", "live": False, "upstream": "ended", "open": False})
        assert await viewer.closed() == 4410
    assert viewer.of("status") == [{"type": "status", "live": False, "upstream": "ended"}]


async def test_a_room_that_nobody_said_is_closed_lets_its_viewers_go_at_the_next_tick(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(rooms.close_room)(room)
        assert await viewer.closed() == 4410


async def test_a_room_that_is_deleted_lets_its_viewers_go(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(rooms.delete_room)(room)
        assert await viewer.closed() == 4404


async def test_a_room_for_members_asks_who_is_there(room, ben, ben_cookie, cleo_cookie):
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    await ask(rooms.add_member)(room, ben, Role.VIEWER)
    async with browser(VIEWER, cookie=ben_cookie) as viewer:
        await viewer.hear("hello")
    for cookie, code in (("", "room.not_signed_in"), (cleo_cookie, "room.not_allowed")):
        async with browser(VIEWER, cookie=cookie) as viewer:
            await viewer.closed()
        assert viewer.of("error")[0]["code"] == code
        assert not viewer.of("hello")


async def test_another_site_s_page_cannot_read_along_with_a_member_s_cookie(room, ada_cookie):
    await ask(rooms.update_room)(room, access=Access.MEMBERS)
    async with browser(VIEWER, cookie=ada_cookie, origin="http://evil.example") as viewer:
        assert await viewer.closed() == 4403


async def test_an_open_room_can_be_read_by_any_program_and_asks_for_no_account(room):
    async with browser(VIEWER, origin=None) as viewer:
        await viewer.hear("hello")


# --- bad input ---


@pytest.mark.parametrize(
    "text", ["hello", "[]", '{"type":"start"}', '{"type":"since","version":-1}', "x" * 20_000]
)
async def test_a_message_that_is_none_gets_an_error_and_captions_go_on(room, text):
    async with in_room(room.pk) as hub, browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await viewer.say_raw(text)
        assert (await viewer.hear("error"))["code"] == "message.bad"
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', version=1)))
        await viewer.hear("final")


async def test_bytes_get_an_error_and_captions_go_on(room):
    async with in_room(room.pk) as hub, browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await viewer.send_audio(0, bytes(320))
        assert (await viewer.hear("error"))["code"] == "message.bad"
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', version=1)))
        await viewer.hear("final")


async def test_a_flood_of_requests_is_bounded(room):
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        for _ in range(200):
            await viewer.say("since", version=0)
        error = await viewer.hear("error")
        assert "at once" in error["message"]


# --- others ---


async def test_a_slow_query_of_somebody_else_delays_no_caption(room):
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow():
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(20)

    async with in_room(room.pk) as hub, browser(VIEWER) as viewer:
        await viewer.hear("hello")
        # The thread that all synchronous work of a process shares, the writer, and a reader.
        busy = [
            asyncio.ensure_future(call) for call in (ask(slow)(), database.write(slow), database.read(slow))
        ]
        try:
            async with asyncio.timeout(2):
                for n in range(20):
                    hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', key=f"s/{n}", version=n + 1)))
                    await viewer.hear("final")
        finally:
            release.set()
            await asyncio.gather(*busy)


async def test_many_newcomers_cost_one_query(room):
    await said(room, 3)
    async with in_room(room.pk) as hub:
        first = await hub.refill(None)
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(hub.refill(None)) for _ in range(50)]
        assert all(task.result() is first for task in others)
        hub.publish(RoomEvent(Outgoing("final", '{"type":"final"}', version=4)))
        assert await hub.refill(None) is not first


async def test_a_session_left_behind_by_a_dead_worker_is_off_the_air_at_a_tick(room, settings):
    settings.TICK_INTERVAL_S = 0.05
    session = await ask(session_row)(room)
    await ask(segment_row)(session)
    async with browser(VIEWER) as viewer:
        await viewer.hear("hello")
        await ask(sessions.claim)(room_slug=room.slug, user=room.owner, session_id=session.pk, lease_s=0.3)
        assert (await viewer.hear("status"))["live"]
        assert not (await viewer.hear("status"))["live"]
