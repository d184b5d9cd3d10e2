import sys

import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.pocketsphinx import PocketsphinxEngine
from tests.captions.speechserver.processes import recording
from tests.speech import chunks, silence_pcm, speech_pcm


@pytest.fixture(scope="module")
def engine():
    loaded = PocketsphinxEngine()
    loaded.load()
    return loaded


@pytest.fixture
def session(engine):
    opened = engine.open(language="en-US", sample_rate_hz=16_000)
    yield opened
    opened.close()


def heard(session, pcm, chunk_ms=100):
    return [one for chunk in chunks(pcm, chunk_ms) for one in session.feed(chunk)] + session.flush()


def finals(said):
    return [one.text for one in said if one.is_final]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("go_forward.wav", "go forward ten meters"),
        ("brooklyn_bridge.wav", "how old is the brooklyn bridge"),
    ],
)
def test_short_recordings_are_recognised_word_for_word(session, name, text):
    assert finals(heard(session, recording(name))) == [text]


def test_words_have_their_place_and_their_posterior(session):
    final = heard(session, silence_pcm(1000) + recording("go_forward.wav"))[-1]
    assert [word.text for word in final.words] == ["go", "forward", "ten", "meters"]
    assert final.offset_ms == final.words[0].offset_ms
    assert 1400 < final.offset_ms < 1600
    assert final.offset_ms + final.duration_ms == final.words[-1].offset_ms + final.words[-1].duration_ms
    assert all(0 <= word.confidence <= 1 for word in final.words)
    ends = [word.offset_ms + word.duration_ms for word in final.words]
    assert all(end <= after.offset_ms for end, after in zip(ends, final.words[1:], strict=False))


def test_interims_grow_towards_the_final(session):
    said = heard(session, recording("go_forward.wav"))
    texts = [one.text for one in said if not one.is_final]
    assert texts[0].startswith("go")
    assert len(set(texts)) == len(texts)


def test_a_caller_that_lags_gets_one_interim_a_call(session):
    session.feed(recording("jfk_inaugural.wav")[: 32 * 2000])
    assert len(session.feed(recording("jfk_inaugural.wav")[32 * 2000 : 32 * 3000])) <= 1


def test_nothing_is_carried_from_one_session_to_the_next(engine):
    first = engine.open(language="en-US", sample_rate_hz=16_000)
    before = heard(first, recording("brooklyn_bridge.wav"))
    first.close()
    other = engine.open(language="en-US", sample_rate_hz=16_000)
    heard(other, recording("go_forward.wav"))
    other.close()
    second = engine.open(language="en-US", sample_rate_hz=16_000)
    assert heard(second, recording("brooklyn_bridge.wav")) == before
    second.close()


def test_times_go_on_over_a_flush(session):
    heard(session, recording("brooklyn_bridge.wav"))
    after = heard(session, recording("go_forward.wav"))[-1]
    assert after.offset_ms > 1800


@pytest.mark.parametrize("pcm", [b"", silence_pcm(3000), speech_pcm(10), silence_pcm(3000)[:31]])
def test_what_holds_no_speech_gives_nothing(session, pcm):
    assert heard(session, pcm) == []
    assert session.flush() == []


def test_a_session_can_be_closed_in_mid_utterance_and_twice(engine):
    one = engine.open(language="en-US", sample_rate_hz=16_000)
    one.feed(recording("go_forward.wav")[: 32 * 2000])
    one.close()
    one.close()
    another = engine.open(language="en-US", sample_rate_hz=16_000)
    assert finals(heard(another, recording("go_forward.wav"))) == ["go forward ten meters"]
    another.close()


def test_a_missing_library_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(EngineUnavailable, match=r"pip install \"voxweb\[local\]\""):
        PocketsphinxEngine()


def test_a_directory_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(EngineUnavailable, match="is no model"):
        PocketsphinxEngine(model_dir=tmp_path)


def test_an_engine_that_was_not_loaded_opens_nothing():
    with pytest.raises(EngineUnavailable, match="not loaded"):
        PocketsphinxEngine().open(language="en-US", sample_rate_hz=16_000)
