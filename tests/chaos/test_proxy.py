"""The proxy: each thing it can do to a line is what its name says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from tests.chaos.proxy import proxy


@asynccontextmanager
async def echo():
    """A server that says everything back; its port."""
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def line():
    async with asyncio.timeout(20), echo() as port, proxy(port) as it:
        yield it


@asynccontextmanager
async def client(line):
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def says(pair, text):
    pair[1].write(text)
    return await pair[0].readexactly(len(text))


async def is_silent(pair):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await pair[0].read(1)


async def test_a_good_line_hands_on(line):
    async with client(line) as one:
        assert await says(one, b"hello") == b"hello"
        assert line.open_links == line.accepted == 1


async def test_a_cut_is_a_reset(line):
    async with client(line) as one:
        await says(one, b"hello")
        assert line.cut() == 1
        with pytest.raises(ConnectionResetError):
            await one[0].read(1)


async def test_hanging_up_is_an_end_in_good_order(line):
    async with client(line) as one:
        await says(one, b"hello")
        line.hang_up()
        assert await one[0].read() == b""


async def test_shut_it_refuses_and_keeps_its_port(line):
    line.shut()
    with pytest.raises(ConnectionRefusedError):
        async with client(line):
            pass
    await line.open()
    async with client(line) as one:
        assert await says(one, b"again") == b"again"


async def test_what_is_held_waits_and_goes_on(line):
    async with client(line) as one:
        await says(one, b"hello")
        line.hold("down")
        one[1].write(b"later")
        await is_silent(one)
        line.release()
        assert await one[0].readexactly(5) == b"later"


async def test_a_black_hole_swallows_for_good_and_tells_nobody(line):
    async with client(line) as one:
        await says(one, b"hello")
        line.go_dark()
        one[1].write(b"lost")
        await is_silent(one)
        line.light()
        one[1].write(b"lost too")
        await is_silent(one)
        async with client(line) as other:
            assert await says(other, b"hello") == b"hello"


async def test_a_request_is_answered_with_a_status_so_many_times(line):
    line.answer(429, times=1, Retry_After="3")
    async with client(line) as one:
        one[1].write(b"GET / HTTP/1.1\r\n\r\n")
        answer = await one[0].read()
        assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
        assert b"\r\nRetry-After: 3\r\n" in answer
    async with client(line) as one:
        assert await says(one, b"hello") == b"hello"
    assert (line.accepted, line.refused) == (2, 1)
