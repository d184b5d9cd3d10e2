"""The header of a WAV file of PCM16, as services send it before audio whose end they do not know."""

from __future__ import annotations

import struct

HEADER_BYTES = 44
UNKNOWN_BYTES = 0xFFFFFFFF
"""Stands in the size fields of a file that is still being made (voice-API contract, U29)."""


def header(rate_hz: int, channels: int = 1, data_bytes: int = UNKNOWN_BYTES) -> bytes:
    """44 bytes: RIFF, fmt and the head of the data chunk. Sizes that do not fit are said to be unknown."""
    frame_bytes = 2 * channels
    riff_bytes = min(data_bytes + HEADER_BYTES - 8, UNKNOWN_BYTES)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", riff_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, 16),
        *(b"data", data_bytes),
    )
