"""Where somebody else goes on with a session, no word is made into two."""

from __future__ import annotations

import asyncio

import pytest

from captions.relay.captions import FinalCaption
from captions.relay.handover import without_cut_word
from captions.stt.events import Word
from captions.stt.upstream import Upstream
from captions.upstream.secret import Secret
from tests.captions.relay.running import relay
from tests.speech import position_pcm, silence_pcm, speech_server
from tests.upstream import fake_upstream


@pytest.fixture(autouse=True)
async def bounded():
    async with asyncio.timeout(30):
        yield


def final(text="one, two three.", words=("one", "two", "three")):
    """Each word lasts 200 ms, the first begins at 1000 ms."""
    placed = tuple(Word(word, 1000 + 200 * number, 200, None) for number, word in enumerate(words))
    return FinalCaption(1, text, 1000, 200 * len(words), None, "en-US", placed)


def test_a_word_at_the_end_of_the_audio_is_left_out():
    whole = without_cut_word(final(), 1650)
    assert (whole.text, whole.offset_ms, whole.duration_ms) == ("one, two", 1000, 400)
    assert [word.text for word in whole.words] == ["one", "two"]


def test_a_word_that_was_over_stays():
    assert without_cut_word(final(), 1901) == final()


def test_nothing_is_left_of_a_final_of_one_word():
    assert without_cut_word(final("one", ("one",)), 1200) is None


def test_text_that_does_not_match_its_words_is_made_of_them():
    assert without_cut_word(final("1 2 three four"), 1600).text == "one two"


def test_a_final_without_words_stays_as_it_is():
    assert without_cut_word(final(words=()), 1600) == final(words=())


async def handed_over(pcm):
    """What is stored, and what is safe, once a session has been handed over after this audio."""
    async with (
        speech_server("positions") as server,
        relay(Upstream(server.url, Secret("emu-key"))) as running,
    ):
        running.play(pcm)
        await running.sink.until(lambda: running.sink.interims)
        await running.session.stop(goes_on=True)
        return running.sink.spoken, running.sink.gaps, running.safe_ms


async def test_a_session_goes_on_at_the_beginning_of_the_word_that_was_cut():
    spoken, gaps, safe_ms = await handed_over(position_pcm(0, 6)[: 32 * 1100])
    assert spoken == [("w0 w1 w2 w3 w4", 0, 1000)]
    assert gaps == []
    assert safe_ms == 1000


async def test_after_a_pause_everything_is_settled():
    spoken, gaps, safe_ms = await handed_over(position_pcm(0, 6) + silence_pcm(500))
    assert spoken == [("w0 w1 w2 w3 w4 w5", 0, 1200)]
    assert (gaps, safe_ms) == ([], 1700)


async def test_what_the_upstream_did_not_get_to_is_left_to_who_goes_on():
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    async with fake_upstream(play) as fake, relay(fake.upstream(), stop_timeout_s=0.2) as running:
        running.play(position_pcm(0, 5))
        await running.session.stop(goes_on=True)
        assert (running.sink.stored, running.safe_ms) == ([], 0)
