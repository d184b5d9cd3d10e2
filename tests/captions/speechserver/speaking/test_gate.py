import asyncio

import pytest

from captions.speechserver.speaking.gate import Gate
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from captions.speechserver.switches import Switches


def gate(speaker=None, **switches):
    return Gate(speaker or Speaker(ToneEngine()), lambda: Switches().changed(switches))


def test_nothing_is_refused_without_switches():
    assert gate().refusal() is None


def test_a_refusal_may_say_when_to_come_back():
    refused = gate(tts_refuse_status=429, retry_after="7").refusal()
    assert (refused.status, refused.headers) == (429, {"Retry-After": "7"})


def test_so_many_are_refused_and_no_more():
    it = gate(tts_refuse_status=503, tts_refuse_times=2)
    assert [it.refusal() is None for _ in range(3)] == [False, False, True]
    it.start_over()
    assert it.refusal() is not None


def test_without_an_engine_it_is_503_with_the_reason():
    refused = gate(Speaker(None, why_not="It is not installed.")).refusal()
    assert (refused.status, refused.message) == (503, "It is not installed.")


async def test_silence_never_ends_where_it_is_asked_for():
    await gate().silence()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate(tts_nothing=True).silence(), 0.01)
