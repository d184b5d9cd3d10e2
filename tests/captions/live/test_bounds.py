"""What a real Daphne refuses before our code sees it, over real sockets."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from captions.live.bounds import MOST_FRAMES
from tests.captions.browsers import host_of, viewer_of
from tests.captions.daphne import daphne

pytestmark = [pytest.mark.django_db(transaction=True)]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
WAIT_S = 10.0
KIB = 1024


@asynccontextmanager
async def raw(site):
    """A connection without a library that would keep us from being rude."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def answer_of(site, request, *, body=b"", piece=8 * KIB):
    """All that comes back for a request, however much of its body the server takes."""
    async with raw(site) as (reader, writer), asyncio.timeout(WAIT_S):
        writer.write(request)
        with suppress(ConnectionError):
            for start in range(0, len(body), piece):
                writer.write(body[start : start + piece])
                await writer.drain()
        return (await reader.read()).decode()


async def status_of(site, request):
    """The first line of what comes back; Twisted may cut the line behind it."""
    async with raw(site) as (reader, writer), asyncio.timeout(WAIT_S):
        writer.write(request)
        return (await reader.readline()).decode()


def post(path, *headers):
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    return "\r\n".join(lines).encode()


def in_chunks(body):
    pieces = [body[start : start + 4096] for start in range(0, len(body), 4096)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/", "/nowhere", "/static/css/base.css"])
async def test_a_body_that_is_announced_too_long_is_refused_before_it_is_sent(process, path):
    async with daphne() as site:
        answer = await answer_of(site, post(path, "Content-Length: 10000000000"))
    assert answer.startswith("HTTP/1.1 413 ")
    assert "128 KiB at most. Send less." in answer
    assert "nosniff" in answer
    assert "default-src 'none'" in answer


async def test_a_body_in_pieces_is_refused_when_it_has_grown_too_long(process):
    body = in_chunks(b"x" * 300 * KIB)
    async with daphne() as site:
        answer = await answer_of(site, post("/accounts/login/", "Transfer-Encoding: chunked"), body=body)
    assert answer.startswith("HTTP/1.1 413 ")
    assert answer.count("HTTP/1.1") == 1


async def test_who_asks_before_sending_is_not_told_to_go_on(process):
    async with daphne() as site:
        request = post("/accounts/login/", "Expect: 100-continue", "Content-Length: 1000000")
        answer = await answer_of(site, request)
    assert answer.startswith("HTTP/1.1 413 ")
    assert "100 Continue" not in answer


async def test_a_body_of_a_few_kilobytes_is_taken(process):
    body = b"a=" + b"x" * 100 * KIB
    async with daphne() as site:
        length = f"Content-Length: {len(body)}"
        form = "Content-Type: application/x-www-form-urlencoded"
        answer = await answer_of(site, post("/accounts/login/", length, form, "Connection: close"), body=body)
    assert answer.startswith("HTTP/1.1 403 "), "without a token: so the form was read"


async def test_headers_and_addresses_are_bounded(process):
    async with daphne() as site:
        assert "400" in await status_of(
            site, post("/", "X-Long: " + "x" * 15 * KIB, "X-More: " + "x" * 2 * KIB)
        )
        assert "400" in await status_of(site, post("/" + "x" * 15 * KIB, "X-More: " + "x" * 2 * KIB))


@pytest.mark.parametrize("path", [VIEWER, HOST])
async def test_a_long_message_closes_the_socket_with_1009(process, room, path):
    async with daphne() as site, site.socket(path) as line:
        await line.line.send(b"\0" * (64 * KIB + 1))
        assert await line.closed() == 1009


async def test_a_long_message_in_short_frames_closes_the_socket_with_1009(process, room):
    async with daphne() as site, site.socket(VIEWER) as line:
        with suppress(ConnectionClosed):
            await line.line.send("x" * KIB for _ in range(100))
        assert await line.closed() == 1009


async def test_a_message_of_very_many_frames_closes_the_socket_with_1009(process, room):
    async with daphne() as site, site.socket(VIEWER) as line:
        with suppress(ConnectionClosed):
            await line.line.send("" for _ in range(2 * MOST_FRAMES))
        assert await line.closed() == 1009


async def test_a_message_of_the_longest_kind_is_heard(process, room):
    async with daphne() as site, site.socket(VIEWER) as line:
        await line.hear("hello")
        await line.line.send("x" * 64 * KIB)
        assert (await line.hear("error"))["code"] == "message.bad"


async def test_pings_in_a_flood_are_not_all_answered_and_the_socket_lives_on(process, room):
    async with daphne(PING_BURST=10) as site, site.socket(VIEWER) as line:
        await line.hear("hello")
        answered = [await line.line.ping() for _ in range(50)]
        await line.say("since", version=0)
        await line.hear("changes")
        assert sum(pong.done() for pong in answered) <= 15


async def test_a_request_that_is_half_sent_keeps_nobody_from_hearing_of_the_end(process, room):
    async with daphne() as site, site.socket(VIEWER) as viewer, raw(site) as (_, writer):
        await viewer.hear("hello")
        writer.write(post("/accounts/login/", "Content-Length: 100") + b"a")
        await writer.drain()
        async with site.socket(VIEWER) as later:
            await later.hear("hello")
        site.process.send_signal(signal.SIGTERM)
        assert await viewer.closed() == 4503
        assert await site.end(None) == 0
    assert "KeyError" not in site.written
