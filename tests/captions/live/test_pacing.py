from __future__ import annotations

import asyncio
from functools import partial

from captions.live.pacing import paced

SOCKET = {"type": "websocket"}


class Transport:
    """As much of a Twisted transport as says how full it is."""

    def __init__(self) -> None:
        self.producer = None

    def registerProducer(self, producer, streaming):  # noqa: N802
        assert streaming
        self.producer = producer

    def unregisterProducer(self):  # noqa: N802
        self.producer = None


class Protocol:
    """As Daphne's, which is what a ``send`` of Daphne's is bound to."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.sent = []
        self.channel = self.transport
        self.registerProducer = self.transport.registerProducer
        self.unregisterProducer = self.transport.unregisterProducer

    def handle_reply(self, message):
        self.sent.append(message)


async def reply(protocol, message):
    protocol.handle_reply(message)


def text(n):
    return {"type": "websocket.send", "text": str(n)}


async def test_another_server_s_send_is_left_alone():
    async def send(message):
        """Waits by itself."""

    assert paced(SOCKET, send) is send
    assert paced({"type": "http"}, send) is send


async def test_a_full_line_is_waited_for():
    protocol = Protocol()
    send = paced(SOCKET, partial(reply, protocol))
    await send(text(1))
    protocol.transport.producer.pauseProducing()
    waiting = asyncio.create_task(send(text(2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    protocol.transport.producer.resumeProducing()
    async with asyncio.timeout(5):
        await waiting
        await send(text(3))
    assert [message["text"] for message in protocol.sent] == ["1", "2", "3"]


async def test_a_close_is_never_held_up():
    protocol = Protocol()
    send = paced(SOCKET, partial(reply, protocol))
    await send(text(1))
    protocol.transport.producer.pauseProducing()
    async with asyncio.timeout(5):
        await send({"type": "websocket.close", "code": 4508})
    assert protocol.sent[-1]["code"] == 4508


async def test_a_line_that_is_gone_holds_up_nobody():
    protocol = Protocol()
    send = paced(SOCKET, partial(reply, protocol))
    await send(text(1))
    protocol.transport.producer.pauseProducing()
    waiting = asyncio.create_task(send(text(2)))
    await asyncio.sleep(0)
    protocol.transport.producer.stopProducing()
    async with asyncio.timeout(5):
        await waiting


async def test_a_stream_whose_reader_is_gone_ends_as_any_other():
    protocol = Protocol()
    send = paced({"type": "http"}, partial(reply, protocol))
    await send({"type": "http.response.start", "headers": [(b"Content-Type", b"text/event-stream")]})
    protocol.channel = protocol.unregisterProducer = None  # as Twisted leaves them
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    late = paced({"type": "http"}, partial(reply, protocol))
    await late({"type": "http.response.start", "headers": [(b"Content-Type", b"text/event-stream")]})


async def test_of_answers_over_http_only_event_streams_and_sound_are_paced():
    for content_type, is_paced in (
        (b"text/html", False),
        (b"text/event-stream", True),
        (b"audio/wav", True),
        (b"audio/pcm; rate=24000; channels=1", True),
    ):
        protocol = Protocol()
        send = paced({"type": "http"}, partial(reply, protocol))
        await send({"type": "http.response.start", "headers": [(b"Content-Type", content_type)]})
        assert (protocol.transport.producer is not None) is is_paced
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        assert protocol.transport.producer is None, "Twisted wants it back before the end"
