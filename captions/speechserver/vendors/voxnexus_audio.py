"""What a file of audio holds: PCM16 with or without a WAV header around it (voice-API contract, 3.5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from captions.speechserver.protocol import Refusal
from captions.speechserver.speaking.resample import mixed

SLOWEST_HZ, FASTEST_HZ = 4_000, 192_000
PCM, EXTENSIBLE = 1, 0xFFFE
"""Format tags of a WAV file; the second tells the real one further on."""
MOST_CHANNELS = 8


@dataclass(frozen=True, slots=True)
class Audio:
    """PCM16 little-endian mono."""

    pcm: bytes
    rate_hz: int


def parse(data: bytes, content_type: str, rate_hz: int) -> Audio:
    """A WAV header is believed more than ``rate_hz`` (U30), its sizes less than the data there is (U29).
    Several channels are mixed to one. Raises ``Refusal`` or ``EngineUnavailable``.
    """
    if data[:4] == b"RIFF":
        return _wav(data)
    if content_type in ("audio/wav", "audio/x-wav", "audio/wave"):
        raise Refusal("INVALID_AUDIO", "the body is no WAV file")
    if content_type in ("audio/mpeg", "audio/mp3") or data[:3] == b"ID3":
        raise Refusal("UNSUPPORTED_FORMAT", "MP3 cannot be read here: send WAV or PCM")
    return Audio(_whole(data), _checked(rate_hz))


def _wav(data: bytes) -> Audio:
    channels, rate_hz = 0, 0
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"fmt ":
            channels, rate_hz = _format(data[at : at + size])
        elif name == b"data":
            if not channels:
                break
            return Audio(mixed(data[at : at + size], channels), _checked(rate_hz))
        at += size + size % 2
    raise Refusal("INVALID_AUDIO", "the WAV file has no audio that can be found")


def _format(body: bytes) -> tuple[int, int]:
    if len(body) < 16:
        raise Refusal("INVALID_AUDIO", "the WAV file's header is cut short")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if tag != PCM or bits != 16 or not 1 <= channels <= MOST_CHANNELS:
        raise Refusal("UNSUPPORTED_FORMAT", "a WAV file has to hold PCM of 16 bits")
    return channels, rate_hz


def _whole(data: bytes) -> bytes:
    if len(data) % 2:
        raise Refusal("INVALID_AUDIO", "an odd number of bytes")
    return data


def _checked(rate_hz: int) -> int:
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise Refusal("UNSUPPORTED_FORMAT", f"sample_rate is from {SLOWEST_HZ} to {FASTEST_HZ} Hz")
    return rate_hz
