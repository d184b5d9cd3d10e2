"""Speech by espeak-ng, through the library that the package espeakng-loader brings.

Some fifty languages, a robot's sound, modest hardware, and the first audio after a millisecond. The
library is GPL-3.0-or-later: it comes with the extra ``local`` and is only loaded by the speech server.
It keeps its state in the process, so that one text is spoken at a time; a piece of text takes a few
milliseconds, and the lock is only held for so long.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Generator
from functools import cache, partial
from typing import Any

from captions.speechserver.speaking.base import BLOCK_MS, EngineUnavailable, Manner, SynthesisFailed, Voice
from captions.speechserver.speaking.espeak_voices import catalogue
from captions.speechserver.speaking.pump import Give, pumped
from captions.speechserver.speaking.sentences import pieces

# From speak_lib.h of espeak-ng 1.52.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8, SSML, END_PAUSE = 0x01, 0x10, 0x1000
RATE, VOLUME, PITCH = 1, 2, 3
GO_ON, ABORT = 0, 1
DO_NOT_PLAY = 1

USUAL_WORDS_PER_MINUTE = 175
WORDS_PER_MINUTE = (80, 450)
SEMITONES_PER_PITCH = 24 / 100
"""Pitch goes from 0 to 100 over a little less than two octaves, 50 being the voice's own; a range that is
somewhat narrower than asked for is better than one that ends before its ends.
"""

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_UriCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p)


class _Library:
    """The loaded library, of which a process has one; ``say`` is called by one thread at a time."""

    def __init__(self, path: str, data_path: str) -> None:
        try:
            self._calls: Any = ctypes.CDLL(path)
        except OSError as exc:
            raise EngineUnavailable(f"espeak-ng cannot be loaded: {exc}.") from exc
        self.rate_hz: int = self._calls.espeak_Initialize(
            AUDIO_OUTPUT_SYNCHRONOUS, BLOCK_MS, data_path.encode(), INITIALIZE_DONT_EXIT
        )
        if self.rate_hz <= 0:
            raise EngineUnavailable(f"espeak-ng cannot read its data in {data_path}.")
        self.lock = threading.Lock()
        self._give: Give = _unwanted
        self._heard = _SynthCallback(self._on_audio)
        self._asked = _UriCallback(_refuse_sound)
        self._calls.espeak_SetSynthCallback(self._heard)
        self._calls.espeak_SetUriCallback(self._asked)

    def say(self, text: str, sound: str, manner: Manner, flags: int, give: Give) -> None:
        """Speak one piece. Raises ``SynthesisFailed``."""
        self._give = give
        calls = self._calls
        if calls.espeak_SetVoiceByName(sound.encode()) != 0:
            raise SynthesisFailed(f"espeak-ng has no voice {sound}.")
        calls.espeak_SetParameter(RATE, _words_per_minute(manner), 0)
        calls.espeak_SetParameter(PITCH, _pitch(manner), 0)
        calls.espeak_SetParameter(VOLUME, round(100 * manner.volume), 0)
        data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        if calls.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, CHARS_UTF8 | flags, None, None):
            raise SynthesisFailed("espeak-ng could not speak this text.")

    def _on_audio(self, samples: int | None, count: int, events: int | None) -> int:
        block = ctypes.string_at(samples, 2 * count) if samples and count > 0 else b""
        return GO_ON if self._give(block) else ABORT


class EspeakEngine:
    """The engine of a fresh machine for all languages."""

    name = "espeak"
    label = "espeak-ng, a robot's voice in many languages"

    def __init__(self) -> None:
        """Raises ``EngineUnavailable``."""
        self._library = _library()
        self._sounds = catalogue()
        self.rate_hz = self._library.rate_hz
        self.voices = tuple(self._sounds)

    def speak(
        self, text: str, *, voice: Voice, language: str, manner: Manner, ssml: bool = False
    ) -> Generator[bytes, None, None]:
        sound = self._sounds[voice]
        parts = [text] if ssml else list(pieces(text))
        for number, part in enumerate(parts, 1):
            flags = (SSML if ssml else 0) | (END_PAUSE if number < len(parts) else 0)
            yield from pumped(partial(self._say, part, sound, manner, flags))

    def close(self) -> None:
        """The library stays loaded: it is the process's."""

    def _say(self, text: str, sound: str, manner: Manner, flags: int, give: Give) -> None:
        with self._library.lock:
            if give(b""):
                self._library.say(text, sound, manner, flags, give)


def _library() -> _Library:
    try:
        import espeakng_loader
    except ImportError as exc:
        raise EngineUnavailable('espeakng-loader is not installed: pip install "voxweb[local]".') from exc
    try:
        return _loaded(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    except RuntimeError as exc:
        raise EngineUnavailable(f"espeak-ng has no data: {exc}.") from exc


@cache
def _loaded(path: str, data_path: str) -> _Library:
    """One a process: a second one would take the first one's callbacks away."""
    return _Library(path, data_path)


def _words_per_minute(manner: Manner) -> int:
    slowest, fastest = WORDS_PER_MINUTE
    return min(fastest, max(slowest, round(USUAL_WORDS_PER_MINUTE * manner.speed)))


def _pitch(manner: Manner) -> int:
    return min(100, max(0, round(50 + manner.pitch_semitones / SEMITONES_PER_PITCH)))


def _unwanted(block: bytes) -> bool:
    return False


def _refuse_sound(kind: int, address: bytes | None, base: bytes | None) -> int:
    """SSML may name a sound to play; no text makes this process open a file."""
    return DO_NOT_PLAY
