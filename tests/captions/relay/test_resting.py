"""Nobody speaks: the upstream is let go, and called again with the next word, of which nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from captions.audio import ms_to_samples
from captions.errors import LeaseLost
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret
from tests.captions.relay.running import relay
from tests.speech import position_pcm, silence_pcm, speech_server
from tests.upstream import Visit, fake_upstream, http_response, position_audio

SHORT = {"idle_s": 0.3, "preroll_ms": 1000, "idle_flush_s": 0.1}


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(30):
        yield


async def listen(visit: Visit) -> None:
    await visit.begin()
    await visit.serve_flushes()


async def paused(running) -> None:
    await running.sink.until(lambda: running.session.upstream == "paused")


async def test_silence_lets_the_upstream_go_with_a_goodbye_and_everything_settled():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        await fake.visits[0].socket.wait_closed()
        assert fake.visits[0].socket.close_code == 1000
        assert running.safe_ms == 1000
        assert running.sink.stored == []


async def test_a_word_calls_it_again_with_the_audio_before_it():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.play(silence_pcm(5000), first_ms=1000)
        running.speak(6000, 7000)
        await running.sink.until(lambda: running.sink.statuses[-1] == ("live", ""))
        await running.session.stop()
        visit = fake.visits[1]
        assert visit.audio == silence_pcm(1000) + position_audio(6000, 7000)
        assert [state for state, _ in running.sink.statuses] == [
            "connecting", "live", "paused", "connecting", "live", "ended",
        ]  # fmt: skip
        assert running.sink.gaps == []
        assert running.safe_ms == 7000


async def test_the_pre_roll_is_never_what_was_sent_before():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.play(silence_pcm(200), first_ms=1000)
        running.speak(1200, 2000)
        await running.session.stop()
        assert fake.visits[1].audio == silence_pcm(200) + position_audio(1200, 2000)


async def test_words_after_silence_stand_where_they_were_said():
    async with (
        speech_server("positions") as server,
        relay(Upstream(server.url, Secret("emu-key")), **SHORT) as running,
    ):
        at_ms, said = 0, []
        for round_ in range(4):
            running.play(position_pcm(10 * round_, 5) + silence_pcm(2000), first_ms=at_ms)
            said += [(f"w{10 * round_ + n}", at_ms + 200 * n) for n in range(5)]
            at_ms += 3000
            await running.sink.until(lambda round_=round_: _pauses(running) > round_)
        await running.session.stop()
        placed = [(word.text, word.offset_ms) for final in running.sink.finals for word in final.words]
        assert placed == said
        assert len(server.log()) == 4
        assert running.sink.gaps == []


def _pauses(running) -> int:
    return running.sink.statuses.count(("paused", ""))


async def test_silence_in_the_pause_is_safe_and_the_ring_does_not_grow():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), ring_ms=10_000, **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        for second in range(1, 60):
            running.play(silence_pcm(1000), first_ms=1000 * second)
            await asyncio.sleep(0)
        await running.session.stop()
        assert running.safe_ms == 60_000
        assert running.sink.stored == []
        assert len(fake.visits) == 1, "nothing had to be asked for a silent end"


async def test_in_the_pause_only_the_pre_roll_is_not_safe_yet():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.play(silence_pcm(9000), first_ms=1000)
        await asyncio.wait({running.task}, timeout=0.2)
        assert running.safe_ms == 9000
        assert running.session._ring.held_samples <= ms_to_samples(1100)


async def test_a_hole_in_the_pause_is_a_gap_all_the_same():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.play(silence_pcm(450), first_ms=1000)
        running.play(silence_pcm(1000), first_ms=4000)
        await running.session.stop()
        assert running.sink.gaps == [(1450, 4000)]
        assert running.safe_ms == 5000


async def test_a_word_cut_short_by_the_stop_is_still_sent():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.speak(1000, 1050)
        await running.session.stop()
        assert fake.heard_ms()[1] == [(1000, 1050)]


async def test_a_stop_in_the_pause_needs_no_upstream():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.play(silence_pcm(730), first_ms=1000)
        await running.session.stop()
        assert (len(fake.visits), running.safe_ms, running.sink.stored) == (1, 1730, [])


async def test_a_session_killed_in_the_pause_is_over():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.task.cancel()
        await running.session.stop()
        assert running.sink.stored == []


async def test_a_lease_that_is_lost_in_the_pause_ends_it():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        running.sink.fail = LeaseLost()
        running.play(silence_pcm(1000), first_ms=4000)
        with pytest.raises(LeaseLost):
            await running.task


async def test_an_upstream_that_is_away_after_the_pause_is_waited_for():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **SHORT) as running:
        running.play(silence_pcm(1000))
        await paused(running)
        fake.refuse = lambda number, request: http_response(503) if number < 4 else None
        running.speak(1000, 2000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert ("lost", "upstream.refused") in running.sink.statuses
        assert fake.heard_ms()[1] == [(1000, 2000)]


async def test_a_host_that_sends_nothing_keeps_no_upstream_either():
    limits = {**SHORT, "idle_flush_s": 0.02}
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **limits) as running:
        running.speak(0, 1050)
        await paused(running)
        assert running.safe_ms == 1050
        running.speak(1050, 2000)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 1050)], [(1050, 2000)]]


async def test_words_that_come_back_for_soft_audio_keep_it_awake():
    async def play(visit):
        await visit.begin()
        for number in range(12):
            await visit.hear((number + 1) * 100)
            await visit.final(f"s{number}", number * 100, 100)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream(), **SHORT) as running:
        for number in range(12):
            running.play(silence_pcm(100), first_ms=100 * number)
            await running.sink.until(lambda number=number: len(running.sink.finals) > number)
            await asyncio.wait({running.task}, timeout=0.06)
        assert ("paused", "") not in running.sink.statuses


async def test_an_open_utterance_is_not_left():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.interim("wai", 0, 900)
        await visit.read_on()

    async with fake_upstream(play) as fake, relay(fake.upstream(), idle_s=0.1, idle_flush_s=60.0) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: bool(running.sink.interims))
        await asyncio.wait({running.task}, timeout=0.4)
        assert running.session.upstream == "live"


async def test_it_never_rests_where_that_is_switched_off():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), **{**SHORT, "idle_s": 0.0}) as running:
        running.play(silence_pcm(1000))
        await asyncio.wait({running.task}, timeout=0.6)
        assert running.session.upstream == "live"
