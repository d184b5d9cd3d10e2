"""What a broken connection leaves behind, with every variable of every frame: no key is among it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import html
import io
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest

from captions.conf import conf
from captions.errors import UpstreamError
from captions.stt.connection import connect
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret
from tests.keyscan.scanner import Scanner, key_around
from tests.upstream import fake_upstream, http_response

HEART = "Zr7pLmQ9xKd2"
SECRET = Secret(key_around(HEART))
QUOTED = f"no such key: {SECRET.reveal()}, {quote(SECRET.reveal())}, {html.escape(SECRET.reveal())}"


@pytest.fixture
def scanner():
    return Scanner({"key": HEART})


def look_at_error(scanner, error, seen=None):
    """The error, all that led to it whether shown or not, their frames, their attributes."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    scanner.look("traceback", "".join(shown.format()))
    scanner.look("error", f"{error!r} {error} {error.args!r} {vars(error)!r}")
    for linked in (error.__cause__, error.__context__):
        look_at_error(scanner, linked, seen)


async def error_of(upstream):
    """What comes out of a connection to this upstream. No frame from here on holds the plain key."""
    try:
        async with asyncio.timeout(10), connect(upstream, "en-US") as connection:
            await connection.send_audio(bytes(3200))
            async for event in connection:
                if type(event).__name__ == "Fault":
                    raise UpstreamError(event.message + repr(event))
    except UpstreamError as exc:
        return exc
    raise AssertionError("nothing went wrong")


async def closes(visit):
    await visit.begin()
    await visit.socket.close(1008, HEART)


async def closes_before_ready(visit):
    await visit.receive()
    await visit.socket.close(4401, f"bad key {HEART}")


async def faults(visit):
    await visit.begin()
    await visit.socket.send(json.dumps({"type": "error", "code": "AUTH", "error": SECRET.reveal()}))
    await visit.read_on()


async def refuses_before_ready(visit):
    await visit.receive()
    await visit.socket.send(json.dumps({"type": "error", "code": "AUTH", "error": SECRET.reveal()}))
    await visit.read_on()


async def garbles(visit):
    await visit.begin()
    await visit.socket.send(f"<html>{SECRET.reveal()}")
    await visit.read_on()


async def breaks(visit):
    await visit.begin()
    await visit.drop()


async def says_nothing(visit):
    await visit.read_on()


PLAYS = [closes, closes_before_ready, faults, refuses_before_ready, garbles, breaks, says_nothing]
both_ways = pytest.mark.parametrize("auth", ["header", "query"])


@both_ways
@pytest.mark.parametrize("play", PLAYS)
async def test_no_error_of_a_connection_holds_the_key(scanner, auth, play):
    async with fake_upstream(play) as fake:
        look_at_error(scanner, await error_of(fake.upstream(api_key=SECRET, auth=auth, open_timeout_s=0.3)))
    assert scanner.places["traceback"]
    assert not scanner.found


@both_ways
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
async def test_no_refused_handshake_holds_the_key(scanner, auth, status):
    async with fake_upstream(says_nothing) as fake:
        fake.refuse = lambda number, request: http_response(
            status,
            json.dumps({"error": {"code": SECRET.reveal(), "message": QUOTED, "request_id": QUOTED}}),
            Location=f"ws://localhost/{HEART}",
            X_Echo=HEART,
        )
        error = await error_of(fake.upstream(api_key=SECRET, auth=auth))
    look_at_error(scanner, error)
    assert not scanner.found


@both_ways
@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:1", "ws://[::1", "ws://nowhere.invalid", "ws://127.0.0.1:99999"]
)
async def test_no_address_that_leads_nowhere_holds_the_key(scanner, auth, url):
    look_at_error(scanner, await error_of(Upstream(url, SECRET, auth, open_timeout_s=2)))
    assert not scanner.found


@both_ways
@pytest.mark.parametrize("answer", [f"{HEART}\r\n\r\n", f"HTTP/1.1 {HEART}\r\n\r\n", ""])
async def test_no_server_of_another_kind_gets_the_key_into_an_error(scanner, auth, answer):
    over = asyncio.Event()

    async def serve(reader, writer):
        await reader.readline()
        writer.write(answer.encode())
        await reader.read()  # until the other side gives up
        writer.close()
        over.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await error_of(Upstream(f"ws://127.0.0.1:{port}", SECRET, auth, open_timeout_s=0.2))
        await over.wait()
    look_at_error(scanner, error)
    assert not scanner.found


async def test_no_error_that_was_cut_off_holds_a_part_of_the_key():
    async def faults_at_length(visit):
        await visit.begin()
        # 300 characters are kept, so that all but the end of the key is.
        await visit.say(type="error", code="AUTH", error="x" * (301 - len(SECRET.reveal())) + SECRET.reveal())
        await visit.read_on()

    async with fake_upstream(faults_at_length) as fake:
        error = await error_of(fake.upstream(api_key=SECRET))
    assert "xxx…" in str(error)
    assert HEART[:4] not in f"{error!r}"


@both_ways
async def test_no_log_holds_the_key_however_loud(scanner, auth, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "asyncio", "captions"):
        caplog.set_level(logging.DEBUG, name)
    async with fake_upstream(closes) as fake:
        await error_of(fake.upstream(api_key=SECRET, auth=auth))
    # Our fake is a server of the same library, and does log what it is sent.
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    scanner.look("log", "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in ours))
    assert not scanner.found


def test_nothing_writes_a_setting_s_key_down(scanner, settings):
    settings.VOXNEXUS_API_KEY, settings.STT_IS_LOCAL = SECRET, False
    for what in (conf.stt, settings.VOXNEXUS_API_KEY, [conf.stt], {"key": settings.VOXNEXUS_API_KEY}):
        scanner.look("written", f"{what} {what!r} {copy.copy(what)!r} {copy.deepcopy(what)!r} {what!s:>90}")
        with pytest.raises(TypeError):
            scanner.look("json", json.dumps(what))
        with pytest.raises(TypeError):
            pickle.dumps(what)
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            print(what, dir(what))
        scanner.look("printed", text.getvalue())
    assert scanner.places["written"]
    assert not scanner.found


def test_the_test_sees_a_key_in_a_frame_and_in_an_error_that_is_not_shown(scanner):
    def careless():
        plain = SECRET.reveal()
        raise ValueError(len(plain))

    def hiding():
        try:
            careless()
        except ValueError:
            raise RuntimeError from None

    try:
        hiding()
    except RuntimeError as exc:
        look_at_error(scanner, exc)
    assert any("plain" in found for found in scanner.found)
