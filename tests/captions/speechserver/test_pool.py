import asyncio
import os
import signal
from contextlib import asynccontextmanager

import pytest

from captions.speechserver import processes
from captions.speechserver.conversation import Flushed
from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import AllTaken, Pool
from captions.speechserver.recogniser import BACKLOG_MS, RecogniserLost
from tests.captions.speechserver.processes import gone, is_alive, recording, signal_to
from tests.speech import chunks, silence_pcm, speech_pcm


@asynccontextmanager
async def pool_of(engine="pocketsphinx", **options):
    pool = Pool(EngineChoice(engine), **options)
    async with asyncio.timeout(60):
        await pool.start()
        try:
            yield pool
        finally:
            await pool.close()


async def heard_in(recogniser, pcm):
    """Finals of audio up to a flush."""
    for chunk in chunks(pcm):
        await recogniser.feed(chunk)
    await recogniser.flush()
    finals = []
    while True:
        reply = await recogniser.next_reply()
        finals += [one.text for one in reply.transcripts if one.is_final]
        if isinstance(reply, Flushed):
            return " ".join(finals)


async def feed_for_ever(recogniser):
    while not recogniser._is_over:
        await recogniser.feed(silence_pcm(1000))


async def test_speech_is_recognised_in_a_process_of_its_own():
    async with pool_of() as pool, pool.recogniser("en-US") as recogniser:
        assert recogniser.pid != os.getpid()
        assert await heard_in(recogniser, recording("go_forward.wav")) == "go forward ten meters"


async def test_speech_is_recognised_where_the_platform_does_not_fork(monkeypatch):
    monkeypatch.setattr(processes, "FORKS", False)
    async with pool_of() as pool:
        async with pool.recogniser("en-US") as recogniser:
            assert (
                await heard_in(recogniser, recording("brooklyn_bridge.wav"))
                == "how old is the brooklyn bridge"
            )
        await gone(recogniser.pid)


async def test_a_thread_is_enough_for_an_engine_that_says_so():
    async with pool_of("scripted") as pool, pool.recogniser("en-US") as recogniser:
        assert recogniser.pid == os.getpid()
        assert (await heard_in(recogniser, speech_pcm(400))).startswith("good morning")


async def test_the_process_of_a_session_ends_with_it():
    async with pool_of() as pool:
        async with pool.recogniser("en-US") as recogniser:
            assert pool.pids == [recogniser.pid]
            assert is_alive(recogniser.pid)
        await gone(recogniser.pid)
        assert pool.sessions == 0


@pytest.mark.parametrize("engine", ["scripted", "pocketsphinx"])
async def test_one_session_too_many_is_refused_until_another_ends(engine):
    async with pool_of(engine, limit=1) as pool:
        async with pool.recogniser("en-US"):
            with pytest.raises(AllTaken):
                async with pool.recogniser("en-US"):
                    pytest.fail("there were two")
        async with pool.recogniser("en-US") as recogniser:
            assert await heard_in(recogniser, silence_pcm(100)) == ""


def test_by_default_there_are_two_processes_a_core():
    assert Pool(EngineChoice("pocketsphinx")).limit == 2 * len(os.sched_getaffinity(0))


async def test_a_killed_process_takes_only_its_own_session_with_it():
    async with pool_of() as pool, pool.recogniser("en-US") as spared:
        async with pool.recogniser("en-US") as struck:
            signal_to(struck.pid, signal.SIGKILL)
            with pytest.raises(RecogniserLost):
                await struck.next_reply()
            await struck.feed(silence_pcm(100))
        async with pool.recogniser("en-US") as after:
            assert await heard_in(after, recording("brooklyn_bridge.wav")) == "how old is the brooklyn bridge"
        assert await heard_in(spared, recording("go_forward.wav")) == "go forward ten meters"


async def test_a_killed_nursery_is_replaced_and_sessions_go_on():
    async with pool_of() as pool, pool.recogniser("en-US") as before:
        nursery = pool._nursery._process
        nursery.kill()
        await nursery.wait()
        async with pool.recogniser("en-US") as after:
            assert await heard_in(after, silence_pcm(100)) == ""
        assert await heard_in(before, recording("go_forward.wav")) == "go forward ten meters"


async def test_a_process_that_hangs_is_killed_when_its_session_ends(monkeypatch):
    monkeypatch.setattr(processes, "END_TIMEOUT_S", 0.2)
    async with pool_of() as pool:
        async with pool.recogniser("en-US") as recogniser:
            signal_to(recogniser.pid, signal.SIGSTOP)
        await gone(recogniser.pid)


async def test_audio_waits_when_a_process_is_too_far_behind():
    async with pool_of() as pool, pool.recogniser("en-US") as recogniser:
        signal_to(recogniser.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(feed_for_ever(recogniser), 0.5)
        assert recogniser.backlog_ms <= BACKLOG_MS + 1000
        signal_to(recogniser.pid, signal.SIGCONT)
        await recogniser.next_reply()
        await recogniser.feed(silence_pcm(1000))


async def test_audio_that_waits_is_let_go_when_the_process_is_lost():
    async with pool_of() as pool, pool.recogniser("en-US") as recogniser:
        signal_to(recogniser.pid, signal.SIGSTOP)
        async with asyncio.TaskGroup() as group:
            group.create_task(feed_for_ever(recogniser))
            signal_to(recogniser.pid, signal.SIGKILL)
            with pytest.raises(RecogniserLost):
                await recogniser.next_reply()


async def test_a_model_that_cannot_be_read_is_said_before_anything_is_served(tmp_path):
    (tmp_path / "en-us").mkdir()
    pool = Pool(EngineChoice("pocketsphinx", tmp_path))
    with pytest.raises(EngineUnavailable, match="cannot read its model"):
        await pool.start()
    await pool.close()
