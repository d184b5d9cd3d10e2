"""One run of one microphone, over real sockets, whatever the upstream does."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from time import monotonic

import pytest

from captions.audio import ms_to_samples
from captions.errors import BadChunk, CaptionError, FaultKind, LeaseLost, UpstreamLost, UpstreamRefused
from captions.relay.captions import GapCaption
from captions.relay.session import RelaySession
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret
from tests.captions.relay.running import Recorder, relay
from tests.speech import position_pcm, silence_pcm, speech_server, spoken
from tests.upstream import Visit, fake_upstream, http_response


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(60):
        yield


async def listen(visit: Visit) -> None:
    """Gets ready, answers flushes, recognises nothing."""
    await visit.begin()
    await visit.serve_flushes()


def local(server) -> Upstream:
    return Upstream(server.url, Secret("emu-key"))


def settled(running, ms: int):
    """Whether everything before ``ms`` is safe."""
    return lambda: running.safe_ms >= ms


# --- the ordinary run ---


async def test_what_is_said_is_shown_and_then_stored():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.interim("hel", 100, 300)
        await visit.final("Hello.", 100, 700, confidence=0.9, segment_id="seg_1")
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        sink = running.sink
        assert [(i.utterance, i.text, i.offset_ms) for i in sink.interims] == [(1, "hel", 100)]
        assert sink.spoken == [("Hello.", 100, 800)]
        assert (sink.finals[0].utterance, sink.finals[0].upstream_ref) == (1, "seg_1")
        assert sink.statuses == [("connecting", ""), ("live", ""), ("ended", "")]
        assert running.safe_ms == 1000


@pytest.mark.parametrize("chunk_ms", [20, 128, 250, 1000])
async def test_audio_goes_out_in_chunks_of_100_ms_and_a_rest(chunk_ms):
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 2050, chunk_ms=chunk_ms)
        await running.session.stop()
        assert [len(piece) for piece in fake.visits[0].pieces] == [3200] * 20 + [1600]
        assert fake.heard_ms() == [[(0, 2050)]]
        assert fake.visits[0].flushes == 1


async def test_what_is_sent_is_counted_with_its_replays():
    async def breaks(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.drop()

    async with fake_upstream(breaks, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 1000)], [(0, 1000)]]
        assert running.session.sent_samples == ms_to_samples(2000)


async def test_between_sentences_nobody_speaks_and_no_final_is_awaited():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.interim("hel", 100, 300)
        await visit.hear(2000)
        await visit.final("Hello.", 100, 700)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        assert not running.session.is_between_sentences, "nothing is known yet"
        running.play(position_pcm(0, 5))
        await running.sink.until(lambda: running.sink.interims)
        running.play(silence_pcm(1000), first_ms=1000)
        await running.sink.until(lambda: running.sink.finals)
        assert running.session.is_between_sentences


async def test_a_stop_with_nothing_said_opens_and_stores_nothing_more():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        await running.session.stop()
        await running.task
        assert running.sink.stored == []


async def test_the_upstream_is_left_with_a_goodbye():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 500)
        await running.session.stop()
        await fake.visits[0].socket.wait_closed()
        assert fake.visits[0].socket.close_code == 1000


async def test_stop_may_be_called_twice_and_at_once():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 500)
        await asyncio.gather(running.session.stop(), running.session.stop())
        await running.session.stop()
        assert fake.visits[0].flushes == 1


async def test_a_stop_before_run_has_begun_still_sends_what_there_is():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 300)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 300)]]


async def test_after_stop_nothing_is_taken():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 300)
        await running.session.stop()
        running.speak(300, 600)
        assert running.session.samples == ms_to_samples(300)


async def test_half_a_sample_is_refused():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        with pytest.raises(BadChunk):
            running.session.push(0, b"abc")


async def test_a_resumed_session_goes_on_with_its_times_and_numbers():
    async def play(visit):
        await visit.begin()
        await visit.hear(500)
        await visit.final("Again.", 100, 300)
        await visit.serve_flushes()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), first_sample=ms_to_samples(60_000), next_utterance=9) as running,
    ):
        running.speak(60_000, 60_500)
        await running.session.stop()
        assert running.sink.spoken == [("Again.", 60_100, 60_400)]
        assert running.sink.finals[0].utterance == 9


async def test_words_come_in_session_time():
    words = [{"word": "a", "offset": 0, "duration": 100}, {"word": "b", "offset": 150, "duration": 100}]

    async def play(visit):
        await visit.begin()
        await visit.hear(500)
        await visit.final("a b", 200, 250, words=words)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream(), first_sample=16_000) as running:
        running.speak(1000, 1500)
        await running.session.stop()
        assert [(w.text, w.offset_ms, w.duration_ms) for w in running.sink.finals[0].words] == [
            ("a", 1200, 100),
            ("b", 1350, 100),
        ]


# --- what hosts do ---


async def test_replays_of_the_host_are_sent_once():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        running.speak(0, 700)
        running.speak(550, 1300, chunk_ms=250)
        running.speak(1300, 1500)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 1500)]]
        assert running.sink.stored == []


async def test_a_hole_is_settled_before_it_becomes_a_gap():
    async def play(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.final("Before.", 100, 500)
        await visit.finish()
        await visit.hear_flush()
        await visit.final("After.", 100, 300)
        await visit.finish()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1050)
        running.speak(4000, 5000)
        await running.session.stop()
        sink = running.sink
        assert fake.heard_ms() == [[(0, 1050), (4000, 5000)]]
        assert sink.spoken == [("Before.", 100, 600), ("After.", 4100, 4400)]
        assert sink.gaps == [(1050, 4000)]
        assert [caption.utterance for caption in sink.stored] == [1, 2, 3]
        assert running.safe_ms == 5000


async def test_a_hole_at_the_very_start_is_a_gap():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(700, 1000)
        await running.session.stop()
        assert running.sink.gaps == [(0, 700)]
        assert fake.visits[0].flushes == 1


async def test_holes_while_the_upstream_is_away_are_gaps_in_order():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503) if number < 3 else None
        async with relay(fake.upstream()) as running:
            running.speak(0, 500)
            running.speak(1000, 1500)
            running.speak(2000, 2500)
            await running.session.stop()
            assert running.sink.gaps == [(500, 1000), (1500, 2000)]
            assert fake.heard_ms() == [[(0, 500), (1000, 1500), (2000, 2500)]]


# --- the upstream drops ---


async def test_after_a_drop_audio_is_sent_again_from_the_end_of_the_last_final():
    async def first(visit):
        await visit.begin()
        await visit.hear(3000)
        await visit.final("One.", 200, 900)
        await visit.interim("tw", 1500, 600)
        await visit.drop()

    async def second(visit):
        await visit.begin()
        await visit.hear(2900)
        await visit.final("Two.", 400, 700)
        await visit.serve_flushes()

    async with fake_upstream(first, second) as fake, relay(fake.upstream()) as running:
        running.speak(0, 3000)
        await running.sink.until(lambda: ("lost", "upstream.lost") in running.sink.statuses)
        running.speak(3000, 4000)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 3000)], [(1100, 4000)]]
        assert running.sink.spoken == [("One.", 200, 1100), ("Two.", 1500, 2200)]
        assert [i.utterance for i in running.sink.interims] == [2]
        assert [f.utterance for f in running.sink.finals] == [1, 2]
        assert running.sink.gaps == []


@pytest.mark.parametrize("close_code", [1000, 1001, 1006, 1008, 1011, 1012, 4000])
async def test_every_way_of_hanging_up_is_answered_by_a_replay(close_code):
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        if close_code == 1006:
            await visit.drop()
        else:
            await visit.socket.close(close_code)

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert fake.heard_ms()[1] == [(0, 1000)]


async def test_finals_that_came_before_the_break_count():
    async def first(visit):
        await visit.begin()
        await visit.hear(2000)
        for number in range(10):
            await visit.final(f"s{number}", number * 100, 100)
        await visit.drop()

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 2000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == [f"s{n}" for n in range(10)]
        assert fake.heard_ms()[1] == [(1000, 2000)]


async def test_garbage_is_answered_by_a_replay():
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 400)
        await visit.socket.send("}{")
        await visit.final("Lost with it.", 400, 300)
        await visit.read_on()

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert ("lost", "upstream.garbled") in running.sink.statuses
        assert fake.heard_ms()[1] == [(400, 1000)]
        assert running.sink.spoken == [("One.", 0, 400)]


async def test_a_host_that_goes_on_speaking_meanwhile_is_heard_without_hole_or_repeat():
    """Finals each 700 ms, breaks after ever other amounts of audio; proven from the audio itself."""
    rng = random.Random(7)

    async def play(visit):
        await visit.begin()
        limit = rng.randint(300, 3000)
        said = 0
        while visit.audio_ms < limit:
            await visit.receive()
            while visit.audio_ms >= said + 800:
                await visit.final(f"{len(fake.visits)}.{said}", said, 700)
                said += 700
        await visit.drop()

    async with (
        fake_upstream(*[play] * 25, listen) as fake,
        relay(fake.upstream(), ring_ms=600_000) as running,
    ):
        for ms in range(0, 60_000, 100):
            running.speak(ms, ms + 100)
            await asyncio.sleep(0.001)
        await fake.until(lambda: len(fake.visits) == 26)
        await running.session.stop()
        ends = [0]
        for number, visit in enumerate(fake.visits):
            if not visit.pieces:
                continue
            (stretch,) = fake.heard_ms()[number]
            assert stretch[0] == ends[-1]
            mine = [end for text, _, end in running.sink.spoken if text.split(".")[0] == str(number + 1)]
            ends.extend(mine)
        assert fake.heard_ms()[-1][0][1] == 60_000
        assert running.sink.gaps == []
        spans = [(start, end) for _, start, end in running.sink.spoken]
        assert all(before[1] == after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("offsets", ["restart", "continue"])
@pytest.mark.parametrize("shape", ["new", "old", "legacy_messages"])
async def test_disturbed_and_undisturbed_runs_store_the_same(offsets, shape):
    pcm, words = spoken(60)
    rng = random.Random(3)
    async with (
        speech_server("positions", offsets_after_flush=offsets, shape=shape) as server,
        relay(local(server), quiet_flush_ms=3000) as running,
    ):
        for start in range(0, len(pcm), 3200):
            running.play(pcm[start : start + 3200], first_ms=start // 32)
            await asyncio.sleep(0.002)
            if rng.random() < 0.04:
                server.drop_all()
        await running.session.stop()
        assert running.sink.words == words
        assert running.sink.gaps == []
        if shape != "legacy_messages":
            for final in running.sink.finals:
                assert final.offset_ms == _spoken_at_ms(final.text.split()[0])


def _spoken_at_ms(word: str) -> int:
    """Where ``spoken`` puts a word: 200 ms each, 800 ms of pause after every ten."""
    number = int(word[1:])
    return number * 200 + number // 10 * 800


@pytest.mark.parametrize("word_offsets", ["absolute", "relative"])
@pytest.mark.parametrize("offsets", ["restart", "continue"])
async def test_every_word_stands_where_it_was_said(word_offsets, offsets):
    pcm, words = spoken(80)
    async with (
        speech_server("positions", offsets_after_flush=offsets, word_offsets=word_offsets) as server,
        relay(local(server), quiet_flush_ms=2000) as running,
    ):
        for start in range(0, len(pcm), 3200):
            running.play(pcm[start : start + 3200], first_ms=start // 32)
            await asyncio.sleep(0.001)
        await running.session.stop()
        placed = [(word.text, word.offset_ms) for final in running.sink.finals for word in final.words]
        assert placed == [(word, _spoken_at_ms(word)) for word in words]


# --- the ring overflows ---


async def test_what_the_ring_no_longer_holds_becomes_one_gap():
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 800)
        await visit.drop()

    async with fake_upstream(first, listen) as fake:
        fake.refuse = lambda number, request: http_response(503) if 0 < number < 40 else None
        async with relay(fake.upstream(), ring_ms=2000) as running:
            running.speak(0, 1000)
            await fake.until(lambda: fake.handshakes > 1)
            running.speak(1000, 9000)
            await fake.until(lambda: len(fake.visits) == 2)
            await running.session.stop()
            assert running.sink.gaps == [(800, 7000)]
            assert fake.heard_ms()[1] == [(7000, 9000)]
            assert [caption.utterance for caption in running.sink.stored] == [1, 2]


async def test_while_the_upstream_is_away_what_is_kept_and_what_is_lost_is_known():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503) if fake.refuses else None
        fake.refuses = True
        async with relay(fake.upstream(), ring_ms=2000) as running:
            running.speak(0, 1000)
            assert (running.session.kept_ms, running.session.lost_ms) == (1000, 0)
            running.speak(1000, 9000)
            assert (running.session.kept_ms, running.session.lost_ms) == (2000, 7000)
            fake.refuses = False
            await running.session.stop()
            assert running.sink.gaps == [(0, 7000)]
            assert (running.session.kept_ms, running.session.lost_ms) == (0, 0)


async def test_a_gap_ends_the_interim_whose_audio_it_swallowed():
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.interim("lost", 100, 300)
        await visit.drop()

    async with (
        fake_upstream(first, listen) as fake,
        relay(fake.upstream(), ring_ms=1000, retry_first_s=0.2, retry_cap_s=0.2) as running,
    ):
        running.speak(0, 1000)
        await running.sink.until(lambda: running.session.upstream == "lost")
        running.speak(1000, 5000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert running.sink.interims[0].utterance == 1
        assert running.sink.stored == [GapCaption(1, 0, 4000)]


async def test_there_is_room_for_what_was_sent_but_not_for_ever_more():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        async with relay(fake.upstream(), ring_ms=2000) as running:
            assert running.session.free_samples == ms_to_samples(2000)
            running.speak(0, 1500)
            assert running.session.free_samples == ms_to_samples(500)


# --- what is missing or blank ---


async def test_finals_without_times_are_stored_in_order_with_times_of_our_own():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.")
        await visit.hear(3000)
        await visit.final("Two.")
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: len(running.sink.stored) == 1)
        running.speak(1000, 3000)
        await running.session.stop()
        assert running.sink.spoken == [("One.", 0, 1000), ("Two.", 1000, 3000)]


async def test_a_tail_after_a_final_without_times_is_still_asked_for():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.")
        await visit.hear_flush()
        await visit.final("Tail.")
        await visit.finish()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: len(running.sink.stored) == 1)
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == ["One.", "Tail."]


async def test_blank_finals_move_time_on_and_take_their_interim_away():
    async def play(visit):
        await visit.begin()
        await visit.hear(2000)
        await visit.interim("uh", 100, 300)
        await visit.final("", 0, 1500)
        await visit.drop()

    async with fake_upstream(play, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 2000)
        await fake.until(lambda: len(fake.visits) == 2)
        assert running.safe_ms == 1500
        await running.session.stop()
        assert fake.heard_ms()[1] == [(1500, 2000)]
        assert running.sink.stored == []
        assert [(i.utterance, i.text) for i in running.sink.interims] == [(1, "uh"), (1, "")]


async def test_a_final_said_twice_is_stored_once():
    async def play(visit):
        await visit.begin()
        await visit.hear(2000)
        await visit.final("One.", 100, 700)
        await visit.final("One.", 100, 700)
        await visit.final("Two.", 900, 500)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 2000)
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == ["One.", "Two."]


# --- a slow store ---


async def test_while_the_store_waits_interims_go_on_and_nothing_is_safe():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 900)
        await visit.hear(2000)
        await visit.interim("tw", 1200, 300)
        await visit.final("Two.", 1200, 600)
        await visit.interim("thr", 1900, 50)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.sink.gate.clear()
        running.speak(0, 2000)
        await running.sink.until(lambda: len(running.sink.interims) == 2)
        assert running.sink.stored == []
        assert running.safe_ms == 0
        running.sink.gate.set()
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == ["One.", "Two."]
        assert running.safe_ms == 2000


async def test_finals_wait_for_a_store_that_stands_still_within_a_bound_and_none_is_lost():
    async def play(visit):
        await visit.begin()
        for number in range(100):
            await visit.hear((number + 1) * 100)
            await visit.final(f"s{number}", number * 100, 100)
        await visit.serve_flushes()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), unstored_captions=5, ring_ms=60_000, flush_timeout_s=0.2) as running,
    ):
        running.sink.gate.clear()
        running.speak(0, 10_000)
        stopping = asyncio.create_task(running.session.stop())
        await asyncio.wait({stopping}, timeout=1.5)
        assert len(running.session._outgoing._entries) <= 5
        assert not stopping.done()
        running.sink.gate.set()
        await stopping
        assert [final.text for final in running.sink.finals] == [f"s{n}" for n in range(100)]
        assert running.sink.gaps == []
        assert len(fake.visits) == 1


async def test_a_lost_lease_ends_the_session_and_lets_go_of_the_upstream():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 900)
        await visit.read_on()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.sink.fail = LeaseLost()
        running.speak(0, 1000)
        with pytest.raises(LeaseLost):
            await running.task
        await fake.visits[0].socket.wait_closed()
        await running.session.stop()
        assert running.sink.stored == []
        assert running.safe_ms == 0


async def test_a_store_that_breaks_ends_the_session_by_an_error_of_ours():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 900)
        await visit.read_on()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.sink.fail = ZeroDivisionError()
        running.speak(0, 1000)
        with pytest.raises(CaptionError) as caught:
            await running.task
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_display_that_breaks_costs_no_final():
    class Clumsy(Recorder):
        def interim(self, caption):
            raise ZeroDivisionError

        def status(self, upstream, error):
            raise ZeroDivisionError

    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.interim("one", 0, 500)
        await visit.final("One.", 0, 900)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream(), sink=Clumsy()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == ["One."]


# --- stopping in bad weather ---


async def test_a_stop_while_the_upstream_is_down_says_what_is_missing_in_time():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503)
        async with relay(fake.upstream(), stop_timeout_s=0.3) as running:
            running.speak(0, 2000)
            await fake.until(lambda: fake.handshakes > 2)
            began = monotonic()
            await running.session.stop()
            assert monotonic() - began < 1.5
            assert running.sink.gaps == [(0, 2000)]
            assert running.safe_ms == 2000
            assert running.sink.statuses[-1] == ("ended", "")


async def test_a_stop_tries_again_at_once_and_gets_the_tail_if_the_upstream_is_back():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(503) if number == 0 else None
        async with relay(fake.upstream(), retry_first_s=30.0, retry_cap_s=30.0) as running:
            running.speak(0, 2000)
            await running.sink.until(lambda: running.session.upstream == "lost")
            await running.session.stop()
            assert fake.heard_ms() == [[(0, 2000)]]
            assert running.sink.gaps == []


async def test_a_drop_right_after_the_last_flush_costs_no_word():
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 400)
        await visit.hear_flush()
        await visit.drop()

    async def second(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.final("Tail.", 100, 400)
        await visit.finish()

    async with fake_upstream(first, second) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1030)
        await running.session.stop()
        assert fake.heard_ms() == [[(0, 1030)], [(400, 1030)]]
        assert running.sink.spoken == [("One.", 0, 400), ("Tail.", 500, 900)]
        assert running.sink.gaps == []


async def test_a_drop_between_the_last_final_and_its_flush_done_is_no_reason_to_call_again():
    async def first(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.final("All.", 0, 1000)
        await visit.drop()

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        assert len(fake.visits) == 1
        assert running.sink.spoken == [("All.", 0, 1000)]


async def test_an_upstream_that_never_answers_a_flush_is_waited_for_and_then_named_a_gap():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=0.2, stop_timeout_s=0.5) as running,
    ):
        running.speak(0, 1000)
        began = monotonic()
        await running.session.stop()
        assert monotonic() - began < 3
        assert running.sink.gaps == [(0, 1000)]
        assert len(fake.visits) >= 2


async def test_an_upstream_that_talks_on_after_a_flush_is_waited_for():
    async def play(visit):
        await visit.begin()
        await visit.hear_flush()
        for number in range(6):
            await asyncio.sleep(0.15)
            await visit.interim(f"t{number}", 0, 900)
        await visit.final("Tail.", 0, 950)
        await visit.finish()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=0.4, stop_timeout_s=0.5) as running,
    ):
        running.speak(0, 1000)
        await running.session.stop()
        assert running.sink.spoken == [("Tail.", 0, 950)]
        assert len(fake.visits) == 1


async def test_hush_after_the_last_word_is_no_gap():
    async def play(visit):
        await visit.begin()
        await visit.hear(1500)
        await visit.final("All.", 0, 1000)
        await visit.read_on()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=0.1, stop_timeout_s=0.25) as running,
    ):
        running.speak(0, 1000)
        running.play(silence_pcm(500), first_ms=1000)
        await running.sink.until(lambda: len(running.sink.stored) == 1)
        await running.session.stop()
        assert running.sink.gaps == []
        assert running.safe_ms == 1500


async def test_quiet_audio_in_which_something_was_begun_is_a_gap():
    async def play(visit):
        await visit.begin()
        await visit.hear(1500)
        await visit.final("One.", 0, 1000)
        await visit.interim("whisp", 1100, 300)
        await visit.read_on()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=0.1, stop_timeout_s=0.25) as running,
    ):
        running.speak(0, 1000)
        running.play(silence_pcm(500), first_ms=1000)
        await running.sink.until(lambda: bool(running.sink.interims))
        await running.session.stop()
        assert running.sink.gaps == [(1000, 1500)]


async def test_cancelling_a_stop_does_not_keep_the_session_from_ending():
    gate = asyncio.Event()

    async def play(visit):
        await visit.begin()
        await visit.hear_flush()
        await gate.wait()
        await visit.final("Tail.", 0, 500)
        await visit.finish()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=5.0, stop_timeout_s=5.0) as running,
    ):
        running.speak(0, 500)
        stopping = asyncio.create_task(running.session.stop())
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].flushes == 1)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        gate.set()
        await running.task
        assert running.sink.spoken == [("Tail.", 0, 500)]


# --- cancelled anywhere ---


class Lingering(Recorder):
    """Stores, and takes a while to say so."""

    async def store(self, caption) -> None:
        await super().store(caption)
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987])
@pytest.mark.parametrize("lingering", [False, True])
async def test_killed_at_any_moment_and_resumed_from_what_is_safe_the_transcript_is_whole(steps, lingering):
    """Kills the session again and again, after so many turns of the loop, then lets it finish.

    It goes on as a worker does that finds the session in the database: behind what is stored there, be
    it that the one before did not live to know. A host keeps its audio from what it was told is safe.
    """
    pcm, words = spoken(40, per_utterance=4, pause_ms=700)
    stored: dict[int, list[str]] = {}
    end_ms = 0
    rng = random.Random(steps)
    async with speech_server("positions") as server:
        safe_ms, utterance, kills = 0, 1, 0
        while True:
            async with relay(
                local(server),
                sink=Lingering() if lingering else Recorder(),
                first_sample=ms_to_samples(safe_ms),
                next_utterance=utterance,
                quiet_flush_ms=2000,
            ) as running:
                running.play(pcm[safe_ms * 32 :], first_ms=safe_ms)
                stopping = asyncio.create_task(running.session.stop()) if kills % 2 or kills > 12 else None
                if kills <= 12:
                    for _ in range(steps + rng.randint(0, steps)):
                        await asyncio.sleep(0)
                    running.task.cancel()
                    await asyncio.wait({running.task})
                    if stopping:
                        await asyncio.wait({stopping})
                else:
                    await stopping
            for final in running.sink.finals:
                # As the database does it: the same utterance again changes nothing.
                stored.setdefault(final.utterance, final.text.split())
                end_ms = max(end_ms, final.offset_ms + final.duration_ms)
            assert running.sink.gaps == []
            utterance = max(stored, default=0) + 1
            safe_ms = max(running.safe_ms, end_ms)
            if kills > 12:
                break
            kills += 1
    assert [word for number in sorted(stored) for word in stored[number]] == words


@pytest.mark.parametrize("turns", range(30))
async def test_a_stop_ends_at_whatever_turn_of_its_end_the_run_is_cancelled(turns):
    def nowhere(language):
        raise AssertionError("nothing was said, so there is nothing to connect for")

    session = RelaySession(connect=nowhere, language="en-US", sink=Recorder())
    running = asyncio.create_task(session.run())
    stopping = asyncio.create_task(session.stop())
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(5):
        await stopping
    await asyncio.wait({running})


async def test_a_cancelled_session_lets_go_of_the_upstream():
    async with fake_upstream(listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 500)
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].audio_ms == 500)
        running.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running.task
        await fake.visits[0].socket.wait_closed()


# --- refusals ---


@pytest.mark.parametrize(
    ("status", "kind"), [(401, FaultKind.AUTH), (403, FaultKind.AUTH), (404, FaultKind.CONFIG)]
)
async def test_a_refusal_for_good_ends_the_session_after_one_attempt(status, kind):
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(status)
        async with relay(fake.upstream()) as running:
            running.speak(0, 1000)
            with pytest.raises(UpstreamRefused) as caught:
                await running.task
            assert caught.value.kind is kind
            assert fake.handshakes == 1
            assert running.sink.statuses == [("connecting", ""), ("lost", "upstream.refused")]
            assert running.session.upstream == "lost"
            assert running.safe_ms == 0


@pytest.mark.parametrize("form", ["error", "close 1008", "close 4401"])
async def test_a_bad_key_told_in_any_form_ends_the_session(form):
    async def play(visit):
        await visit.receive()
        if form == "error":
            await visit.say(type="error", error="Bad key.", code="UNAUTHORIZED")
        await visit.socket.close(int(form.split()[-1]) if form != "error" else 1008)

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        with pytest.raises(UpstreamRefused):
            await running.task
        assert fake.handshakes == 1


async def test_a_language_the_upstream_lacks_is_refused_by_name():
    async def play(visit):
        await visit.receive()
        await visit.say(
            type="error", error="tlh is not a language of this model", code="UNSUPPORTED_LANGUAGE"
        )
        await visit.socket.close(1008)

    async with fake_upstream(play) as fake, relay(fake.upstream(), language="tlh") as running:
        with pytest.raises(UpstreamRefused, match="tlh is not a language"):
            await running.task
        assert running.sink.errors[0].upstream_code == "UNSUPPORTED_LANGUAGE"


async def test_stop_after_a_refusal_for_good_says_what_is_missing():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(401)
        async with relay(fake.upstream()) as running:
            running.speak(0, 1000)
            with pytest.raises(UpstreamRefused):
                await running.task
            await running.session.stop()
            assert running.sink.gaps == [(0, 1000)]


async def test_a_quota_is_asked_again_a_few_times_and_then_believed():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(429)
        async with relay(fake.upstream(), quota_attempts=3) as running:
            with pytest.raises(UpstreamRefused) as caught:
                await running.task
            assert caught.value.kind is FaultKind.QUOTA
            assert fake.handshakes == 4


async def test_a_quotas_own_wish_is_followed_up_to_a_cap():
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(429, Retry_After="1") if number == 0 else None
        async with relay(fake.upstream(), quota_cap_s=0.3) as running:
            began = monotonic()
            await running.sink.until(lambda: running.session.upstream == "live")
            assert 0.25 < monotonic() - began < 0.9


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_fault_of_the_upstreams_own_is_tried_for_as_long_as_it_takes(status):
    async with fake_upstream(listen) as fake:
        fake.refuse = lambda number, request: http_response(status) if number < 15 else None
        async with relay(fake.upstream()) as running:
            running.speak(0, 1000)
            await running.sink.until(lambda: running.session.upstream == "live")
            await running.session.stop()
            assert fake.heard_ms() == [[(0, 1000)]]
            assert running.sink.statuses.count(("lost", "upstream.refused")) == 1


async def test_an_upstream_that_never_gets_ready_is_tried_again():
    async def never(visit):
        await visit.read_on()

    async with fake_upstream(never, listen) as fake, relay(fake.upstream(open_timeout_s=0.1)) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: running.session.upstream == "live")
        await running.session.stop()
        assert fake.heard_ms() == [[], [(0, 1000)]]


async def test_nobody_there_is_tried_again_until_somebody_is():
    async with fake_upstream(listen) as fake:
        upstream, port = fake.upstream(), fake.port
    async with relay(upstream) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: running.session.upstream == "lost")
        async with fake_upstream(listen, port=port) as fake:
            await running.sink.until(lambda: running.session.upstream == "live")
            await running.session.stop()
            assert fake.heard_ms() == [[(0, 1000)]]


async def test_connections_that_break_at_once_are_not_hammered():
    async def play(visit):
        await visit.begin()
        await visit.drop()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), retry_first_s=0.05, retry_cap_s=10.0) as running,
    ):
        running.speak(0, 1000)
        await asyncio.wait({running.task}, timeout=1.0)
        assert fake.handshakes <= 6


async def test_a_connection_that_settled_something_starts_the_delays_again():
    async def play(visit):
        await visit.begin()
        await visit.hear(100)
        await visit.final(f"s{len(fake.visits)}", 0, 100)
        await visit.drop()

    async with (
        fake_upstream(*[play] * 14, listen) as fake,
        relay(fake.upstream(), retry_first_s=0.01, retry_cap_s=60.0) as running,
    ):
        running.speak(0, 2000)
        await fake.until(lambda: len(fake.visits) == 15)
        await running.session.stop()
        assert len(running.sink.finals) == 14


# --- errors after ready ---


async def test_an_error_that_ends_nothing_is_noted_and_captions_go_on():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.say(type="error", error="LLM is tired", code="LLM_FAILED")
        await visit.say(type="error", error="?", code="INVALID_REQUEST")
        await visit.final("One.", 0, 900)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        assert [final.text for final in running.sink.finals] == ["One."]
        assert len(fake.visits) == 1


async def test_unknown_messages_are_counted_and_change_nothing():
    async def play(visit):
        await visit.begin()
        await visit.hear(1000)
        for body in (
            {"type": "news"},
            {},
            {"type": "pong"},
            {"type": "llm", "delta": "x"},
        ):
            await visit.say(**body)
        await visit.socket.send(b"\x00\x01")
        await visit.final("One.", 0, 900)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.session.stop()
        assert running.sink.spoken == [("One.", 0, 900)]
        assert running.session.unknown_messages == 3


async def test_a_key_refused_in_mid_speech_is_asked_once_more_and_then_believed():
    async def play(visit):
        await visit.begin()
        await visit.hear(100)
        await visit.say(type="error", error="Key revoked.", code="UNAUTHORIZED")
        await visit.read_on()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        with pytest.raises(UpstreamRefused):
            await running.task
        assert fake.handshakes == 2


async def test_a_quota_in_mid_speech_costs_delay_and_no_word():
    async def first(visit):
        await visit.begin()
        await visit.hear(1000)
        await visit.final("One.", 0, 500)
        await visit.say(type="error", error="Too much.", code="QUOTA_EXCEEDED")
        await visit.socket.close(1013)

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert fake.heard_ms()[1] == [(500, 1000)]


async def test_a_flush_done_that_nobody_asked_for_settles_nothing():
    async def play(visit):
        await visit.begin()
        await visit.finish()
        await visit.hear(1000)
        await visit.finish()
        await visit.interim("on", 100, 800)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream()) as running:
        running.speak(0, 1000)
        await running.sink.until(lambda: bool(running.sink.interims))
        assert running.safe_ms == 0


# --- pings, flushes on our own, pace ---


async def test_pings_are_sent_and_need_no_answer():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), json_ping_s=0.02) as running:
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].messages.count({"type": "ping"}) >= 3)
        assert running.session.upstream == "live"


async def test_an_upstream_that_knows_no_ping_is_not_pinged_again():
    async def play(visit):
        await visit.begin()
        await visit.receive()
        await visit.say(type="error", error="unknown type ping", code="INVALID_MESSAGE")
        await visit.hear(100)
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream(), json_ping_s=0.03) as running:
        await fake.until(lambda: bool(fake.visits) and {"type": "ping"} in fake.visits[0].messages)
        await asyncio.wait({running.task}, timeout=0.3)
        running.speak(0, 100)
        await running.session.stop()
        assert fake.visits[0].messages.count({"type": "ping"}) == 1


async def test_long_silence_is_settled_at_a_quiet_moment():
    async with fake_upstream(listen) as fake, relay(fake.upstream(), quiet_flush_ms=2000) as running:
        running.play(silence_pcm(3000))
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].flushes == 1)
        await fake.until(lambda: fake.visits[0].audio_ms == 3000)
        assert 2000 < running.safe_ms <= 3000
        assert running.sink.stored == []


async def test_speech_is_not_cut_by_a_flush_before_it_has_to_be():
    async with (
        fake_upstream(listen) as fake,
        relay(fake.upstream(), quiet_flush_ms=1000, ring_ms=90_000) as running,
    ):
        running.speak(0, 2900)
        await fake.until(lambda: bool(fake.visits) and fake.visits[0].audio_ms == 2900)
        assert fake.visits[0].flushes == 0
        running.speak(2900, 3200)
        await fake.until(lambda: fake.visits[0].flushes == 1)


async def test_an_upstream_that_says_nothing_any_more_is_found_out_before_the_ring_overflows():
    async def deaf(visit):
        await visit.begin()
        await visit.hear(500)
        await visit.final("One.", 0, 400)
        await visit.read_on()

    async with (
        fake_upstream(deaf, listen) as fake,
        relay(fake.upstream(), quiet_flush_ms=1000, ring_ms=20_000, flush_timeout_s=0.2) as running,
    ):
        running.speak(0, 5000)
        await fake.until(lambda: len(fake.visits) == 2)
        await running.session.stop()
        assert fake.heard_ms()[1] == [(400, 5000)]
        assert running.sink.gaps == []


async def test_an_upstream_that_ignores_flushes_is_not_asked_for_ever():
    async def play(visit):
        await visit.begin()
        said = 0
        while True:
            await visit.receive()
            if visit.audio_ms >= said + 900:
                said += 900
                await visit.final(f"s{said}", said - 900, 900)

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), flush_timeout_s=0.1, stop_timeout_s=0.3) as running,
    ):
        for start in range(0, 10_000, 2000):
            running.speak(start, start + 1000)
        await fake.until(lambda: any(heard and heard[-1][1] == 9000 for heard in fake.heard_ms()))
        await running.session.stop()
        assert len(fake.visits) < 10
        assert [gap for gap in running.sink.gaps if gap[1] % 2000 == 0] == [
            (start + 1000, start + 2000) for start in range(0, 8000, 2000)
        ]


async def test_a_host_that_falls_silent_has_its_last_words_settled():
    async def play(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.final("Last words.", 0, 500)
        await visit.finish()
        await visit.serve_flushes()

    async with fake_upstream(play) as fake, relay(fake.upstream(), idle_flush_s=0.1) as running:
        running.speak(0, 450)
        running.play(silence_pcm(600), first_ms=450)
        await running.sink.until(lambda: len(running.sink.stored) == 1)
        await fake.until(lambda: fake.visits[0].audio_ms == 1050)
        running.speak(1050, 2000)
        await running.session.stop()
        assert fake.heard_ms()[0][-1] == (1050, 2000)
        assert running.safe_ms == 2000


async def test_a_silent_host_and_an_upstream_that_ignores_flushes_make_no_storm():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with (
        fake_upstream(play) as fake,
        relay(fake.upstream(), idle_flush_s=0.02, flush_timeout_s=0.05) as running,
    ):
        running.speak(0, 1000)
        await asyncio.wait({running.task}, timeout=1.0)
        assert len(fake.visits) == 3
        assert fake.heard_ms() == [[(0, 1000)]] * 3


async def test_an_answered_flush_forgives_the_ones_that_were_not():
    async def deaf(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.read_on()

    async def once(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.finish()
        await visit.hear_flush()
        await visit.read_on()

    async with (
        fake_upstream(deaf, once, once, once, listen) as fake,
        relay(fake.upstream(), flush_timeout_s=0.1) as running,
    ):
        for start in range(0, 10_000, 2000):
            running.speak(start, start + 1000)
        await fake.until(lambda: len(fake.visits) == 5)
        await running.session.stop()
        assert running.sink.gaps == [(start + 1000, start + 2000) for start in range(0, 8000, 2000)]
        assert running.safe_ms == 9000


async def test_a_replay_keeps_to_its_pace():
    async with (
        fake_upstream(listen) as fake,
        relay(fake.upstream(), replay_rate=10.0, stop_timeout_s=5.0) as running,
    ):
        running.speak(0, 5000)
        began = monotonic()
        await running.session.stop()
        assert 0.35 < monotonic() - began < 2
        assert fake.heard_ms() == [[(0, 5000)]]


async def test_a_line_that_takes_nothing_more_is_given_up_and_the_audio_sent_again():
    async def first(visit):
        await visit.begin()
        visit.socket.transport.pause_reading()
        await visit.socket.wait_closed()

    async with fake_upstream(first, listen) as fake:
        upstream = fake.upstream(ping_timeout_s=0.3, ping_interval_s=60.0)
        async with relay(upstream, ring_ms=3_600_000, stop_timeout_s=5.0) as running:
            running.speak(0, 300_000, chunk_ms=1000)
            await fake.until(lambda: len(fake.visits) == 2)
            await running.session.stop()
            assert fake.heard_ms()[1] == [(0, 300_000)]


async def test_an_error_for_people_comes_with_the_loss():
    async def first(visit):
        await visit.begin()
        await visit.drop()

    async with fake_upstream(first, listen) as fake, relay(fake.upstream()) as running:
        await running.sink.until(lambda: ("lost", "upstream.lost") in running.sink.statuses)
        assert isinstance(running.sink.errors[0], UpstreamLost)
        await running.sink.until(lambda: running.sink.statuses[-1] == ("live", ""))
