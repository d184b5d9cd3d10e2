import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.scripted import PositionsEngine, ScriptedEngine, marked
from tests.speech import chunks, position_pcm, silence_pcm, speech_pcm, spoken


def transcripts(engine, pcm, chunk_ms=100):
    session = engine.open(language="en-US", sample_rate_hz=16_000)
    said = [one for chunk in chunks(pcm, chunk_ms) for one in session.feed(chunk)]
    return said + session.flush()


def finals(engine, pcm, chunk_ms=100):
    return [one for one in transcripts(engine, pcm, chunk_ms) if one.is_final]


def test_the_first_interim_comes_after_300_ms_of_speech_and_one_each_300_ms():
    said = transcripts(ScriptedEngine(), silence_pcm(200) + speech_pcm(1000))
    assert [one.duration_ms for one in said if not one.is_final] == [300, 600, 900]
    assert {one.offset_ms for one in said} == {200}


def test_a_final_comes_after_600_ms_of_silence():
    session = ScriptedEngine().open(language="en", sample_rate_hz=16_000)
    session.feed(speech_pcm(1000))
    assert session.feed(silence_pcm(580)) == []
    (final,) = session.feed(silence_pcm(20))
    assert (final.is_final, final.offset_ms, final.duration_ms) == (True, 0, 1000)


def test_a_final_comes_after_15_s_of_speech():
    assert [one.duration_ms for one in finals(ScriptedEngine(), speech_pcm(16_000))] == [15_000, 1000]


def test_a_flush_without_speech_says_nothing():
    assert transcripts(ScriptedEngine(), silence_pcm(2000)) == []


def test_sentences_come_in_turn_and_their_words_share_the_time():
    engine = ScriptedEngine(script=("one two", "three"))
    said = finals(engine, (speech_pcm(500) + silence_pcm(700)) * 3)
    assert [one.text for one in said] == ["one two", "three", "one two"]
    assert [(word.text, word.offset_ms, word.duration_ms) for word in said[2].words] == [
        ("one", 2400, 250),
        ("two", 2650, 250),
    ]
    assert said[0].words[1].confidence == pytest.approx(0.91)


def test_a_script_of_ones_own_is_read_from_the_model_directory(tmp_path):
    (tmp_path / "script.txt").write_text("first\n\n second \n", encoding="utf-8")
    engine = ScriptedEngine(model_dir=tmp_path)
    engine.load()
    assert engine.script == ("first", "second")


def test_a_script_that_is_missing_or_empty_is_refused(tmp_path):
    with pytest.raises(EngineUnavailable, match=r"script\.txt"):
        ScriptedEngine(model_dir=tmp_path).load()
    (tmp_path / "script.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(EngineUnavailable, match="no sentence"):
        ScriptedEngine(model_dir=tmp_path).load()


@pytest.mark.parametrize("chunk_ms", [1, 7, 20, 250, 60_000])
def test_the_same_audio_gives_the_same_transcripts_however_it_is_cut(chunk_ms):
    pcm, _ = spoken(12, per_utterance=5)
    assert transcripts(PositionsEngine(), pcm, chunk_ms) == transcripts(PositionsEngine(), pcm)


def test_words_are_read_from_the_audio_at_the_times_they_stand():
    (final,) = finals(PositionsEngine(), silence_pcm(400) + position_pcm(40, 3))
    assert final.text == "w40 w41 w42"
    assert [(word.offset_ms, word.duration_ms) for word in final.words] == [
        (400, 200),
        (600, 200),
        (800, 200),
    ]


def test_what_is_said_does_not_depend_on_where_a_session_begins():
    pcm, words = spoken(30)
    later = pcm[len(pcm) // 3 :]
    heard = [word.text for one in finals(PositionsEngine(), later) for word in one.words]
    assert heard == words[-len(heard) :]


def test_a_long_utterance_is_cut_between_two_words():
    said = finals(PositionsEngine(), position_pcm(0, 100))
    assert [word.text for one in said for word in one.words] == [f"w{number}" for number in range(100)]
    assert {word.duration_ms for one in said for word in one.words} == {200}


def test_positions_that_cannot_be_marked_are_refused():
    assert marked(31_000)
    for position in (-1001, 31_001):
        with pytest.raises(ValueError, match="no mark"):
            marked(position)
