"""One connection, over a real socket, to a service that does as it is told."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from captions.errors import BadChunk, FaultKind, UpstreamGarbled, UpstreamLost, UpstreamRefused
from captions.stt.connection import connect
from captions.stt.events import Final, Flushed, Interim, Unknown
from captions.stt.upstream import Upstream
from captions.upstream.faults import Fault
from captions.upstream.secret import Secret
from tests.speech import speech_pcm, speech_server
from tests.upstream import KEY, fake_upstream, http_response, position_audio

LIMIT_S = 5


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(LIMIT_S * 3):
        yield


async def attempt(fake, **changes):
    """Connect and close again."""
    async with connect(fake.upstream(**changes), "en-US"):
        pass


async def refusal_of(play=None, *, response=None, **changes) -> UpstreamRefused:
    """What a service's no becomes."""

    async def unused(visit):
        raise AssertionError("was to be refused")

    async with fake_upstream(play or unused) as fake:
        if response is not None:
            fake.refuse = lambda number, request: response
        with pytest.raises(UpstreamRefused) as caught:
            await attempt(fake, **changes)
    return caught.value


# --- opening ---


async def test_it_introduces_itself_and_waits_for_ready():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(play) as fake, connect(fake.upstream(), "de-DE") as connection:
        assert connection.ready.request_id == "req_1"
        assert fake.visits[0].messages[0]["language"] == "de-DE"
        assert fake.visits[0].messages[0]["model_id"] == "vn-stt-basic"


async def test_the_key_goes_into_the_header():
    async def play(visit):
        await visit.begin()

    async with fake_upstream(play) as fake:
        await attempt(fake)
        assert fake.visits[0].path == "/v1/stt/realtime"
        assert fake.visits[0].headers["X-Api-Key"] == KEY


async def test_the_key_goes_into_the_query_where_asked_for():
    async def play(visit):
        await visit.begin()

    async with fake_upstream(play) as fake:
        await attempt(fake, auth="query", api_key=Secret("a b&c"))
        assert fake.visits[0].path == "/v1/stt/realtime?token=a+b%26c"
        assert "X-Api-Key" not in fake.visits[0].headers


async def test_no_compression_is_asked_for():
    async def play(visit):
        await visit.begin()

    async with fake_upstream(play) as fake:
        await attempt(fake)
        assert "Sec-WebSocket-Extensions" not in fake.visits[0].headers


async def test_a_system_proxy_is_not_used(monkeypatch):
    async def play(visit):
        await visit.begin()

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ws_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    async with fake_upstream(play) as fake:
        await attempt(fake)


# --- refusals before ready ---


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FaultKind.AUTH),
        (403, FaultKind.AUTH),
        (400, FaultKind.CONFIG),
        (404, FaultKind.CONFIG),
        (429, FaultKind.QUOTA),
        (500, FaultKind.TRANSIENT),
        (502, FaultKind.TRANSIENT),
        (503, FaultKind.TRANSIENT),
    ],
)
async def test_an_http_status_says_why_it_was_refused(status, kind):
    error = await refusal_of(response=http_response(status))
    assert error.kind is kind
    assert error.retryable is (kind in {FaultKind.QUOTA, FaultKind.TRANSIENT})


async def test_a_refusals_body_is_what_people_read():
    error = await refusal_of(
        response=http_response(401, '{"error":"This key was revoked","code":"UNAUTHORIZED"}')
    )
    assert "VOXNEXUS_API_KEY" in str(error)
    assert str(error).endswith("It says: This key was revoked")
    assert error.upstream_code == "UNAUTHORIZED"


async def test_retry_after_in_seconds_is_kept():
    error = await refusal_of(response=http_response(429, Retry_After="17"))
    assert error.retry_after_s == 17


async def test_retry_after_as_a_date_becomes_seconds():
    moment = datetime.now(UTC) + timedelta(seconds=30)
    error = await refusal_of(response=http_response(429, Retry_After=format_datetime(moment, usegmt=True)))
    assert error.retry_after_s == pytest.approx(30, abs=2)


@pytest.mark.parametrize("value", ["soon", "-5", "1.5e3", ""])
async def test_a_retry_after_that_is_none_is_none(value):
    error = await refusal_of(response=http_response(429, Retry_After=value))
    assert error.retry_after_s is None


async def test_a_redirect_is_not_followed_with_the_key():
    async def play(visit):
        await visit.begin()

    async with fake_upstream(play) as thief:
        error = await refusal_of(response=http_response(302, Location=f"ws://localhost:{thief.port}/"))
        assert error.kind is FaultKind.CONFIG
        assert thief.handshakes == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNAUTHORIZED", FaultKind.AUTH),
        ("MODEL_NOT_FOUND", FaultKind.CONFIG),
        ("QUOTA_EXCEEDED", FaultKind.QUOTA),
        ("INTERNAL_ERROR", FaultKind.TRANSIENT),
    ],
)
async def test_an_error_before_ready_is_a_refusal_of_its_class(code, kind):
    async def play(visit):
        await visit.receive()
        await visit.say(type="error", error="No.", code=code)
        await visit.socket.close(1008)

    error = await refusal_of(play)
    assert (error.kind, error.upstream_code) == (kind, code)
    assert str(error).endswith(" It says: No.")


async def test_a_language_it_lacks_is_said_with_what_to_do():
    async def play(visit):
        await visit.receive()
        await visit.say(type="error", error="English only.", code="UNSUPPORTED_LANGUAGE")
        await visit.socket.close(1008)

    error = await refusal_of(play)
    assert not error.retryable
    assert "Choose another one" in str(error)


@pytest.mark.parametrize(
    ("close_code", "kind"),
    [
        (1008, FaultKind.AUTH),
        (4401, FaultKind.AUTH),
        (4000, FaultKind.AUTH),
        (4429, FaultKind.QUOTA),
        (1013, FaultKind.QUOTA),
    ],
)
async def test_a_close_before_ready_is_a_refusal(close_code, kind):
    async def play(visit):
        await visit.receive()
        await visit.socket.close(close_code)

    assert (await refusal_of(play)).kind is kind


@pytest.mark.parametrize("close_code", [1000, 1001, 1011, 1012])
async def test_another_close_before_ready_may_pass(close_code):
    async def play(visit):
        await visit.receive()
        await visit.socket.close(close_code)

    async with fake_upstream(play) as fake:
        with pytest.raises(UpstreamLost):
            await attempt(fake)


async def test_never_getting_ready_is_a_loss():
    async def play(visit):
        await visit.read_on()

    async with fake_upstream(play) as fake:
        with pytest.raises(UpstreamLost, match="ready"):
            await attempt(fake, open_timeout_s=0.1)


async def test_a_server_that_never_answers_the_handshake_is_a_loss():
    async def stall(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UpstreamLost):
            async with connect(Upstream(f"ws://127.0.0.1:{port}", open_timeout_s=0.1), "en"):
                pass


async def test_a_server_that_speaks_no_http_is_a_loss():
    async def babble(reader, writer):
        writer.write(b"220 mail.example ready\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UpstreamLost):
            async with connect(Upstream(f"ws://127.0.0.1:{port}"), "en"):
                pass


async def test_nobody_there_is_a_loss():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UpstreamLost):
        async with connect(Upstream(f"ws://127.0.0.1:{port}"), "en"):
            pass


@pytest.mark.parametrize("url", ["http://x", "", "ws://", "ws://[::1", "nonsense", "ws://127.0.0.1:99999999"])
@pytest.mark.parametrize("auth", ["header", "query"])
async def test_an_address_that_is_none_is_refused_without_showing_the_key(url, auth):
    with pytest.raises(UpstreamRefused) as caught:
        async with connect(Upstream(url, Secret(KEY), auth=auth), "en"):
            pass
    assert caught.value.kind is FaultKind.CONFIG
    assert caught.value.__cause__ is None
    assert KEY not in str(caught.value)


async def test_garbage_before_ready_is_garbled():
    async def play(visit):
        await visit.receive()
        await visit.socket.send("<html>")

    async with fake_upstream(play) as fake:
        with pytest.raises(UpstreamGarbled):
            await attempt(fake)


async def test_other_messages_before_ready_are_passed_over():
    async def play(visit):
        await visit.receive()
        await visit.say(type="welcome")
        await visit.socket.send(b"\x01\x02")
        await visit.ready()

    async with fake_upstream(play) as fake:
        await attempt(fake)


# --- talking ---


async def test_events_come_in_order_and_audio_arrives_as_it_was():
    async def play(visit):
        await visit.begin()
        await visit.hear(100)
        await visit.interim("hel", 0, 50)
        await visit.final("Hello.", 0, 90)
        await visit.hear_flush()
        await visit.finish()
        await visit.read_on()

    pcm = position_audio(0, 100)
    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        await connection.send_audio(pcm)
        await connection.flush()
        events = [await anext(connection) for _ in range(3)]
        assert fake.visits[0].audio == pcm
    assert events == [Interim("hel", 0, 50), Final("Hello.", 0, 90), Flushed("req_1")]


async def test_pings_are_messages_of_the_protocol():
    async def play(visit):
        await visit.begin()
        await visit.receive()
        await visit.say(type="pong")

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        await connection.ping()
        await anext(connection)
        assert fake.visits[0].messages[-1] == {"type": "ping"}


async def test_binary_messages_are_unknown_events():
    async def play(visit):
        await visit.begin()
        await visit.socket.send(b"\x00\x01")

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        assert await anext(connection) == Unknown("binary")


async def test_half_a_sample_is_refused_before_it_is_sent():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        with pytest.raises(BadChunk):
            await connection.send_audio(b"x")


async def test_what_came_before_a_break_is_still_given():
    async def play(visit):
        await visit.begin()
        await visit.final("One.", 0, 10)
        await visit.final("Two.", 10, 10)
        await visit.drop()

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        assert (await anext(connection)).text == "One."
        assert (await anext(connection)).text == "Two."
        with pytest.raises(UpstreamLost):
            await anext(connection)


@pytest.mark.parametrize("close_code", [1000, 1001, 1008, 1011, 4401])
async def test_a_close_after_ready_is_a_loss(close_code):
    async def play(visit):
        await visit.begin()
        await visit.socket.close(close_code)

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        with pytest.raises(UpstreamLost, match=str(close_code)):
            await anext(connection)


async def test_sending_after_a_break_is_a_loss():
    async def play(visit):
        await visit.begin()
        await visit.drop()

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        with pytest.raises(UpstreamLost):
            await anext(connection)
        with pytest.raises(UpstreamLost):
            await connection.send_audio(b"")
        with pytest.raises(UpstreamLost):
            await connection.flush()


async def test_a_line_that_takes_nothing_more_is_a_loss():
    async def play(visit):
        await visit.begin()
        visit.socket.transport.pause_reading()
        await visit.socket.wait_closed()

    async def talk_on(connection):
        while True:
            await connection.send_audio(bytes(320_000))

    async with (
        fake_upstream(play) as fake,
        connect(fake.upstream(ping_timeout_s=0.2, ping_interval_s=60.0), "en") as connection,
    ):
        with pytest.raises(UpstreamLost, match="takes audio"):
            await talk_on(connection)
        connection.abort()


async def test_a_message_beyond_the_limit_is_a_loss():
    async def play(visit):
        await visit.begin()
        await visit.final("x" * 20_000)

    async with (
        fake_upstream(play) as fake,
        connect(fake.upstream(max_message_bytes=10_000), "en") as connection,
    ):
        with pytest.raises(UpstreamLost):
            await anext(connection)


async def test_closing_says_goodbye_and_ends_the_iteration():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(play) as fake:
        async with connect(fake.upstream(), "en") as connection:
            await connection.close()
            assert [event async for event in connection] == []
        await fake.visits[0].socket.wait_closed()
        assert fake.visits[0].socket.close_code == 1000


async def test_a_crash_inside_still_closes():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(play) as fake:
        with pytest.raises(ZeroDivisionError):
            async with connect(fake.upstream(), "en"):
                raise ZeroDivisionError
        await fake.visits[0].socket.wait_closed()
        assert fake.visits[0].socket.close_code == 1000


async def test_cancelling_while_it_opens_leaves_no_socket_behind():
    async def play(visit):
        await visit.read_on()

    async with fake_upstream(play) as fake:
        task = asyncio.create_task(attempt(fake, open_timeout_s=60.0))
        await fake.until(lambda: bool(fake.visits and fake.visits[0].messages))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await fake.visits[0].socket.wait_closed()


# --- secrets ---


async def test_the_key_is_in_no_log_however_loud(caplog):
    async def play(visit):
        await visit.begin()

    caplog.set_level(logging.DEBUG)
    for auth in ("header", "query"):
        async with fake_upstream(play) as fake:
            logging.getLogger("websockets.server").setLevel(logging.WARNING)
            await attempt(fake, auth=auth)
    assert KEY not in caplog.text


@pytest.mark.parametrize("auth", ["header", "query"])
async def test_the_key_is_in_no_error_even_if_the_service_quotes_it(auth):
    error = await refusal_of(
        response=http_response(401, f'{{"error":"{KEY} is no key","code":"X_{KEY}"}}'), auth=auth
    )
    assert KEY not in f"{error} {error!r} {error.upstream_code} {error.__cause__}"


async def test_a_key_is_hidden_however_an_address_or_a_body_has_to_quote_it():
    key = 'sk/a+b=c "d'
    said = []

    def refuse(number, request):
        said.append(json.dumps({"error": f"{request.path} is no way in for {key}", "code": "NO"}))
        return http_response(401, said[-1])

    async with fake_upstream(None) as fake:
        fake.refuse = refuse
        with pytest.raises(UpstreamRefused) as caught:
            await attempt(fake, api_key=Secret(key), auth="query")
    assert "sk%2Fa" in said[0]
    shown = f"{caught.value} {caught.value!r}"
    assert "is no way in for" in shown
    for form in (key, "sk%2Fa", "sk/a", "c+%22d"):
        assert form not in shown


async def test_a_fault_that_quotes_the_key_is_redacted():
    async def play(visit):
        await visit.begin()
        await visit.say(type="error", error=f"token={KEY} expired", code="EXPIRED")

    async with fake_upstream(play) as fake, connect(fake.upstream(), "en") as connection:
        event = await anext(connection)
    assert isinstance(event, Fault)
    assert event.message == "token=… expired"


# --- the local speech server ---


async def test_it_talks_to_the_local_speech_server():
    async with speech_server() as server:
        upstream = Upstream(server.url, Secret("emu-key"))
        async with connect(upstream, "en-US") as connection:
            await connection.send_audio(speech_pcm(1000))
            await connection.flush()
            events = []
            async for event in connection:
                events.append(event)
                if isinstance(event, Flushed):
                    break
    finals = [event for event in events if isinstance(event, Final)]
    assert len(finals) == 1
    assert finals[0].words


@pytest.mark.parametrize("form", ["http401", "http403", "error_then_1008", "close_4401"])
async def test_every_form_of_a_bad_key_is_the_same_refusal(form):
    async with speech_server(bad_key=form) as server:
        with pytest.raises(UpstreamRefused) as caught:
            async with connect(Upstream(server.url, Secret("wrong")), "en-US"):
                pass
    assert caught.value.kind is FaultKind.AUTH
    assert not caught.value.retryable
