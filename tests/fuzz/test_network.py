"""A real server process, spoken to in bytes, by programs without our code and without manners."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from captions.models import Room
from tests.captions.browsers import WAIT_S, host_of, viewer_of
from tests.captions.daphne import daphne
from tests.fuzz.effort import effort
from tests.fuzz.made import in_utf8, odd_bytes, said
from tests.fuzz.test_sockets import CODES, TYPES, assert_intact, chunk
from tests.fuzz.test_texts import SINCE, START, STOP
from tests.speech import position_pcm

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
    pytest.mark.timeout(0),
]

SPEECH = position_pcm(0, 2)
OUR_CLOSES = {1000, 1009, *range(4000, 5000)}
NOT_A_FRAME_CLOSES = {1002, 1006, 1007}
"""The WebSocket library's own, before we see anything: no frame, above 1 MiB, text that is not UTF-8."""
TROUBLE = (
    "Traceback",
    "never awaited",
    "was destroyed",
    "ResourceWarning",
    "Unhandled",
    "exception was never",
)


@pytest.fixture
async def site(speech, room):
    """Ends with a look at all it wrote."""
    async with daphne(VOXNEXUS_WS_URL=speech.url) as running:
        yield running
        assert running.process.returncode is None, "it has died"
        await running.end()
    for trouble in TROUBLE:
        assert trouble not in running.written, running.written[-4000:]


words = st.one_of(
    said(START, STOP, SINCE).map(lambda text: ("text", in_utf8(text))),
    st.sampled_from([("text", json.dumps({"type": "start"}).encode()), ("text", json.dumps(STOP).encode())]),
    st.builds(
        chunk, st.sampled_from([0, 1600, 2**32 - 1]), st.sampled_from([SPEECH[:3200], SPEECH, b"\0"])
    ).map(lambda message: ("bytes", message["bytes"])),
    odd_bytes.map(lambda data: ("bytes", data)),
    odd_bytes.map(lambda data: ("broken", data)),
    st.sampled_from([("long text", 17_000), ("long bytes", 1_100_000)]),
)


def is_utf8(data):
    return not isinstance(data, bytes) or data.decode(errors="ignore").encode() == data


@effort(25)
@given(
    path=st.sampled_from([host_of("town-hall"), viewer_of("town-hall")]), script=st.lists(words, max_size=8)
)
async def test_a_socket_is_answered_or_closed_with_a_reason(path, script, site, ada_cookie):
    role = "host" if path.endswith("/host/") else "viewer"
    is_broken = False
    is_unseen = any(kind == "long bytes" or not is_utf8(data) for kind, data in script if kind != "bytes")
    async with site.socket(path, cookie=ada_cookie) as it:
        with suppress(ConnectionClosed):
            for kind, data in script:
                if kind == "broken":
                    is_broken = True
                    it.line.transport.write(data)
                elif kind.startswith("long"):
                    await it.line.send(b" " * data, text=kind == "long text")
                else:
                    await it.line.send(data, text=kind == "text")
            if not is_broken:
                await it.say("since", version=0)
                await it.hear("changes")
        if is_broken:
            it.line.transport.abort()
        elif it.line.close_code is not None:
            closes = OUR_CLOSES | NOT_A_FRAME_CLOSES if is_unseen else OUR_CLOSES
            assert it.line.close_code in closes
    for message in it.heard:
        assert message["code"] in CODES if message["type"] == "error" else message["type"] in TYPES[role]
    await assert_intact()


in_a_line = st.binary(max_size=80).map(lambda data: data.replace(b"\n", b"").replace(b"\r", b""))
requests = st.builds(
    lambda method, path, version, headers: (
        b" ".join([method, path, version])
        + b"\r\n"
        + b"".join(b"%s: %s\r\n" % header for header in headers)
        + b"Connection: close\r\n\r\n"
    ),
    st.sampled_from([b"GET", b"HEAD", b"POST", b"OPTIONS", b"TRACE", b"BREW"]) | in_a_line,
    st.sampled_from(
        [b"/", b"/r/town-hall/segments?after=%ff", b"/r/%00/", b"/r/%ff%fe/", b"*", b"//", b"/ws/rooms/a/"]
    )
    | in_a_line.map(lambda data: b"/r/" + data)
    | in_a_line.map(lambda data: b"/ws/rooms/" + data),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b""]),
    st.lists(
        st.sampled_from(
            [
                (b"Host", b"localhost"),
                (b"Host", b"nobody.example"),
                (b"Content-Length", b"-1"),
                (b"Content-Length", b"99999999999999999999"),
                (b"Transfer-Encoding", b"chunked"),
                (b"Upgrade", b"websocket"),
                (b"Sec-WebSocket-Key", b"x"),
                (b"Sec-WebSocket-Version", b"99"),
                (b"Last-Event-ID", b"9" * 30),
                (b"Cookie", b"sessionid=\xff\x00"),
            ]
        )
        | st.tuples(st.sampled_from([b"Host", b"Origin", b"Cookie", b"Accept", b"X"]), in_a_line),
        max_size=5,
    ),
)


@effort(60)
@given(request=requests | odd_bytes)
async def test_a_request_of_any_bytes_is_no_fault_of_ours(request, site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        writer.write(request)
        writer.write_eof()
        async with asyncio.timeout(WAIT_S):
            status = (await reader.readline()).split(b" ")
        if len(status) > 1:
            assert status[1].isdigit(), status
            assert int(status[1]) < 500, (status, await reader.read(2000))
    except ConnectionError:
        pass  # Hung up on: that is an answer too.
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    assert await Room.objects.acount() == 1
