"""The adapter against a small library of the same interface: what it calls, and what it makes of answers."""

import sys
import textwrap

import pytest

from captions.speechserver.engines.base import EngineUnavailable, Transcript, Word
from captions.speechserver.engines.registry import EngineChoice, build
from tests.speech import silence_pcm

LIBRARY = """
    import json

    calls = []

    def SetLogLevel(level):
        calls.append(("SetLogLevel", level))

    class Model:
        def __init__(self, model_path=None, model_name=None, lang=None):
            assert model_path is not None, "it would download"
            if not (__import__("pathlib").Path(model_path) / "am").exists():
                raise Exception("Failed to create a model")

    class KaldiRecognizer:
        # An utterance of two words ends with each full second.
        def __init__(self, model, rate):
            self.samples, self.words = 0, False
            assert rate == 16000

        def SetWords(self, on):
            self.words = on

        def SetPartialWords(self, on):
            calls.append(("SetPartialWords", on))

        def AcceptWaveform(self, data):
            assert isinstance(data, bytes)
            calls.append(("AcceptWaveform", len(data)))
            before, self.samples = self.samples, self.samples + len(data) // 2
            return int(self.samples // 16000 > before // 16000)

        def _result(self, end):
            assert self.words
            return json.dumps({"text": "hello world", "result": [
                {"word": "hello", "start": end - 0.9, "end": end - 0.5, "conf": 0.8},
                {"word": "world", "start": end - 0.5, "end": end - 0.1, "conf": 1.0},
            ]})

        def Result(self):
            return self._result(self.samples / 16000)

        def PartialResult(self):
            if self.samples % 16000 < 8000:
                return json.dumps({"partial": ""})
            start = self.samples // 16000 + 0.1
            return json.dumps({"partial": "hello", "partial_result": [
                {"word": "hello", "start": start, "end": start + 0.4, "conf": 0.5}]})

        def FinalResult(self):
            if self.samples % 16000 == 0:
                return json.dumps({"text": ""})
            return self._result(self.samples / 16000)
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """The stand-in, importable as ``vosk``."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "vosk.py").write_text(textwrap.dedent(LIBRARY), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "vosk", raising=False)
    yield
    sys.modules.pop("vosk", None)


@pytest.fixture
def model_dir(tmp_path):
    folder = tmp_path / "vosk-model-small-de-0.15"
    (folder / "am").mkdir(parents=True)
    return folder


@pytest.fixture
def session(library, model_dir):
    engine = build(EngineChoice("vosk", model_dir))
    engine.load()
    return engine.open(language="de-DE", sample_rate_hz=16_000)


def test_a_missing_library_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(EngineUnavailable, match="pip install vosk"):
        build(EngineChoice("vosk"))


def test_a_missing_model_is_asked_for_and_never_fetched(library, tmp_path):
    with pytest.raises(EngineUnavailable, match="VOXWEB_ENGINE_MODEL_DIR"):
        build(EngineChoice("vosk"))
    with pytest.raises(EngineUnavailable, match="does not exist"):
        build(EngineChoice("vosk", tmp_path / "gone"))


def test_a_directory_that_is_no_model_is_refused(library, tmp_path):
    with pytest.raises(EngineUnavailable, match="cannot read a model"):
        build(EngineChoice("vosk", tmp_path)).load()


def test_the_engine_is_named_for_its_model(library, model_dir):
    engine = build(EngineChoice("vosk", model_dir))
    assert engine.label == "vosk (vosk-model-small-de-0.15)"
    assert engine.languages == ("de-DE",)
    assert engine.isolation == "thread"


def test_a_final_has_words_in_milliseconds_and_their_mean_confidence(session):
    (final,) = [one for one in session.feed(silence_pcm(1000)) if one.is_final]
    assert final == Transcript(
        text="hello world",
        is_final=True,
        offset_ms=100,
        duration_ms=800,
        confidence=0.9,
        words=(Word("hello", 100, 400, 0.8), Word("world", 500, 400, 1.0)),
    )


def test_interims_come_when_the_text_changes(session):
    assert session.feed(silence_pcm(400)) == []
    (interim,) = session.feed(silence_pcm(200))
    assert (interim.text, interim.is_final, interim.offset_ms, interim.duration_ms) == (
        "hello",
        False,
        100,
        500,
    )
    assert session.feed(silence_pcm(100)) == []


def test_long_pieces_are_cut_so_that_no_end_is_missed(session):
    import vosk

    vosk.calls.clear()
    said = session.feed(silence_pcm(2500))
    assert [one.is_final for one in said] == [True, True, False]
    assert {size for name, size in vosk.calls if name == "AcceptWaveform"} <= {6400, 3200}


def test_a_flush_finishes_and_says_nothing_of_nothing(session):
    assert session.flush() == []
    session.feed(silence_pcm(700))
    assert [one.text for one in session.flush()] == ["hello world"]
