"""Vachana: audio in the chunks it is sent in, with the headers that they have (voice-API contract, 8.6)."""

from __future__ import annotations

from collections.abc import Callable

from captions.audio import BYTES_PER_SAMPLE
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.encoding import ENCODINGS, Encoder
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.vachana_order import Order

CHUNK_MS = 200
HEADER_CUT_BYTES = 20


class Chunks:
    """The audio of one order. Chunks are whole samples, or on purpose not."""

    def __init__(self, order: Order, switches: Callable[[], Switches], *, is_whole: bool = False) -> None:
        """``is_whole``: each chunk is a file by itself, where the format has a header."""
        self._order = order
        self._headers = "each" if is_whole else switches().va_wav
        self._is_odd = switches().va_odd
        known = ENCODINGS.get(order.format)
        self._encoder = Encoder(known, order.rate_hz) if known else None
        self._size_bytes = order.rate_hz * CHUNK_MS // 1000 * BYTES_PER_SAMPLE * order.channels
        self._rest = b""
        self._has_header = False

    def more(self, pcm: bytes) -> list[bytes]:
        """What can be sent with this much more of PCM16 mono."""
        return self._cut(self._encoded(pcm))

    def end(self) -> list[bytes]:
        """The rest."""
        chunks = self._cut(self._encoder.end() if self._encoder else b"")
        rest, self._rest = self._rest, b""
        return [*chunks, *(self._headed(rest) if rest else [])]

    def _encoded(self, pcm: bytes) -> bytes:
        if self._encoder is not None:
            return self._encoder.feed(pcm)
        if self._order.channels == 1:
            return pcm
        samples = range(0, len(pcm), BYTES_PER_SAMPLE)
        return b"".join(pcm[at : at + BYTES_PER_SAMPLE] * self._order.channels for at in samples)

    def _cut(self, audio: bytes) -> list[bytes]:
        self._rest += audio
        size = self._size_bytes + 1 if self._is_odd else self._size_bytes
        if self._encoder is not None:
            size = min(size, 1_001)
        chunks = []
        while len(self._rest) >= size:
            chunks += self._headed(self._rest[:size])
            self._rest = self._rest[size:]
        return chunks

    def _headed(self, chunk: bytes) -> list[bytes]:
        """A chunk with its header, in front of it or by itself."""
        if self._order.format != "wav" or self._headers == "none":
            return [chunk]
        header = wav.header(self._order.rate_hz, self._order.channels)
        if self._headers == "each":
            return [header + chunk]
        if self._has_header:
            return [chunk]
        self._has_header = True
        if self._headers == "split":
            return [header[:HEADER_CUT_BYTES], header[HEADER_CUT_BYTES:], chunk]
        return [header, chunk]
