"""Which pages of other sites may read what is said in a room (CORS), as their browsers are told."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from captions.models import Access
from captions.services import embedding, rooms
from tests.captions.live.test_onair import missing_table
from tests.captions.views.test_feed import stream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

BLOG = "https://blog.example.org"
SEGMENTS = "/r/town-hall/segments"
EVENTS = "/r/town-hall/events"
ask = sync_to_async


@pytest.fixture
def allowed(room):
    embedding.allow(room, BLOG)
    return room


async def get(path=SEGMENTS, origin=BLOG, **headers):
    headers |= {"origin": origin} if origin is not None else {}
    return await AsyncClient().get(path, headers=headers)


def shared_with(answer):
    """Whom the answer is for, with what must never be said beside it."""
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Origin" in answer["Vary"]
    return answer.get("Access-Control-Allow-Origin")


async def test_a_page_of_an_allowed_site_may_read(allowed):
    answer = await get()
    assert answer.status_code == 200
    assert shared_with(answer) == BLOG
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_pattern_lets_in_each_site_by_its_own_name(room):
    await ask(embedding.allow)(room, "https://*.example.org")
    assert shared_with(await get()) == BLOG


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example",
        "http://blog.example.org",
        "https://blog.example.org:8443",
        "https://blog.example.org.evil.example",
        "https://blog.example.org/",
        "file://",
        "*",
        "https://blog.example.org, https://evil.example",
    ],
)
@pytest.mark.parametrize("path", [SEGMENTS, "/r/nothing-here/segments", f"{SEGMENTS}?after=x"])
async def test_no_other_page_may(allowed, origin, path):
    assert shared_with(await get(path, origin)) is None


async def test_a_stream_is_shared_alike(allowed):
    async with stream("", (b"origin", BLOG.encode())) as events:
        assert (await events.next())[0] == "hello"
    answer = await AsyncClient().get(EVENTS, headers={"origin": BLOG})
    assert shared_with(answer) == BLOG
    answer = await AsyncClient().get(EVENTS, headers={"origin": "https://evil.example"})
    assert shared_with(answer) is None


@pytest.mark.parametrize(
    ("path", "status"), [(f"{SEGMENTS}?after=x", 400), (f"{EVENTS}?after=x", 400), (SEGMENTS, 410)]
)
async def test_why_not_can_be_read_too(allowed, path, status):
    if status == 410:
        await ask(rooms.close_room)(allowed)
    answer = await get(path)
    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert shared_with(answer) == BLOG


async def test_a_method_that_is_none_of_it_is_refused_readably(allowed):
    answer = await AsyncClient().post(SEGMENTS, headers={"origin": BLOG})
    assert answer.status_code == 405
    assert shared_with(answer) == BLOG


async def test_a_room_for_members_is_shared_with_nobody_whoever_asks(allowed, ada):
    await ask(rooms.update_room)(allowed, access=Access.MEMBERS)
    client = AsyncClient()
    await ask(client.force_login)(ada)
    answer = await client.get(SEGMENTS, headers={"origin": BLOG})
    assert answer.status_code == 200
    assert shared_with(answer) is None


async def test_a_site_that_is_taken_off_the_list_may_no_longer(allowed):
    await ask(embedding.disallow)(allowed, BLOG)
    assert shared_with(await get()) is None


async def test_without_a_database_nobody_is_let_in_and_the_view_says_why(allowed):
    async with missing_table("captions_allowedorigin"), missing_table("captions_segment"):
        answer = await get()
    assert answer.status_code == 503
    assert shared_with(answer) is None


# --- preflights ---


async def preflight(origin, path=SEGMENTS):
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "last-event-id"}
    return await AsyncClient().options(path, headers={"origin": origin} | asked)


@pytest.mark.parametrize("path", [SEGMENTS, EVENTS])
async def test_a_browser_that_asks_first_is_told_what_it_may(allowed, path):
    answer = await preflight(BLOG, path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert shared_with(answer) == BLOG
    assert answer["Access-Control-Allow-Methods"] == "GET"
    assert answer["Access-Control-Allow-Headers"] == "Accept, Last-Event-ID"


@pytest.mark.parametrize("path", [SEGMENTS, "/r/nothing-here/segments"])
async def test_one_for_a_page_that_may_not_is_told_nothing(allowed, path):
    answer = await preflight("https://evil.example", path)
    assert answer.status_code == 204
    assert shared_with(answer) is None
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
