"""Cut in mid-utterance, again and again: every word once, and where it was said."""

from __future__ import annotations

import asyncio

import pytest

from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret
from tests.captions.relay.running import relay
from tests.speech import chunks, speech_server, spoken
from tests.upstream import fake_upstream

WORDS, PER_UTTERANCE, WORD_MS, PAUSE_MS = 120, 10, 200, 800


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(60):
        yield


def spoken_at_ms(word: str) -> int:
    number = int(word[1:])
    return number * WORD_MS + number // PER_UTTERANCE * PAUSE_MS


@pytest.mark.parametrize("cuts", [1, 2, 5, 10, 20])
@pytest.mark.parametrize("with_close_frame", [True, False])
async def test_words_stand_where_they_were_said_after_any_number_of_cuts(cuts, with_close_frame):
    pcm, words = spoken(WORDS, per_utterance=PER_UTTERANCE, pause_ms=PAUSE_MS)
    pieces = chunks(pcm)
    # An odd distance, so that cuts fall at ever other places of an utterance.
    every = len(pieces) // (cuts + 1)
    async with (
        speech_server("positions") as server,
        relay(Upstream(server.url, Secret("emu-key")), quiet_flush_ms=3000) as running,
    ):
        for number, piece in enumerate(pieces):
            running.play(piece, first_ms=100 * number)
            if number and number % every == 0 and number // every <= cuts:
                lives = running.sink.statuses.count(("live", ""))
                await running.sink.until(lambda lives=lives: bool(running.sink.interims) or lives > 1)
                await cut(server, with_close_frame)
                await running.sink.until(
                    lambda lives=lives: running.sink.statuses.count(("live", "")) > lives
                )
            await asyncio.sleep(0.002)
        await running.session.stop()
        placed = [(word.text, word.offset_ms) for final in running.sink.finals for word in final.words]
    assert [word for word, _ in placed] == words
    assert all(abs(offset_ms - spoken_at_ms(word)) <= 50 for word, offset_ms in placed)
    assert running.sink.gaps == []
    assert running.sink.statuses.count(("live", "")) == cuts + 1


async def cut(server, with_close_frame: bool) -> None:
    if with_close_frame:
        await asyncio.gather(*(stream.go_away() for stream in tuple(server.server._connections)))
    else:
        server.drop_all()


@pytest.mark.parametrize("with_close_frame", [True, False])
async def test_the_audio_itself_has_no_hole_and_no_repeat_behind_what_was_settled(with_close_frame):
    async def play(visit):
        await visit.begin()
        await visit.hear(900)
        await visit.final(f"s{len(fake.visits)}", 0, 600)
        await visit.interim("and th", 600, 300)
        if with_close_frame:
            await visit.socket.close(1011)
        else:
            await visit.drop()

    async def last(visit):
        await visit.begin()
        await visit.serve_flushes()

    async with fake_upstream(*[play] * 20, last) as fake, relay(fake.upstream()) as running:
        running.speak(0, 20_000)
        await fake.until(lambda: len(fake.visits) == 21)
        await running.session.stop()
        assert [heard[0][0] for heard in fake.heard_ms()] == [600 * number for number in range(21)]
        assert all(len(heard) == 1 for heard in fake.heard_ms())
        assert running.sink.spoken == [
            (f"s{number + 1}", 600 * number, 600 * number + 600) for number in range(20)
        ]
        assert running.sink.gaps == []
