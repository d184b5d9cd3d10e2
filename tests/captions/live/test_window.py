from __future__ import annotations

import asyncio

import pytest

from captions.errors import BadMessage
from captions.live.window import Window


async def goes_through(window, size_bytes):
    """Whether so much goes through now."""
    passing = asyncio.ensure_future(window.pass_through(size_bytes))
    await asyncio.sleep(0)
    if passing.done():
        return True
    passing.cancel()
    return False


async def test_so_much_goes_ahead_and_no_more():
    window = Window(100)
    assert await goes_through(window, 60)
    assert await goes_through(window, 40)
    assert not await goes_through(window, 1)
    assert window.sent_bytes == 100


async def test_what_was_got_makes_room():
    window = Window(100)
    await window.pass_through(100)
    waiting = asyncio.create_task(window.pass_through(50))
    await asyncio.sleep(0)
    window.got(40)
    await asyncio.sleep(0)
    assert not waiting.done()
    window.got(50)
    await waiting
    assert window.sent_bytes == 150


async def test_what_is_longer_than_the_window_goes_alone():
    window = Window(100)
    assert await goes_through(window, 500)
    assert not await goes_through(window, 1)
    window.got(500)
    assert await goes_through(window, 500)


async def test_got_never_goes_back_and_never_beyond_what_was_sent():
    window = Window(100)
    await window.pass_through(80)
    window.got(70)
    window.got(20)
    assert window.got_bytes == 70
    with pytest.raises(BadMessage, match="more than the 80"):
        window.got(81)
