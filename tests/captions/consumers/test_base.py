from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from captions.consumers.nowhere import NowhereConsumer


class Gone(Exception):
    """What a server raises from a send to somebody who has left."""


async def test_somebody_who_leaves_while_being_told_something_is_no_error_of_ours():
    said: asyncio.Queue[dict] = asyncio.Queue()
    tried = asyncio.Event()

    async def send(message):
        if message["type"] == "websocket.send":
            tried.set()
            raise Gone

    said.put_nowait({"type": "websocket.connect"})
    with capture_logs() as lines:
        consumer = NowhereConsumer()
        serving = asyncio.create_task(consumer({"type": "websocket"}, said.get, send))
        async with asyncio.timeout(10):
            await tried.wait()
            said.put_nowait({"type": "websocket.disconnect", "code": 1006})
            await serving
    assert [(line["event"], line["error"]) for line in lines] == [("socket_gone", "Gone")]
    assert consumer.outbox.closed
