"""Both sockets and every page: programs say anything in any order, and people type anything."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.core.asgi import get_asgi_application
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import CaptionError
from captions.live import hub, onair
from captions.models import Access, Room, Segment, Session
from captions.origins import parse_pattern
from captions.routing import application
from captions.services import captions as finals
from captions.services import embedding, sessions
from tests.captions.browsers import WAIT_S, Browser, embed_of, host_of, viewer_of
from tests.captions.making import final, on_air
from tests.fuzz.effort import effort
from tests.fuzz.made import odd_bytes, said, texts
from tests.fuzz.test_texts import SINCE, START, STOP
from tests.speech import position_pcm

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
    pytest.mark.timeout(0),
]

ask = sync_to_async
SPEECH = position_pcm(0, 4)
TYPES = {
    "host": {
        "ready",
        "heard",
        "interim",
        "final",
        "revised",
        "removed",
        "spend",
        "status",
        "stopped",
        "changes",
        "tick",
    },
    "viewer": {"hello", "interim", "final", "revised", "removed", "status", "changes", "tick"},
}


def codes(error=CaptionError):
    """Of the whole tree."""
    return {error.code} | {code for child in error.__subclasses__() for code in codes(child)}


CODES = codes()


def assert_is_ours(role, output, types=TYPES):
    """What a socket sent: JSON of a known type, an error with a known code, or a close code of ours."""
    if output["type"] == "websocket.close":
        code = output.get("code", 1000)
        assert code == 1000 or 4000 <= code <= 4999
        return
    assert output["type"] == "websocket.send"
    output["text"].encode()
    message = json.loads(output["text"])
    if message["type"] == "error":
        assert message["code"] in CODES
        assert message["message"]
        assert isinstance(message["fatal"], bool)
    else:
        assert message["type"] in types[role]


def assert_quiet(caplog):
    """Nobody's mistake but ours is worth a traceback."""
    for record in caplog.records:
        assert record.exc_info is None, record.exc_text
        assert record.levelno < logging.ERROR, record.getMessage()
    caplog.clear()


@ask
def assert_intact():
    """What is stored is sound, whatever was asked for; then it is cleared away."""
    connection.check_constraints()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rooms = {room.pk: room for room in Room.objects.all()}
    versions = list(Segment.objects.values_list("room_id", "version"))
    assert len(versions) == len(set(versions))
    assert all(version <= rooms[room_id].version for room_id, version in versions)
    for session in Session.objects.all():
        ends = [(row.offset_ms, row.end_ms) for row in session.segments.order_by("utterance")]
        assert ends == sorted(ends)
    Session.objects.all().delete()


async def assert_nobody_is_left():
    await onair.let_all_go()
    await hub.closed()
    for task in asyncio.all_tasks():
        assert not task.get_name().startswith(("onair-", "relay", "socket-", "heard-", "renew-")), task


class Peer(Browser):
    """A browser's socket that keeps all it is sent as it came."""

    def __init__(self, role, path, **options):
        super().__init__(path, **options)
        self.role = role
        self.over = False

    async def say_it(self, step):
        if not self.over:
            await self.line.send_input({"type": "websocket.receive", **step})

    def look(self):
        """What has come so far."""
        while not self.line.output_queue.empty():
            self.take(self.line.output_queue.get_nowait())

    def take(self, output):
        assert_is_ours(self.role, output)
        self.over = self.over or output["type"] == "websocket.close"
        return output

    async def answered(self):
        """Until it has answered a last question, so that all before it are answered too."""
        self.look()
        await self.say_it({"text": json.dumps(SINCE)})
        async with asyncio.timeout(WAIT_S):
            while not self.over:
                output = self.take(await self.line.receive_output(WAIT_S))
                if '"type":"changes"' in output.get("text", ""):
                    return


def chunk(first, pcm):
    return {"bytes": first.to_bytes(4, "little") + pcm}


texts_of_hosts = said(START, STOP, SINCE).map(lambda text: {"text": text})
texts_of_viewers = said(SINCE, STOP).map(lambda text: {"text": text})
bytes_of_anybody = odd_bytes.map(lambda data: {"bytes": data}) | st.builds(
    chunk,
    st.sampled_from([0, 0, 1600, 12_800, 2**32 - 1]) | st.integers(0, 2**32 - 1),
    st.sampled_from([SPEECH[:3200], SPEECH[:12_800], SPEECH[:-1], b"\x00\x00", bytes(32_000), bytes(32_002)]),
)
right = st.sampled_from(
    [
        {"text": json.dumps({"type": "start"})},
        {"text": json.dumps({"type": "start", "take_over": True})},
        {"text": json.dumps(STOP)},
        chunk(0, SPEECH[:12_800]),
        chunk(6400, SPEECH[12_800:25_600]),
    ]
)
no_frame = st.sampled_from([{"text": ""}, {"bytes": b""}, {"text": None, "bytes": None}, {}])
hosts = st.tuples(st.just("host"), right | right | texts_of_hosts | bytes_of_anybody | no_frame)
viewers = st.tuples(st.just("viewer"), texts_of_viewers | bytes_of_anybody | no_frame)
comings = st.tuples(st.sampled_from(["host leaves", "viewer leaves", "wait"]), st.none())


@effort(40)
@given(on_air=st.integers(0, 3), script=st.lists(hosts | hosts | viewers | comings, min_size=2, max_size=14))
async def test_a_conversation_is_answered_in_our_own_words(on_air, script, caplog, speech, room, ada_cookie):
    caplog.set_level(logging.INFO)
    paths = {"host": host_of(room.slug), "viewer": viewer_of(room.slug)}
    peers = {role: Peer(role, path, cookie=ada_cookie) for role, path in paths.items()}
    try:
        for peer in peers.values():
            await peer.open()
        if on_air:
            await peers["host"].say("start")
            await peers["host"].hear("ready")
        for role, step in script:
            if role == "wait":
                await asyncio.sleep(0.005)
            elif step is None:
                role = role.split()[0]
                await peers[role].leave()
                peers[role] = Peer(role, paths[role], cookie=ada_cookie)
                await peers[role].open()
            else:
                await peers[role].say_it(step)
                peers[role].look()
        for peer in peers.values():
            await peer.answered()
    finally:
        for peer in peers.values():
            await peer.leave()
    await assert_nobody_is_left()
    await assert_intact()
    assert_quiet(caplog)


slugs = st.sampled_from(["town-hall", "TOWN-HALL", "members-only", "closed-room"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=60
)
versions = st.none() | texts | st.integers().map(str)
in_headers = st.text(st.characters(max_codepoint=255), max_size=60).map(lambda text: text.encode("latin-1"))
origins = (
    st.sampled_from([b"http://testserver", b"null", b"http://[::1", b"https://x:99999", b"file://"])
    | st.from_regex(rb"https?://[a-z0-9.:\[\]@*-]{0,40}", fullmatch=True)
    | in_headers
)
origins_like = st.builds(
    lambda before, name, after: before + name + after,
    st.sampled_from([b"", b" ", b"http://", b"https://", b"HTTPS://", b"https://a.", b"https://a.b."])
    | in_headers,
    st.sampled_from([b"example.org", b"EXAMPLE.org", b"*.example.org", b"blog.example.org", b"testserver"]),
    st.sampled_from(
        [b"", b":443", b":80", b":8443", b".", b"/", b"?", b"#", b".evil.example", b"@evil.example"]
    )
    | in_headers,
)
OURS = rb"http://testserver(:80)?"
ALLOWED = rb"https://([a-z0-9_-]+\.)+example\.org(:443)?"


@pytest.fixture
def rooms_of_all_kinds(room, ada):
    Room.objects.create(owner=ada, title="Members", slug="members-only", access=Access.MEMBERS)
    Room.objects.create(owner=ada, title="Closed", slug="closed-room", is_open=False)


def query(*pairs):
    return "&".join(f"{name}={value}" for name, value in pairs if value is not None).encode(
        "utf-8", "replace"
    )


@effort(60)
@given(
    path=st.builds(
        str.format,
        st.sampled_from(["/ws/rooms/{}/", "/ws/rooms/{}/host/", "/ws/embed/{}/", "/ws/{}", "/{}"]),
        slugs,
    ),
    after=versions,
    origin=origins,
    host=st.just(b"testserver") | in_headers,
    cookie=st.none() | in_headers,
)
async def test_every_address_opens_or_says_why_not(
    path, after, origin, host, cookie, caplog, speech, rooms_of_all_kinds, ada_cookie
):
    caplog.set_level(logging.INFO)
    line = WebsocketCommunicator(
        application,
        "/",
        headers=[
            (b"host", host),
            (b"origin", origin),
            (b"cookie", ada_cookie.encode() if cookie is None else cookie),
        ],
    )
    line.scope |= {"path": path, "query_string": query(("after", after))}
    accepted, _ = await line.connect(timeout=WAIT_S)
    assert accepted
    await line.send_to(text_data="?")  # who has spoken is let go at once
    first = await line.receive_output(WAIT_S)
    role = "host" if path.endswith("/host/") else "viewer"
    assert_is_ours(role, first)
    await line.disconnect(timeout=WAIT_S)
    await assert_nobody_is_left()
    assert_quiet(caplog)


@effort(120)
@given(origin=origins | origins_like)
async def test_a_page_embeds_only_as_what_is_allowed_and_is_told_what_would_be(origin, room, caplog):
    caplog.set_level(logging.INFO)
    await ask(embedding.allow)(room, "https://*.example.org")
    line = WebsocketCommunicator(
        application, embed_of(room.slug), headers=[(b"host", b"testserver"), (b"origin", origin)]
    )
    assert (await line.connect(timeout=WAIT_S))[0]
    await line.send_to(text_data="?")
    first = json.loads((await line.receive_output(WAIT_S))["text"])
    if first["type"] == "error" and first["code"] == "message.bad":
        first = json.loads((await line.receive_output(WAIT_S))["text"])
    if first["type"] == "hello":
        assert not origin or re.fullmatch(OURS + b"|" + ALLOWED, origin, re.IGNORECASE)
    else:
        assert first["code"] == "embed.refused"
        assert "origin" not in first or parse_pattern(first["origin"]) == first["origin"]
    await line.disconnect(timeout=WAIT_S)
    await assert_nobody_is_left()
    assert_quiet(caplog)


PAGES = [
    *(
        "/r/{}/",
        "/r/{}/events",
        "/r/{}/segments",
        "/r/{}/qr.svg",
        "/rooms/{}/",
        "/rooms/{}/host/",
        "/rooms/{}/edit/",
    ),
    *(
        "/rooms/{}/delete/",
        "/rooms/{}/people/add/",
        "/rooms/{}/open/",
        "/sessions/{}/review/",
        "/sessions/{}/rename/",
    ),
    *(
        "/sessions/{}/transcript.srt",
        "/rooms/new/",
        "/rooms/",
        "/accounts/login/",
        "/accounts/once/",
        "/{}",
        "/healthz",
    ),
    *("/embed/{}/", "/embed.js", "/r/{}/text/"),
]
fields = st.dictionaries(
    st.sampled_from(["title", "slug", "language", "access", "username", "password", "role", "next", "user"]),
    texts.map(lambda text: text[:300]),
    max_size=5,
)


@effort(80)
@given(data=st.data())
async def test_no_page_fails(data, caplog, speech, rooms_of_all_kinds, room, ada_cookie):
    caplog.set_level(logging.INFO)
    session = await said_something(room)
    name = data.draw(slugs | st.just(str(session)) | st.uuids().map(str), label="name")
    path = data.draw(st.sampled_from(PAGES), label="page").format(name)
    headers = [
        (b"host", b"testserver"),
        (b"cookie", data.draw(st.just(ada_cookie.encode()) | in_headers, label="cookie")),
        *data.draw(
            st.lists(
                st.tuples(
                    st.sampled_from(
                        [
                            b"last-event-id",
                            b"accept",
                            b"accept-language",
                            b"origin",
                            b"sec-fetch-dest",
                            b"x-forwarded-proto",
                            b"if-none-match",
                            b"if-modified-since",
                            b"referer",
                            b"accept-encoding",
                            b"range",
                        ]
                    ),
                    in_headers
                    | st.integers().map(lambda n: str(n).encode())
                    | st.sampled_from([b"iframe", b"https://example.org", b"https://[::1%", b"null"]),
                ),
                max_size=3,
            ),
            label="headers",
        ),
    ]
    asked = query(
        ("after", data.draw(versions, label="after")),
        ("before", data.draw(versions, label="before")),
        ("next", data.draw(versions, label="next")),
        ("sesame", data.draw(versions, label="sesame")),
    )
    methods = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"]
    method = data.draw(st.sampled_from(methods), label="method")
    body = query(*data.draw(fields, label="fields").items()) if method == "POST" else b""
    if body:
        headers += [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
        ]
    line = ApplicationCommunicator(
        get_asgi_application(),
        {"type": "http", "method": method, "path": path, "query_string": asked, "headers": headers},
    )
    await line.send_input({"type": "http.request", "body": body})
    start = await line.receive_output(WAIT_S)
    assert start["status"] < 500, (path, asked)
    is_stream = any(value == b"text/event-stream" for _, value in start["headers"])
    while (await line.receive_output(WAIT_S)).get("more_body") and not is_stream:
        pass
    if is_stream:
        await line.send_input({"type": "http.disconnect"})
    with suppress(asyncio.CancelledError):
        await line.wait(WAIT_S)
    await assert_nobody_is_left()
    await ask(Session.objects.all().delete)()
    assert_quiet(caplog)


@ask
def said_something(room):
    claim = on_air(room)
    finals.store(claim.session_id, claim.lease, final(1, "good evening"))
    sessions.end(claim.session_id, claim.lease)
    return claim.session_id
