"""Bytes, samples and milliseconds of the one audio format inside voxweb.

PCM, signed 16-bit little-endian, mono, 16 kHz. A *sample index* counts from the first sample of
the session; audio time is the same thing in whole milliseconds.
"""

from __future__ import annotations

RATE_HZ = 16_000
BYTES_PER_SAMPLE = 2
SAMPLES_PER_MS = RATE_HZ // 1000
CHUNK_MS = 100
"""What goes upstream at a time (the vendor advises 100 to 200 ms)."""
CHUNK_SAMPLES = CHUNK_MS * SAMPLES_PER_MS
CHUNK_BYTES = CHUNK_SAMPLES * BYTES_PER_SAMPLE


def samples_to_ms(samples: int) -> int:
    """Whole milliseconds that have passed at a sample index."""
    return samples // SAMPLES_PER_MS


def ms_to_samples(ms: int) -> int:
    """Sample index at a millisecond."""
    return ms * SAMPLES_PER_MS


def samples_in(pcm: bytes | bytearray | memoryview) -> int:
    """Samples in a piece of PCM of an even number of bytes."""
    return len(pcm) // BYTES_PER_SAMPLE
