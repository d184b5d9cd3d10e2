"""Audio from one rate to another, piece by piece, by libsoxr; and from several channels to one."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, Literal

from captions.speechserver.engines.base import EngineUnavailable


class Resampler:
    """A stream of PCM16 mono; as long as what went in to a sample, once it was ended."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises ``EngineUnavailable`` where the rates differ and the library is not installed."""
        self._to_hz = to_hz
        self._stream = None if from_hz == to_hz else _stream(from_hz, to_hz)

    def feed(self, pcm: bytes, *, is_last: bool = False) -> bytes:
        """What can be said of the stream now, which may be nothing. ``pcm`` is whole samples."""
        if self._stream is None:
            return pcm
        resampled: bytes = self._stream.resample_chunk(_samples(pcm), last=is_last).tobytes()
        return resampled

    def end(self) -> bytes:
        """What is left of the stream."""
        return self.feed(b"", is_last=True)


def load() -> None:
    """Read the library now, so that the first resampler does not have to. It may be missing."""
    with contextlib.suppress(EngineUnavailable):
        _library("soxr")


def mixed(pcm: bytes, channels: int) -> bytes:
    """PCM16 of several channels as one; a sample that is cut short at the end is left out.

    Raises ``EngineUnavailable`` where the library is not installed.
    """
    whole = pcm[: len(pcm) - len(pcm) % (2 * channels)]
    if channels == 1:
        return whole
    frames = _samples(whole).reshape(-1, channels)
    together: bytes = frames.mean(axis=1).round().astype("<i2").tobytes()
    return together


def _stream(from_hz: int, to_hz: int) -> Any:
    return _library("soxr").ResampleStream(from_hz, to_hz, 1, dtype="int16")


def _samples(pcm: bytes) -> Any:
    return _library("numpy").frombuffer(pcm, dtype="<i2")


def _library(name: Literal["soxr", "numpy"]) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as exc:
        raise EngineUnavailable(f'{name} is not installed: pip install "voxweb[local]".') from exc
