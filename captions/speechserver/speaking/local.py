"""Engines that speak, by name, and the one of a fresh machine: flite for English, espeak-ng for the rest."""

from __future__ import annotations

from collections.abc import Callable, Generator

import structlog

from captions.speechserver.speaking.base import EngineUnavailable, Manner, TtsEngine, Voice
from captions.speechserver.speaking.espeak import EspeakEngine
from captions.speechserver.speaking.flite import FliteEngine
from captions.speechserver.speaking.resample import Resampler
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine

log = structlog.get_logger(__name__)


class EngineUnknown(EngineUnavailable):
    """There is no engine of that name."""


class LocalEngine:
    """Several engines as one, at the rate of the first of them; the voices of the last come first."""

    name = "local"

    def __init__(self, engines: tuple[TtsEngine, ...]) -> None:
        self._engine_of = {voice.id: engine for engine in reversed(engines) for voice in engine.voices}
        self._engines = engines
        self.label = " and ".join(engine.label for engine in engines)
        self.rate_hz = engines[0].rate_hz
        self.voices = tuple(voice for engine in reversed(engines) for voice in engine.voices)

    def speak(
        self, text: str, *, voice: Voice, language: str, manner: Manner, ssml: bool = False
    ) -> Generator[bytes, None, None]:
        engine = self._engine_of[voice.id]
        blocks = engine.speak(text, voice=voice, language=language, manner=manner, ssml=ssml)
        resampler = Resampler(engine.rate_hz, self.rate_hz)
        try:
            for block in blocks:
                yield resampler.feed(block)
            yield resampler.end()
        finally:
            blocks.close()

    def close(self) -> None:
        for engine in self._engines:
            engine.close()


def _auto() -> TtsEngine:
    espeak = EspeakEngine()
    try:
        return LocalEngine((espeak, FliteEngine()))
    except EngineUnavailable:
        return espeak


ENGINES: dict[str, Callable[[], TtsEngine]] = {
    "auto": _auto,
    "espeak": EspeakEngine,
    "flite": FliteEngine,
    "tone": ToneEngine,
}


def build(name: str = "") -> TtsEngine:
    """The engine of that name, "auto" if it is empty. Raises ``EngineUnavailable``."""
    make = ENGINES.get(name or "auto")
    if make is None:
        raise EngineUnknown(f"There is no engine {name} that speaks. There are: {', '.join(ENGINES)}.")
    return make()


def speaker(name: str = "") -> Speaker:
    """A speaker with the engine of that name, or with none where its library is missing: a server that
    only listens needs none. Raises ``EngineUnknown``.
    """
    try:
        return Speaker(build(name))
    except EngineUnknown:
        raise
    except EngineUnavailable as exc:
        log.warning("tts_unavailable", engine=name or "auto", reason=str(exc))
        return Speaker(None, why_not=str(exc))
