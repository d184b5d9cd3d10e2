"""An upstream that answers pings, takes audio, and says nothing: noticed, and replaced without loss."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from tests.captions.relay.running import Running, relay
from tests.speech import silence_pcm
from tests.upstream import Visit, fake_upstream

QUICK = {"probe_s": 0.35, "deaf_s": 0.9, "idle_flush_s": 60.0}


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(30):
        yield


async def listen(visit: Visit) -> None:
    await visit.begin()
    await visit.serve_flushes()


async def speak_on(running: Running, *, from_ms: int = 0) -> None:
    """Somebody speaks, in real time, until this is cancelled."""
    began = monotonic()
    for ms in range(from_ms, 600_000, 100):
        running.speak(ms, ms + 100)
        await asyncio.sleep(max(0.0, began + (ms - from_ms) / 1000 - monotonic()))


@pytest.fixture
async def speaking():
    """Starts somebody speaking; stopped at the end of the test."""
    tasks = []

    def start(running: Running, **where: int) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(speak_on(running, **where)))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_upstream_that_says_nothing_and_answers_no_flush_is_replaced(speaking):
    async def deaf(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(deaf, listen) as fake, relay(fake.upstream(), **QUICK) as running:
        speaking(running)
        began = monotonic()
        await running.sink.until(lambda: ("lost", "upstream.lost") in running.sink.statuses)
        assert 0.5 < monotonic() - began < 1.3
        assert "answers nothing" in str(running.sink.errors[0])
        await fake.until(lambda: len(fake.visits) == 2 and fake.visits[1].audio_ms > 500)
        assert fake.visits[0].flushes == 1
        assert fake.heard_ms()[1][0][0] == 0
        assert running.sink.gaps == []


async def test_one_that_stops_in_mid_utterance_is_not_cut_but_given_up(speaking):
    async def stalls(visit):
        await visit.begin()
        await visit.hear(300)
        await visit.interim("so I sa", 0, 300)
        await visit.read_on()

    async with fake_upstream(stalls, listen) as fake, relay(fake.upstream(), **QUICK) as running:
        speaking(running)
        await fake.until(lambda: len(fake.visits) == 2 and fake.visits[1].audio_ms > 500)
        assert fake.visits[0].flushes == 0
        assert fake.heard_ms()[1][0][0] == 0
        await running.sink.until(lambda: running.sink.statuses[-1] == ("live", ""))


async def test_music_that_nothing_is_said_about_is_listened_to_on_one_connection(speaking):
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **QUICK) as running:
        speaking(running)
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].flushes == 4)
        assert len(fake.visits) == 1
        assert running.sink.statuses == [("connecting", ""), ("live", "")]


async def test_captions_that_come_need_no_probe(speaking):
    async def talks(visit):
        await visit.begin()
        while True:
            await visit.hear(visit.audio_ms + 200)
            await visit.interim("and", 0, int(visit.audio_ms))

    async with fake_upstream(talks) as fake, relay(fake.upstream(), **QUICK) as running:
        speaking(running)
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].audio_ms > 2000)
        assert fake.visits[0].flushes == 0
        assert len(fake.visits) == 1


async def test_silence_of_both_sides_is_no_reason(speaking):
    async with (
        fake_upstream(listen) as fake,
        relay(fake.upstream(), probe_s=0.1, deaf_s=0.3, idle_flush_s=60.0) as running,
    ):
        for second in range(8):
            running.play(silence_pcm(1000), first_ms=1000 * second)
            await asyncio.wait({running.task}, timeout=0.1)
        assert (len(fake.visits), fake.visits[0].flushes) == (1, 0)


async def test_a_pong_is_no_proof_that_audio_is_heard(speaking):
    async def only_pongs(visit):
        await visit.begin()
        while True:
            if (await visit.receive())["type"] == "ping":
                await visit.say(type="pong")

    async with (
        fake_upstream(only_pongs, listen) as fake,
        relay(fake.upstream(), json_ping_s=0.1, **QUICK) as running,
    ):
        speaking(running)
        await fake.until(lambda: len(fake.visits) == 2)
        assert {"type": "ping"} in fake.visits[0].messages


async def test_a_settling_flush_is_not_waited_for_longer_than_silence_is_borne(speaking):
    async def stalls(visit):
        await visit.begin()
        await visit.hear(200)
        await visit.interim("so", 0, 200)
        await visit.hear_flush()
        await visit.read_on()

    async with (
        fake_upstream(stalls, listen) as fake,
        relay(fake.upstream(), quiet_flush_ms=100, flush_timeout_s=30.0, probe_s=0.5, deaf_s=1.0) as running,
    ):
        began = monotonic()
        speaking(running)
        await fake.until(lambda: len(fake.visits) == 2)
        assert monotonic() - began < 2.5


async def test_probes_that_nobody_answered_do_not_stop_later_flushes(speaking):
    """A stall is no proof that an upstream knows no flush."""

    async def deaf(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(deaf, deaf, listen) as fake, relay(fake.upstream(), **QUICK) as running:
        talk = speaking(running)
        await fake.until(lambda: len(fake.visits) == 3 and fake.visits[2].flushes > 0)
        talk.cancel()
        await running.session.stop()
        assert running.sink.gaps == []


async def test_while_the_store_holds_everything_up_the_upstream_is_not_blamed(speaking):
    async def play(visit):
        await visit.begin()
        await visit.hear(100)
        await visit.final("One.", 0, 50)
        await visit.final("Two.", 50, 50)
        await visit.serve_flushes()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), unstored_captions=1, **QUICK) as running,
    ):
        running.sink.gate.clear()
        speaking(running)
        await asyncio.wait({running.task}, timeout=2.0)
        assert [state for state, _ in running.sink.statuses] == ["connecting", "live"]
        running.sink.gate.set()
        await running.sink.until(lambda: len(running.sink.stored) == 2)
        assert len(fake.visits) == 1


# --- as it is set in production, in real time ---


async def test_a_peer_that_stops_reading_is_noticed_within_15_s_whatever_the_line_holds(speaking):
    async def stops_reading(visit):
        await visit.begin()
        await visit.hear(500)
        visit.socket.transport.pause_reading()
        await visit.socket.wait_closed()

    async with (
        fake_upstream(stops_reading, listen) as fake,
        relay(fake.upstream(close_timeout_s=2.0)) as running,
    ):
        speaking(running)
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].audio_ms >= 500)
        began = monotonic()
        await running.sink.until(lambda: running.session.upstream == "lost")
        assert monotonic() - began < 14.5
        await fake.until(lambda: len(fake.visits) == 2 and fake.visits[1].audio_ms >= 5000)
        assert fake.heard_ms()[1][0][0] == 0
        fake.visits[0].socket.transport.abort()
