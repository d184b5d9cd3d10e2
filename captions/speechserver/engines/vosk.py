"""Recognition by vosk, with a model that was unpacked by hand.

The library lets go of the interpreter's lock while it decodes and one model serves many recognisers,
so sessions are threads. It finds the ends of utterances itself. It would also download models by
name; it is only ever given a directory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol

from captions.audio import ms_to_samples, samples_in, samples_to_ms
from captions.speechserver.engines.base import EngineUnavailable, Transcript, Word, final
from captions.speechserver.engines.models import languages_of, require

PIECE_MS = 200
"""The library looks for an utterance's end once a call, so calls have to be short."""


class _Recognizer(Protocol):
    """The part of ``vosk.KaldiRecognizer`` that is used here; results are JSON, times in seconds."""

    def AcceptWaveform(self, data: bytes) -> int: ...  # noqa: N802

    def Result(self) -> str: ...  # noqa: N802

    def PartialResult(self) -> str: ...  # noqa: N802

    def FinalResult(self) -> str: ...  # noqa: N802


class VoskSession:
    """One recogniser; its times count from its first sample, over every utterance and flush."""

    def __init__(self, recognizer: _Recognizer) -> None:
        self._recognizer = recognizer
        self._samples = 0
        self._settled_ms = 0
        """End of the newest final: where an interim starts that has no times of its own."""
        self._shown = ""

    def feed(self, pcm: bytes) -> list[Transcript]:
        said: list[Transcript] = []
        is_open = False
        size = 2 * ms_to_samples(PIECE_MS)
        for start in range(0, len(pcm), size):
            piece = pcm[start : start + size]
            is_open = not self._recognizer.AcceptWaveform(piece)
            self._samples += samples_in(piece)
            if not is_open:
                said += self._final(self._recognizer.Result())
        return said + (self._interim() if is_open else [])

    def flush(self) -> list[Transcript]:
        return self._final(self._recognizer.FinalResult())

    def close(self) -> None:
        pass

    def _interim(self) -> list[Transcript]:
        result = json.loads(self._recognizer.PartialResult())
        text = str(result.get("partial", "")).strip()
        if not text or text == self._shown:
            return []
        self._shown = text
        words = _words(result.get("partial_result", ()))
        offset_ms = words[0].offset_ms if words else self._settled_ms
        return [Transcript(text, False, offset_ms, max(1, samples_to_ms(self._samples) - offset_ms))]

    def _final(self, answer: str) -> list[Transcript]:
        result = json.loads(answer)
        text = str(result.get("text", "")).strip()
        self._shown = ""
        now_ms = samples_to_ms(self._samples)
        start_ms, self._settled_ms = self._settled_ms, now_ms
        if not text:
            return []
        words = _words(result.get("result", ()))
        return [final(text, words, start_ms=start_ms, now_ms=now_ms)]


class VoskEngine:
    """Any model of vosk, in the languages its directory is named for."""

    name = "vosk"
    label = "vosk"
    isolation: Literal["process", "thread"] = "thread"

    def __init__(self, *, model_dir: Path | None = None) -> None:
        try:
            import vosk
        except ImportError as exc:
            raise EngineUnavailable("vosk is not installed: pip install vosk.") from exc
        self._library: Any = vosk
        self._model_dir = require(self.name, model_dir)
        self.languages = languages_of(self._model_dir)
        self.label = f"vosk ({self._model_dir.resolve().name})"
        self._model: Any = None

    def load(self) -> None:
        self._library.SetLogLevel(-1)
        try:
            self._model = self._library.Model(str(self._model_dir))
        except Exception as exc:  # the library has no class of its own for it
            raise EngineUnavailable(f"vosk cannot read a model in {self._model_dir}.") from exc

    def open(self, *, language: str, sample_rate_hz: int) -> VoskSession:
        recognizer = self._library.KaldiRecognizer(self._model, sample_rate_hz)
        recognizer.SetWords(True)
        recognizer.SetPartialWords(True)
        return VoskSession(recognizer)


def _words(result: Iterable[dict[str, Any]]) -> list[Word]:
    words = []
    for one in result:
        start_ms, end_ms = round(float(one["start"]) * 1000), round(float(one["end"]) * 1000)
        confidence = one.get("conf")
        words.append(
            Word(
                text=str(one["word"]),
                offset_ms=start_ms,
                duration_ms=max(0, end_ms - start_ms),
                confidence=None if confidence is None else min(1.0, max(0.0, float(confidence))),
            )
        )
    return words
