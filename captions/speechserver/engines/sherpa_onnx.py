"""Recognition by sherpa-onnx, with a streaming model that was unpacked by hand.

The library lets go of the interpreter's lock while it decodes and one model serves many streams, so
sessions are threads. It finds the ends of utterances itself. Models with an encoder, a decoder and a
joiner (transducers), with an encoder and a decoder (paraformers) and with a single network
(zipformer CTC) are told apart by their files.
"""

from __future__ import annotations

import math
import sys
from array import array
from pathlib import Path
from typing import Any, Literal, Protocol

from captions.audio import ms_to_samples, samples_in, samples_to_ms
from captions.speechserver.engines.base import EngineUnavailable, Transcript, Word, final
from captions.speechserver.engines.models import languages_of, require

PIECE_MS = 200
"""An utterance's end is looked for this often."""
TAIL_MS = 660
"""Silence that brings the last words out of a model's look-ahead."""
LAST_WORD_MS = 300
"""Length of a last word: the library says only where words begin."""
WORD_STARTS = (" ", "\u2581")


class _Result(Protocol):
    """Tokens of the open segment; ``timestamps`` in seconds from ``start_time``, ``ys_probs`` logarithms."""

    text: str
    tokens: list[str]
    timestamps: list[float]
    start_time: float
    ys_probs: list[float]


class _Stream(Protocol):
    def accept_waveform(self, sample_rate: float, waveform: list[float]) -> None: ...

    def input_finished(self) -> None: ...


class _Recognizer(Protocol):
    """The part of ``sherpa_onnx.OnlineRecognizer`` that is used here."""

    def create_stream(self) -> _Stream: ...

    def is_ready(self, s: _Stream) -> bool: ...

    def decode_stream(self, s: _Stream) -> None: ...

    def get_result_all(self, s: _Stream) -> _Result: ...

    def is_endpoint(self, s: _Stream) -> bool: ...

    def reset(self, s: _Stream) -> object: ...


class SherpaOnnxSession:
    """One stream of the library at a time; a flush ends it and begins another."""

    def __init__(self, recognizer: _Recognizer, sample_rate_hz: int) -> None:
        self._recognizer = recognizer
        self._rate_hz = sample_rate_hz
        self._stream = recognizer.create_stream()
        self._samples = 0
        self._base_ms = 0
        """Where the library's stream begins in the session."""
        self._settled_ms = 0
        self._shown = ""

    def feed(self, pcm: bytes) -> list[Transcript]:
        said: list[Transcript] = []
        is_open = False
        size = 2 * ms_to_samples(PIECE_MS)
        for start in range(0, len(pcm), size):
            piece = pcm[start : start + size]
            self._samples += samples_in(piece)
            self._decode(_floats(piece))
            is_open = not self._recognizer.is_endpoint(self._stream)
            if not is_open:
                said += self._final()
                self._recognizer.reset(self._stream)
        return said + (self._interim() if is_open else [])

    def flush(self) -> list[Transcript]:
        self._decode([0.0] * ms_to_samples(TAIL_MS))
        self._stream.input_finished()
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)
        said = self._final()
        self._stream = self._recognizer.create_stream()
        self._base_ms = samples_to_ms(self._samples)
        return said

    def close(self) -> None:
        pass

    def _decode(self, waveform: list[float]) -> None:
        self._stream.accept_waveform(self._rate_hz, waveform)
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)

    def _interim(self) -> list[Transcript]:
        result = self._recognizer.get_result_all(self._stream)
        text = _cased(result.text.strip())
        if not text or text == self._shown:
            return []
        self._shown = text
        words = self._words(result)
        offset_ms = words[0].offset_ms if words else self._settled_ms
        return [Transcript(text, False, offset_ms, max(1, samples_to_ms(self._samples) - offset_ms))]

    def _final(self) -> list[Transcript]:
        result = self._recognizer.get_result_all(self._stream)
        text = _cased(result.text.strip())
        self._shown = ""
        now_ms = samples_to_ms(self._samples)
        start_ms, self._settled_ms = self._settled_ms, now_ms
        if not text:
            return []
        words = self._words(result)
        return [final(text, words, start_ms=start_ms, now_ms=now_ms)]

    def _words(self, result: _Result) -> list[Word]:
        """Tokens put together to words; none where the model gives no times."""
        tokens, times, logs = result.tokens, result.timestamps, result.ys_probs
        if not tokens or len(times) != len(tokens):
            return []
        starts = [
            number
            for number, token in enumerate(tokens)
            if number == 0 or _starts_word(token, tokens[number - 1])
        ]
        offsets_ms = [self._base_ms + round((result.start_time + times[number]) * 1000) for number in starts]
        latest_ms = max(samples_to_ms(self._samples), offsets_ms[-1] + 1)
        words: list[Word] = []
        for place, (first, offset_ms) in enumerate(zip(starts, offsets_ms, strict=True)):
            is_last = place + 1 == len(starts)
            after = len(tokens) if is_last else starts[place + 1]
            end_ms = min(offset_ms + LAST_WORD_MS, latest_ms) if is_last else offsets_ms[place + 1]
            text = "".join(tokens[first:after]).replace(WORD_STARTS[1], " ").strip()
            confidence = None
            if len(logs) == len(tokens):
                confidence = round(min(1.0, math.exp(sum(logs[first:after]) / (after - first))), 3)
            if text:
                words.append(Word(_cased(text), offset_ms, max(0, end_ms - offset_ms), confidence))
        return words


class SherpaOnnxEngine:
    """Any streaming model of sherpa-onnx, in the languages its directory is named for."""

    name = "sherpa-onnx"
    isolation: Literal["process", "thread"] = "thread"

    def __init__(self, *, model_dir: Path | None = None) -> None:
        try:
            import sherpa_onnx
        except ImportError as exc:
            raise EngineUnavailable("sherpa-onnx is not installed: pip install sherpa-onnx.") from exc
        self._library: Any = sherpa_onnx
        self._model_dir = require(self.name, model_dir)
        self.languages = languages_of(self._model_dir)
        self.label = f"sherpa-onnx ({self._model_dir.resolve().name})"
        self._recognizer: _Recognizer | None = None

    def load(self) -> None:
        make, files = self._kind()
        try:
            self._recognizer = make(
                **{part: str(path) for part, path in files.items()},
                num_threads=1,
                enable_endpoint_detection=True,
                rule1_min_trailing_silence=2.4,
                rule2_min_trailing_silence=0.6,
                rule3_min_utterance_length=20.0,
            )
        except Exception as exc:  # the library asserts, and passes on whatever its runtime raises
            raise EngineUnavailable(f"sherpa-onnx cannot read the model in {self._model_dir}.") from exc

    def open(self, *, language: str, sample_rate_hz: int) -> SherpaOnnxSession:
        if self._recognizer is None:
            raise EngineUnavailable("The engine's model is not loaded.")
        return SherpaOnnxSession(self._recognizer, sample_rate_hz)

    def _kind(self) -> tuple[Any, dict[str, Path]]:
        """The library's maker for this kind of model, and the files it takes."""
        made_by = self._library.OnlineRecognizer
        kinds = (
            (made_by.from_transducer, ("encoder", "decoder", "joiner")),
            (made_by.from_paraformer, ("encoder", "decoder")),
            (made_by.from_zipformer2_ctc, ("model",)),
        )
        tokens = self._model_dir / "tokens.txt"
        for make, parts in kinds:
            files = {part: path for part in parts if (path := self._network(part)) is not None}
            if tokens.is_file() and len(files) == len(parts):
                return make, {"tokens": tokens, **files}
        raise EngineUnavailable(
            f"{self._model_dir} holds no streaming model of sherpa-onnx: expected are tokens.txt and the "
            "networks encoder*.onnx, decoder*.onnx and joiner*.onnx (or the first two, or model*.onnx alone)."
        )

    def _network(self, part: str) -> Path | None:
        """The network's file; the quantised one where there are both, as it is several times faster."""
        files = sorted(
            self._model_dir.glob(f"{part}*.onnx"), key=lambda path: (".int8." not in path.name, path.name)
        )
        return files[0] if files else None


def _floats(pcm: bytes) -> list[float]:
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return [sample / 32768 for sample in samples]


def _starts_word(token: str, before: str) -> bool:
    """A leading blank starts a word; so does each sign of a script that writes none."""
    return token.startswith(WORD_STARTS) or _is_unspaced(token) or _is_unspaced(before)


def _is_unspaced(token: str) -> bool:
    return len(token) == 1 and "\u2e80" <= token <= "\ufaff"


def _cased(text: str) -> str:
    """Models trained on capitals only shout; lower case reads better."""
    return text.lower() if text.isupper() else text
