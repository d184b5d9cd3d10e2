import asyncio
from contextlib import aclosing

import pytest

from captions.speechserver.speaking.faults import Course, Trouble
from captions.speechserver.switches import Switches

RATE_HZ = 1_000


async def pieces(*sizes):
    for size in sizes:
        yield bytes(size)


async def followed(course, *sizes):
    """The lengths that come, and the troubles between them."""
    async with aclosing(course.follow(pieces(*sizes))) as audio:
        return [step if isinstance(step, Trouble) else len(step) async for step in audio]


def course(**switches):
    return Course(RATE_HZ, lambda: Switches().changed(switches))


async def test_without_switches_nothing_happens_to_the_audio():
    assert await followed(course(), 100, 1, 300) == [100, 1, 300]


@pytest.mark.parametrize("sizes", [(100, 100, 100), (300,), (40, 260), (200, 100)])
async def test_a_fault_strikes_at_the_same_sample_whatever_the_pieces(sizes):
    steps = await followed(course(tts_garble_after_ms=100), *sizes)
    at = steps.index(Trouble.GARBLE)
    assert (sum(steps[:at]), sum(steps[at + 1 :])) == (200, 100)


async def test_faults_strike_in_their_order():
    steps = await followed(course(tts_drop_after_ms=20, tts_garble_after_ms=10), 100)
    assert steps == [20, Trouble.GARBLE, 20, Trouble.DROP, 60]


async def test_audio_that_ends_before_a_fault_is_spared():
    assert await followed(course(tts_drop_after_ms=51), 100) == [100]


async def test_the_pieces_of_an_utterance_count_together():
    one = course(tts_drop_after_ms=75)
    assert await followed(one, 100) == [100]
    assert await followed(one, 100) == [50, Trouble.DROP, 50]


async def test_after_a_stall_nothing_comes():
    heard = []

    async def follow():
        async with aclosing(course(tts_stall_after_ms=10).follow(pieces(100))) as audio:
            async for step in audio:
                heard.append(len(step))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(follow(), 0.05)
    assert heard == [20]


async def test_a_pace_makes_audio_come_as_it_would_be_spoken():
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    steps = await followed(course(tts_pace=4), 800)
    assert sum(steps) == 800
    assert max(steps) <= 120
    assert loop.time() - began_s >= 0.08


async def test_closing_it_closes_what_it_follows():
    closed = []

    async def source():
        try:
            yield bytes(10)
            yield bytes(10)
        finally:
            closed.append(True)

    async with aclosing(course().follow(source())) as audio:
        await anext(audio)
    assert closed == [True]
