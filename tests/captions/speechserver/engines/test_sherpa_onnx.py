"""The adapter against a small library of the same interface: what it calls, and what it makes of answers."""

import sys
import textwrap

import pytest

from captions.speechserver.engines.base import EngineUnavailable, Word
from captions.speechserver.engines.registry import EngineChoice, build
from tests.speech import silence_pcm

LIBRARY = """
    import math
    import types

    made = []

    class Stream:
        def __init__(self):
            self.samples, self.decoded, self.since, self.is_finished = 0, 0, 0, False

        def accept_waveform(self, sample_rate, waveform):
            assert sample_rate == 16000 and not self.is_finished
            assert all(-1 <= value <= 1 for value in waveform)
            self.samples += len(waveform)

        def input_finished(self):
            self.is_finished = True

    class OnlineRecognizer:
        # Steps of 100 ms; a token a step, until the segment is 800 ms long.
        @classmethod
        def _make(cls, kind, **options):
            made.append((kind, options))
            if "broken" in options["tokens"]:
                raise RuntimeError("bad model")
            return cls()

        from_transducer = classmethod(lambda cls, **options: cls._make("transducer", **options))
        from_paraformer = classmethod(lambda cls, **options: cls._make("paraformer", **options))
        from_zipformer2_ctc = classmethod(lambda cls, **options: cls._make("ctc", **options))

        TOKENS = [" HE", "LLO", " WOR", "LD", " AND", " YOU"]

        def create_stream(self):
            return Stream()

        def is_ready(self, s):
            return s.samples - s.decoded >= 1600

        def decode_stream(self, s):
            s.decoded += 1600

        def get_result_all(self, s):
            steps = min((s.decoded - s.since) // 1600, len(self.TOKENS))
            tokens = self.TOKENS[:steps]
            return types.SimpleNamespace(
                text="".join(tokens), tokens=tokens, start_time=s.since / 16000,
                timestamps=[0.1 * step for step in range(steps)], ys_probs=[math.log(0.8)] * steps)

        def is_endpoint(self, s):
            return s.decoded - s.since >= 12800

        def reset(self, s):
            s.since = s.decoded
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """The stand-in, importable as ``sherpa_onnx``."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sherpa_onnx.py").write_text(textwrap.dedent(LIBRARY), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "sherpa_onnx", raising=False)
    yield
    sys.modules.pop("sherpa_onnx", None)


@pytest.fixture
def folder(tmp_path):
    """Makes a model directory of empty files."""

    def make(*files, name="streaming-zipformer-en-2023"):
        path = tmp_path / name
        path.mkdir()
        for file in files:
            (path / file).touch()
        return path

    return make


@pytest.fixture
def session(library, folder):
    engine = build(
        EngineChoice("sherpa-onnx", folder("tokens.txt", "encoder.onnx", "decoder.onnx", "joiner.onnx"))
    )
    engine.load()
    return engine.open(language="en-US", sample_rate_hz=16_000)


def test_a_missing_library_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(EngineUnavailable, match="pip install sherpa-onnx"):
        build(EngineChoice("sherpa-onnx"))


def test_a_missing_model_is_asked_for_and_never_fetched(library, tmp_path):
    with pytest.raises(EngineUnavailable, match="VOXWEB_ENGINE_MODEL_DIR"):
        build(EngineChoice("sherpa-onnx"))
    with pytest.raises(EngineUnavailable, match="does not exist"):
        build(EngineChoice("sherpa-onnx", tmp_path / "gone"))


def test_a_directory_that_is_no_model_is_answered_with_what_is_expected(library, folder):
    with pytest.raises(EngineUnavailable, match=r"tokens\.txt"):
        build(EngineChoice("sherpa-onnx", folder("encoder.onnx"))).load()


def test_a_model_the_library_does_not_take_is_refused(library, folder):
    broken = folder("tokens.txt", "model.onnx", name="broken")
    with pytest.raises(EngineUnavailable, match="cannot read the model"):
        build(EngineChoice("sherpa-onnx", broken)).load()


@pytest.mark.parametrize(
    ("files", "kind", "parts"),
    [
        (["encoder-99.onnx", "encoder-99.int8.onnx", "decoder-99.onnx", "joiner-99.onnx"], "transducer", 3),
        (["encoder.onnx", "decoder.onnx"], "paraformer", 2),
        (["model.int8.onnx"], "ctc", 1),
    ],
)
def test_kinds_of_models_are_told_apart_by_their_files(library, folder, files, kind, parts):
    import sherpa_onnx

    build(EngineChoice("sherpa-onnx", folder("tokens.txt", *files))).load()
    made, options = sherpa_onnx.made[-1]
    networks = [options[part] for part in ("encoder", "decoder", "joiner", "model") if part in options]
    assert (made, len(networks)) == (kind, parts)
    assert options["enable_endpoint_detection"] is True
    assert networks[0].endswith("int8.onnx") or not any("int8" in name for name in files)


def test_tokens_become_words_with_times_and_confidence(session):
    (final,) = [one for one in session.feed(silence_pcm(800)) if one.is_final]
    assert final.text == "hello world and you"
    assert final.words == (
        Word("hello", 0, 200, 0.8),
        Word("world", 200, 200, 0.8),
        Word("and", 400, 100, 0.8),
        Word("you", 500, 300, 0.8),
    )
    assert (final.offset_ms, final.duration_ms, final.confidence) == (0, 800, 0.8)


def test_times_go_on_over_an_end_and_over_a_flush(session):
    finals = [one for one in session.feed(silence_pcm(1600)) if one.is_final]
    assert [one.offset_ms for one in finals] == [0, 800]
    session.feed(silence_pcm(300))
    (tail,) = session.flush()
    assert tail.offset_ms == 1600
    session.feed(silence_pcm(800))
    assert session.flush()[0].offset_ms >= 1900


def test_interims_come_when_the_text_changes(session):
    (interim,) = session.feed(silence_pcm(200))
    assert (interim.text, interim.is_final, interim.offset_ms) == ("hello", False, 0)
    assert session.feed(silence_pcm(50)) == []


def test_a_script_without_blanks_gives_a_word_a_sign():
    from types import SimpleNamespace

    from captions.speechserver.engines.sherpa_onnx import SherpaOnnxSession

    result = SimpleNamespace(
        text="你好", tokens=["你", "好"], timestamps=[0.0, 0.2], start_time=0.0, ys_probs=[]
    )
    recognizer = SimpleNamespace(create_stream=lambda: None)
    words = SherpaOnnxSession(recognizer, 16_000)._words(result)
    assert [(word.text, word.offset_ms, word.confidence) for word in words] == [
        ("你", 0, None),
        ("好", 200, None),
    ]
