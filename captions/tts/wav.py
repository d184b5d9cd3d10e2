"""WAV: headers taken out of a stream wherever they stand, and put before one.

Providers send a header once, with every chunk, cut in two, or not at all, and its sizes may be
placeholders (voice-API contract, 3.1, 5.1 and 6.2): what counts is where one begins.
"""

from __future__ import annotations

import struct

BYTES_PER_SAMPLE = 2
UNKNOWN_BYTES = 0xFFFFFFFF
"""The size of data that is not made yet."""
LONGEST_HEADER_BYTES = 4096
"""A header that has not come to its data by then is none."""

_RIFF = b"RIFF"
_CHUNK = struct.Struct("<4sI")
_FMT = struct.Struct("<HHI")


class BadWav(ValueError):
    """Something begins as a WAV file and does not go on as one of 16-bit PCM."""


class Unwrapper:
    """PCM of a stream of chunks, each of which may begin with a header, or with the rest of one. Several
    channels are mixed to one.

    ``rate_hz`` and ``channels`` are those that the first header tells; until there was one, 0.
    """

    def __init__(self) -> None:
        self.rate_hz = 0
        self.channels = 0
        self._header = b""
        self._odd = b""

    def feed(self, chunk: bytes) -> bytes:
        """The PCM of one more chunk, in whole samples. Raises :class:`BadWav`."""
        data, self._header = self._header + chunk, b""
        if not _may_be_header(data):
            return self._whole(data)
        end = self._end_of_header(data)
        if end is None:
            if len(data) > LONGEST_HEADER_BYTES:
                raise BadWav("a WAV header without an end")
            self._header = data
            return b""
        return self._whole(data[end:])

    def end(self) -> bytes:
        """What was kept for a header that never came whole; half a sample is dropped."""
        rest, self._header = self._header, b""
        rest = b"" if rest[:4] == _RIFF else self._whole(rest)
        self._odd = b""
        return rest

    def _whole(self, data: bytes) -> bytes:
        """Whole frames, as one channel."""
        data = self._odd + data
        cut = len(data) - len(data) % (BYTES_PER_SAMPLE * max(1, self.channels))
        self._odd = data[cut:]
        return _mixed(data[:cut], self.channels) if self.channels > 1 else data[:cut]

    def _end_of_header(self, data: bytes) -> int | None:
        """Where the samples begin; ``None`` while the header is not whole."""
        at = 12
        while at + _CHUNK.size <= len(data):
            name, size = _CHUNK.unpack_from(data, at)
            at += _CHUNK.size
            if name == b"data":
                return at
            if name == b"fmt ":
                if at + 16 > len(data):
                    return None
                self._read_format(data, at)
            at += size + size % 2
        return None

    def _read_format(self, data: bytes, at: int) -> None:
        kind, channels, rate_hz = _FMT.unpack_from(data, at)
        bits = int.from_bytes(data[at + 14 : at + 16], "little")
        if kind not in (1, 0xFFFE) or bits != 8 * BYTES_PER_SAMPLE or not 1 <= channels <= 8 or not rate_hz:
            raise BadWav("audio that is not 16-bit PCM")
        if self.rate_hz and (rate_hz, channels) != (self.rate_hz, self.channels):
            raise BadWav("audio that changes its rate on the way")
        self.rate_hz, self.channels = rate_hz, channels


def header(rate_hz: int, *, channels: int = 1, data_bytes: int = UNKNOWN_BYTES) -> bytes:
    """The 44 bytes before 16-bit PCM; without ``data_bytes`` they hold for a stream without an end."""
    frame = channels * BYTES_PER_SAMPLE
    riff_bytes = UNKNOWN_BYTES if data_bytes == UNKNOWN_BYTES else data_bytes + 36
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", riff_bytes, b"WAVE", b"fmt ", 16, 1, channels, rate_hz, rate_hz * frame, frame, 16),
        *(b"data", data_bytes),
    )


def _mixed(frames: bytes, channels: int) -> bytes:
    count = len(frames) // (BYTES_PER_SAMPLE * channels)
    samples = struct.unpack(f"<{count * channels}h", frames)
    sums = (sum(samples[at : at + channels]) for at in range(0, len(samples), channels))
    return struct.pack(f"<{count}h", *(total // channels for total in sums))


def _may_be_header(data: bytes) -> bool:
    """Whether it begins as a file does, as far as there is enough of it to tell."""
    return data[:4] == _RIFF[: len(data)] and data[8:12] == b"WAVE"[: max(0, len(data) - 8)] and bool(data)
