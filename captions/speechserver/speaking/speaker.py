"""A synthesiser as the server's event loop sees it: text in, a stream of audio out.

Each speech has a thread of its own, in which the engine computes and the audio is resampled. A reader
that is slow slows it down; one that leaves ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import zlib
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field

import structlog

from captions.speechserver.speaking import resample
from captions.speechserver.speaking.base import (
    EngineUnavailable,
    Gender,
    Manner,
    SynthesisFailed,
    TtsEngine,
    Voice,
    VoiceUnknown,
)
from captions.speechserver.speaking.handover import Handover
from captions.speechserver.speaking.resample import Resampler

AHEAD_MS = 1_000
"""Audio that may be made before it is asked for."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Speech:
    """One text being spoken."""

    handover: Handover
    thread: threading.Thread = field(init=False)
    is_heard: bool = True

    @property
    def is_running(self) -> bool:
        return self.is_heard or self.thread.is_alive()


class Speaker:
    """Speaks through one engine; without one it says why, to whoever asks it to speak."""

    def __init__(self, engine: TtsEngine | None, *, why_not: str = "") -> None:
        """``why_not`` is the sentence that tells why there is no engine."""
        self._engine = engine
        self._why_not = why_not
        self._speeches: set[_Speech] = set()

    @property
    def why_not(self) -> str:
        """Why nothing can be spoken; empty where it can."""
        return "" if self._engine is not None else self._why_not or "There is no engine that speaks."

    @property
    def name(self) -> str:
        """The engine's name, or "none"."""
        return self._engine.name if self._engine is not None else "none"

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The engine's voices."""
        return self._engine.voices if self._engine is not None else ()

    @property
    def speaking(self) -> int:
        """Speeches that are being made or not heard to their end yet."""
        self._speeches = {speech for speech in self._speeches if speech.is_running}
        return len(self._speeches)

    def find(self, voice_id: str) -> Voice | None:
        """The voice of that id, in capitals or not."""
        wanted = voice_id.lower()
        return next((voice for voice in self.voices if voice.id.lower() == wanted), None)

    def find_for(self, language: str, gender: Gender | None = None, name: str = "") -> Voice:
        """A voice that stands in for one of another's catalogue: by language, then by gender.

        The same ``name`` always gets the same voice, different ones different voices where there are
        enough. A language nobody speaks is left to a voice of English, or else to any. Raises
        ``EngineUnavailable`` where there are no voices.
        """
        if not self.voices:
            raise EngineUnavailable(self.why_not or "The engine has no voices.")
        able = _who_speak(self.voices, language) or _who_speak(self.voices, "en-US") or list(self.voices)
        fitting = [voice for voice in able if voice.gender == gender] or able
        return fitting[zlib.crc32(name.lower().encode()) % len(fitting)]

    async def start(self) -> None:
        """Load what the first speech would otherwise wait for."""
        await asyncio.to_thread(resample.load)

    async def speak(
        self,
        text: str,
        *,
        voice_id: str,
        rate_hz: int,
        language: str = "",
        manner: Manner | None = None,
        ssml: bool = False,
    ) -> AsyncGenerator[bytes, None]:
        """PCM16 mono at ``rate_hz``, whole samples, each piece as soon as it is made.

        ``language`` is one of the voice's locales; empty means its own. Ends the synthesis when it is
        closed, so close it (``contextlib.aclosing``). Raises ``EngineUnavailable``, ``VoiceUnknown`` or
        ``SynthesisFailed``.
        """
        if self._engine is None:
            raise EngineUnavailable(self.why_not)
        voice = self.find(voice_id)
        if voice is None:
            raise VoiceUnknown(f"There is no voice {voice_id[:60]}.")
        blocks = self._engine.speak(
            text, voice=voice, language=language or voice.locales[0], manner=manner or Manner(), ssml=ssml
        )
        speech = self._begin(blocks, Resampler(self._engine.rate_hz, rate_hz), rate_hz)
        try:
            while (pcm := await speech.handover.take()) is not None:
                yield pcm
        finally:
            speech.handover.stop()
            speech.is_heard = False

    async def close(self) -> None:
        """End every speech and let go of the engine."""
        speeches = tuple(self._speeches)
        for speech in speeches:
            speech.handover.stop()
        for speech in speeches:
            await asyncio.to_thread(speech.thread.join)
        if self._engine is not None:
            self._engine.close()

    def _begin(self, blocks: Generator[bytes, None, None], resampler: Resampler, rate_hz: int) -> _Speech:
        speech = _Speech(Handover(most_bytes=2 * rate_hz * AHEAD_MS // 1000))
        speech.thread = threading.Thread(
            target=_run, args=(blocks, resampler, speech.handover), name="speech", daemon=True
        )
        speech.thread.start()
        self._speeches.add(speech)
        return speech


def _run(blocks: Generator[bytes, None, None], resampler: Resampler, handover: Handover) -> None:
    """The thread of one speech."""
    try:
        with contextlib.closing(blocks):
            for block in blocks:
                if not handover.give(resampler.feed(block)):
                    return
        handover.give(resampler.end())
    except Exception as exc:
        log.exception("synthesis_failed")
        handover.finish(SynthesisFailed(f"The engine broke off: {type(exc).__name__}."))
    else:
        handover.finish()


def _who_speak(voices: tuple[Voice, ...], language: str) -> list[Voice]:
    """Voices with that very locale, else those whose own language it is."""
    wanted = language.lower()
    exact = [voice for voice in voices if wanted in (locale.lower() for locale in voice.locales)]
    return exact or [voice for voice in voices if _primary(voice.locales[0]) == _primary(wanted)]


def _primary(tag: str) -> str:
    return tag.lower().split("-")[0]
