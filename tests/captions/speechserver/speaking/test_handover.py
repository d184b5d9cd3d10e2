import asyncio
import threading

import pytest

from captions.speechserver.speaking.handover import Handover


async def test_what_waits_is_taken_together():
    handover = Handover(most_bytes=100)
    assert handover.give(b"one ")
    assert handover.give(b"two")
    assert await handover.take() == b"one two"


async def test_the_end_comes_after_the_last_block():
    handover = Handover(most_bytes=100)
    handover.give(b"last")
    handover.finish()
    assert [await handover.take(), await handover.take()] == [b"last", None]


async def test_an_error_comes_after_the_last_block():
    handover = Handover(most_bytes=100)
    handover.give(b"last")
    handover.finish(ValueError("broken"))
    assert await handover.take() == b"last"
    with pytest.raises(ValueError, match="broken"):
        await handover.take()


async def test_who_gives_waits_for_a_slow_reader():
    handover = Handover(most_bytes=3)
    given = []

    def give():
        for block in (b"1111", b"2222"):
            handover.give(block)
            given.append(block)
        handover.finish()

    thread = threading.Thread(target=give)
    thread.start()
    assert await handover.take() == b"1111"
    assert await handover.take() == b"2222"
    assert await handover.take() is None
    await asyncio.to_thread(thread.join)
    assert given == [b"1111", b"2222"]


async def test_who_gives_and_waits_is_told_that_nobody_takes():
    handover = Handover(most_bytes=0)
    giving = asyncio.ensure_future(asyncio.to_thread(handover.give, b"block"))
    await asyncio.sleep(0)
    handover.stop()
    assert await giving is False
    assert handover.give(b"another") is False
