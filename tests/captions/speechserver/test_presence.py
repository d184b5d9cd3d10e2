import asyncio

import pytest
from aiohttp import web

from captions.speechserver.presence import while_present


class Transport:
    """As much of a transport as is looked at."""

    def __init__(self):
        self.gone = False

    def is_closing(self):
        return self.gone


class Request:
    """As much of a request as is looked at."""

    def __init__(self):
        self.transport = Transport()


async def test_work_is_done_while_the_client_is_there():
    async def work():
        return web.Response(text="done")

    assert (await while_present(Request(), work())).text == "done"


async def test_work_for_a_client_that_leaves_is_cancelled():
    request = Request()
    ended = []

    async def work():
        request.transport.gone = True
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(ConnectionResetError):
        await while_present(request, work())
    assert ended == [True]


async def test_what_goes_wrong_in_the_work_is_raised():
    async def work():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await while_present(Request(), work())


async def test_cancelling_cancels_the_work():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    task = asyncio.create_task(while_present(Request(), work()))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(task, 0.1)
    assert ended == [True]
