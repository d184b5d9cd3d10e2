"""Voicemaker: audio in the chunks it is sent in, each with its header (voice-API contract, 8.5)."""

from __future__ import annotations

from captions.audio import BYTES_PER_SAMPLE
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.chunks import Chunker
from captions.speechserver.speaking.encoding import ENCODINGS, Encoder
from captions.speechserver.vendors.voicemaker_order import Order

CHUNK_MS = 250
ENCODED_CHUNK_BYTES = 1_000
"""Cut anywhere, in the middle of a frame as well."""
NAMES = {"mp3": "mp3", "ogg": "vorbis", "opus": "opus", "ulaw": "mulaw", "alaw": "alaw"}
"""What formats are called by ``ENCODINGS``."""


class Chunks:
    """The audio of one order; the last chunk is held until :meth:`end`."""

    def __init__(self, order: Order, headers: str) -> None:
        """``headers``: "each", "first" or "none", for WAV."""
        self._rate_hz = order.rate_hz
        self._headers = headers
        self._has_header = False
        self._encoder = encoder(order)
        size_ms = CHUNK_MS if self._encoder is None else 1
        rate_hz = order.rate_hz if self._encoder is None else 1_000 * ENCODED_CHUNK_BYTES // BYTES_PER_SAMPLE
        self._chunker = Chunker(rate_hz, size_ms, holds_last=True)

    def more(self, pcm: bytes) -> list[bytes]:
        """What can be sent with this much more of PCM16 mono."""
        audio = self._encoder.feed(pcm) if self._encoder else pcm
        return [self._headed(chunk) for chunk in self._chunker.feed(audio)]

    def end(self) -> list[bytes]:
        """The rest; the last of it is the last chunk, which may be empty."""
        ended = self._chunker.feed(self._encoder.end()) if self._encoder else []
        return [self._headed(chunk) for chunk in (*ended, self._chunker.end())]

    def _headed(self, chunk: bytes) -> bytes:
        if self._encoder is not None or not chunk or self._headers == "none":
            return chunk
        if self._headers == "first" and self._has_header:
            return chunk
        self._has_header = True
        return wav.header(self._rate_hz) + chunk


def encoder(order: Order) -> Encoder | None:
    """What makes an order's format of PCM; WAV is PCM with a header."""
    name = NAMES.get(order.format)
    return Encoder(ENCODINGS[name], order.rate_hz) if name else None


def media_type(order: Order) -> str:
    """Of what comes out."""
    name = NAMES.get(order.format)
    return ENCODINGS[name].media_type if name else "audio/wav"
