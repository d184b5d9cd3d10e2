"""Captions on their way to the store."""

from __future__ import annotations

import asyncio

import pytest

from captions.relay.captions import FinalCaption, GapCaption
from captions.relay.outgoing import Outgoing
from captions.stt.events import Word


def caption(number: int) -> GapCaption:
    return GapCaption(number, number, 1)


class Store:
    """Stores when let."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.asked: list[int] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()

    async def store(self, caption) -> None:
        self.asked.append(caption.utterance)
        self.begun.set()
        await self.gate.wait()
        self.stored.append(caption.utterance)


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(5):
        yield


async def test_captions_are_stored_in_order_and_then_safe():
    outgoing, store = Outgoing(bound=10, safe=0), Store()
    store.gate.set()
    outgoing.put(caption(1), 100)
    outgoing.put(caption(2), 200)
    await outgoing.drain(store.store)
    assert store.stored == [1, 2]
    assert outgoing.safe == 200


async def test_nothing_is_safe_before_it_is_stored():
    outgoing, store = Outgoing(bound=10, safe=0), Store()
    outgoing.put(caption(1), 100)
    outgoing.settle(150)
    task = asyncio.create_task(outgoing.drain(store.store))
    await store.begun.wait()
    assert outgoing.safe == 0
    outgoing.settle(170)
    store.gate.set()
    await task
    assert outgoing.safe == 170


async def test_what_needs_no_storing_is_safe_at_once():
    outgoing = Outgoing(bound=10, safe=0)
    outgoing.settle(500)
    assert outgoing.safe == 500


async def test_a_storing_cut_off_is_done_again():
    outgoing, store = Outgoing(bound=10, safe=0), Store()
    outgoing.put(caption(1), 100)
    task = asyncio.create_task(outgoing.drain(store.store))
    await store.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    store.gate.set()
    await outgoing.drain(store.store)
    assert store.asked == [1, 1]
    assert outgoing.safe == 100


async def test_room_is_waited_for():
    outgoing, store = Outgoing(bound=2, safe=0), Store()
    outgoing.put(caption(1), 1)
    await outgoing.room()
    outgoing.put(caption(2), 2)
    assert outgoing.is_full
    waiting = asyncio.create_task(outgoing.room())
    storing = asyncio.create_task(outgoing.drain(store.store))
    store.gate.set()
    await asyncio.gather(waiting, storing)


async def test_it_ends_when_all_is_stored():
    outgoing, store = Outgoing(bound=10, safe=0), Store()
    task = asyncio.create_task(outgoing.run(store.store))
    outgoing.put(caption(1), 1)
    outgoing.finish()
    store.gate.set()
    await task
    assert store.stored == [1]


async def test_it_is_full_by_the_memory_its_captions_take_as_well():
    words = tuple(Word("word", 0, 100) for _ in range(1000))
    outgoing = Outgoing(bound=1000, bound_bytes=500_000, safe=0)
    for number in range(3):
        assert not outgoing.is_full, number
        outgoing.put(FinalCaption(number, "word " * 1000, 0, 100, None, "en-US", words), 100)
    assert outgoing.is_full

    async def store(caption):
        pass

    await outgoing.drain(store)
    assert not outgoing.is_full
    assert len(outgoing) == 0
