"""Speech by flite in English, where the system has it: clearer than espeak-ng, and as modest.

Debian and its kin call the package libflite1. Nothing depends on it. The library keeps what a voice is
asked for in the voice, so that one text is spoken at a time.
"""

from __future__ import annotations

import array
import ctypes
import html
import re
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from captions.speechserver.speaking.base import BLOCK_MS, EngineUnavailable, Manner, SynthesisFailed, Voice
from captions.speechserver.speaking.pump import Give, pumped
from captions.speechserver.speaking.sentences import pieces

RATE_HZ = 16_000
GO_ON, STOP = 0, -1

VOICES = {
    Voice("emu-en-us-susan", "Susan (English, United States)", ("en-US",), "female"): "cmu_us_slt",
    Voice("emu-en-us-robert", "Robert (English, United States)", ("en-US",), "male"): "cmu_us_rms",
    Voice("emu-en-us-kenneth", "Kenneth (English, United States)", ("en-US",), "male"): "cmu_us_kal16",
    Voice("emu-en-gb-alan", "Alan (English, United Kingdom)", ("en-GB",), "male"): "cmu_us_awb",
}
"""Voices with the libraries they are in, each called ``libflite_<name>.so.1``."""


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.c_void_p),
    )


class _Voice(ctypes.Structure):
    """The head of ``cst_voice``; the rest is not looked at."""

    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(_Wave), ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p
)


class _Streaming(ctypes.Structure):
    """The head of ``cst_audio_streaming_info``."""

    _fields_ = (("min_buffsize", ctypes.c_int), ("callback", _Callback))


@dataclass(slots=True)
class _Library:
    """The loaded library, of which a process has one. Who speaks holds the lock."""

    calls: Any
    voices: dict[Voice, Any]
    lock: threading.Lock
    callbacks: list[Any]
    """Kept for as long as the library may call them."""
    give: Give | None = None
    volume: float = 1.0

    def say(self, text: str, voice: Voice, manner: Manner, give: Give) -> None:
        """Speak one piece. Raises ``SynthesisFailed``."""
        self.give, self.volume = give, manner.volume
        spoken = self.voices[voice]
        features = spoken.contents.features
        self.calls.flite_feat_set_float(features, b"duration_stretch", 1 / manner.speed)
        self.calls.flite_feat_set_float(features, b"f0_shift", 2 ** (manner.pitch_semitones / 12))
        wave = self.calls.flite_text_to_wave(text.replace("\0", " ").encode("utf-8", "replace"), spoken)
        if not wave:
            raise SynthesisFailed("flite could not speak this text.")
        self.calls.delete_wave(wave)

    def hear(self, wave: Any, start: int, size: int, is_last: int, info: int | None) -> int:
        """The library's callback."""
        if self.give is None:
            return STOP
        pcm = ctypes.string_at(wave.contents.samples + 2 * start, 2 * size) if size > 0 else b""
        return GO_ON if self.give(_louder(pcm, self.volume)) else STOP


class FliteEngine:
    """English only."""

    name = "flite"
    label = "flite, draft quality, English"
    rate_hz = RATE_HZ

    def __init__(self) -> None:
        """Raises ``EngineUnavailable``."""
        self._library = _library()
        self.voices = tuple(self._library.voices)

    def speak(
        self, text: str, *, voice: Voice, language: str, manner: Manner, ssml: bool = False
    ) -> Generator[bytes, None, None]:
        plain = html.unescape(re.sub(r"<[^>]*>", " ", text)) if ssml else text
        for piece in pieces(plain):
            yield from pumped(partial(self._say, piece, voice, manner))

    def close(self) -> None:
        """The library stays loaded: it is the process's."""

    def _say(self, text: str, voice: Voice, manner: Manner, give: Give) -> None:
        with self._library.lock:
            if give(b""):
                self._library.say(text, voice, manner, give)


@cache
def _library() -> _Library:
    try:
        calls: Any = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    except OSError as exc:
        raise EngineUnavailable("The system has no libflite (Debian: apt install libflite1).") from exc
    calls.flite_init()
    calls.flite_feat_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    calls.flite_feat_set_float.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float]
    calls.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.POINTER(_Voice)]
    calls.flite_text_to_wave.restype = ctypes.c_void_p
    calls.delete_wave.argtypes = [ctypes.c_void_p]
    calls.new_audio_streaming_info.restype = ctypes.POINTER(_Streaming)
    calls.audio_streaming_info_val.argtypes = [ctypes.POINTER(_Streaming)]
    calls.audio_streaming_info_val.restype = ctypes.c_void_p
    voices = {voice: found for voice, name in VOICES.items() if (found := _voice(name)) is not None}
    if not voices:
        raise EngineUnavailable("The system's libflite has none of the voices that are used here.")
    library = _Library(calls, voices, threading.Lock(), [])
    callback = _Callback(library.hear)
    library.callbacks.append(callback)
    for voice in voices.values():
        streaming = calls.new_audio_streaming_info()
        streaming.contents.min_buffsize = RATE_HZ * BLOCK_MS // 1000
        streaming.contents.callback = callback
        calls.flite_feat_set(
            voice.contents.features, b"streaming_info", calls.audio_streaming_info_val(streaming)
        )
    return library


def _voice(name: str) -> Any | None:
    try:
        register = getattr(ctypes.CDLL(f"libflite_{name}.so.1"), f"register_{name}")
    except (OSError, AttributeError):
        return None
    register.argtypes = [ctypes.c_char_p]
    register.restype = ctypes.POINTER(_Voice)
    return register(None)


def _louder(pcm: bytes, factor: float) -> bytes:
    """PCM of the machine's byte order, times a factor; what does not fit is cut off."""
    samples = array.array("h", pcm)
    if factor != 1:
        samples = array.array("h", (max(-32_768, min(32_767, round(factor * each))) for each in samples))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
