from __future__ import annotations

import asyncio

import pytest

from captions.errors import SlowReader
from captions.live.outbox import Outbox, Outgoing

SMALL = {"max_messages": 10, "max_bytes": 1000}


def interim(text: str, key: str = "s/1") -> Outgoing:
    return Outgoing("interim", text, key=key)


def final(text: str, key: str = "s/1", version: int = 1) -> Outgoing:
    return Outgoing("final", text, key=key, version=version)


class Reader:
    """Takes messages as long as its gate is open."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waits = asyncio.Event()

    async def __call__(self, out: Outgoing) -> None:
        if not self.gate.is_set():
            self.waits.set()
        await self.gate.wait()
        self.got.append(out.text)


async def finished(outbox: Outbox) -> int:
    outbox.finish()
    async with asyncio.timeout(5):
        return await outbox.run()


async def test_messages_go_out_in_the_order_they_came():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    for n in range(5):
        outbox.put(final(str(n), key=f"s/{n}"))
    assert await finished(outbox) == 1000
    assert reader.got == ["0", "1", "2", "3", "4"]


async def test_a_newer_interim_takes_the_place_of_the_one_that_waits():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    outbox.put(interim("good"))
    outbox.put(final("before", key="s/0"))
    outbox.put(interim("good evening"))
    await finished(outbox)
    assert reader.got == ["good evening", "before"]


async def test_interims_of_two_utterances_do_not_replace_each_other():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    outbox.put(interim("one", key="s/1"))
    outbox.put(interim("two", key="s/2"))
    await finished(outbox)
    assert reader.got == ["one", "two"]


async def test_a_final_removes_the_interim_of_its_utterance():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    outbox.put(interim("good"))
    outbox.put(final("good evening"))
    outbox.put(interim("a correction, late", key="s/2"))
    await finished(outbox)
    assert reader.got == ["good evening", "a correction, late"]


async def test_an_interim_that_has_gone_out_is_not_replaced_but_followed():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    outbox.put(interim("good"))
    assert (await outbox.next()).text == "good"
    outbox.put(interim("good evening"))
    assert (await outbox.next()).text == "good evening"


async def test_interims_without_end_wait_as_one():
    outbox = Outbox(Reader(), **SMALL)
    for n in range(10_000):
        outbox.put(interim("word " * (n % 100)))
    assert len(outbox) == 1
    assert not outbox.closed


@pytest.mark.parametrize("pile", [["x"] * 11, ["x" * 600] * 2], ids=["messages", "bytes"])
async def test_who_lets_too_much_pile_up_is_a_slow_reader(pile):
    outbox = Outbox(Reader(), **SMALL)
    for n, text in enumerate(pile):
        outbox.put(final(text, key=f"s/{n}"))
    assert outbox.closed
    assert len(outbox) == 0, "what waited is freed at once"
    with pytest.raises(SlowReader):
        await outbox.run()


async def test_bytes_are_counted_as_they_go_over_the_wire():
    outbox = Outbox(Reader(), **SMALL)
    outbox.put(final("ü" * 499))
    assert not outbox.closed
    outbox.put(final("ü" * 2, key="s/2"))
    assert outbox.closed


async def test_what_has_gone_out_no_longer_counts():
    outbox = Outbox(**SMALL)
    for n in range(100):
        outbox.put(final("x" * 400, key=f"s/{n}"))
        await outbox.next()
    assert not outbox.closed


async def test_a_reader_that_hangs_is_given_up_once_it_lingered():
    reader = Reader()
    reader.gate.clear()
    outbox = Outbox(reader, **SMALL, linger_s=0.05)
    running = asyncio.create_task(outbox.run())
    outbox.put(final("first"))
    async with asyncio.timeout(5):
        await reader.waits.wait()
        for n in range(20):
            outbox.put(final("more", key=f"s/{n}"))
        with pytest.raises(SlowReader):
            await running
    assert reader.got == []


async def test_a_reader_that_only_pauses_is_waited_for():
    reader = Reader()
    reader.gate.clear()
    outbox = Outbox(reader, **SMALL, linger_s=5.0)
    running = asyncio.create_task(outbox.run())
    outbox.put(final("first"))
    async with asyncio.timeout(5):
        await reader.waits.wait()
        outbox.put(final("second", key="s/2"))
        outbox.finish(code=4410)
        reader.gate.set()
        assert await running == 4410
    assert reader.got == ["first", "second"]


async def test_the_last_message_goes_out_before_the_close_code():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    outbox.put(final("said"))
    outbox.finish(Outgoing("error", "why"), code=4410)
    outbox.put(final("too late", key="s/2"))
    async with asyncio.timeout(5):
        assert await outbox.run() == 4410
    assert reader.got == ["said", "why"]


async def test_a_held_box_lets_nothing_out_until_its_first_message():
    reader = Reader()
    outbox = Outbox(reader, **SMALL, held=True)
    running = asyncio.create_task(outbox.run())
    outbox.put(final("version 7", key="s/7", version=7))
    outbox.put(interim("open", key="s/9"))
    outbox.put(final("version 8", key="s/8", version=8))
    await asyncio.sleep(0)
    assert reader.got == []
    outbox.release(Outgoing("hello", "hello at 7", position=7, refill=True), Outgoing("status", "live"))
    outbox.finish()
    async with asyncio.timeout(5):
        await running
    assert reader.got == ["hello at 7", "live", "open", "version 8"]


async def test_a_held_box_that_is_refused_says_nothing_but_why():
    reader = Reader()
    outbox = Outbox(reader, **SMALL, held=True)
    outbox.put(final("not for this reader"))
    outbox.finish(Outgoing("error", "why"), code=4404)
    async with asyncio.timeout(5):
        assert await outbox.run() == 4404
    assert reader.got == ["why"]


async def test_what_a_refill_has_brought_is_not_said_once_more():
    reader = Reader()
    outbox = Outbox(reader, **SMALL, held=True)
    outbox.put(interim("said already, it turns out", key="s/7"))
    hello = Outgoing("hello", "hello at 7", position=7, refill=True, ends=frozenset({"s/7"}))
    outbox.release(hello)
    outbox.put(interim("late", key="s/7"))
    outbox.put(final("later still", key="s/7", version=7))
    outbox.put(final("version 8", key="s/8", version=8))
    outbox.put(Outgoing("changes", "changes to 10", position=10, refill=True))
    outbox.put(final("version 10", key="s/10", version=10))
    outbox.put(final("version 11", key="s/11", version=11))
    await finished(outbox)
    assert reader.got == ["hello at 7", "version 8", "changes to 10", "version 11"]


async def test_statuses_that_count_on_take_one_place_and_a_change_of_state_another():
    reader = Reader()
    outbox = Outbox(reader, **SMALL)
    for kept_ms in range(1000, 60_000, 1000):
        outbox.put(Outgoing("status", f"lost {kept_ms}", key="s/1"))
    outbox.put(Outgoing("status", "live", key="s/2"))
    outbox.put(Outgoing("status", "lost 0", key="s/3"))
    outbox.finish()
    async with asyncio.timeout(5):
        await outbox.run()
    assert reader.got == ["lost 59000", "live", "lost 0"]


async def test_audio_goes_out_in_line_with_the_texts_and_counts_by_its_bytes():
    outbox = Outbox(Reader(), **SMALL)
    outbox.put(Outgoing("format", "{}"))
    outbox.put(Outgoing("audio", "", data=b"x" * 300))
    outbox.put(Outgoing("done", "{}"))
    assert outbox.size_bytes == 304
    assert [(await outbox.next()).type for _ in range(3)] == ["format", "audio", "done"]


async def test_who_can_wait_is_told_when_there_is_room():
    outbox = Outbox(Reader(), **SMALL)
    outbox.put(Outgoing("audio", "", data=b"x" * 500))
    waiting = [asyncio.create_task(outbox.room(100)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    await outbox.next()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)


@pytest.mark.parametrize("end", ["finish", "overflow"])
async def test_who_waits_for_room_is_let_go_when_nothing_more_is_taken(end):
    outbox = Outbox(Reader(), **SMALL)
    outbox.put(Outgoing("audio", "", data=b"x" * 500))
    waiting = asyncio.create_task(outbox.room(100))
    await asyncio.sleep(0)
    if end == "finish":
        outbox.finish()
    else:
        outbox.put(Outgoing("audio", "", data=b"x" * 900))
    async with asyncio.timeout(5):
        await waiting
