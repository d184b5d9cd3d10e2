"""Audio cut into chunks of one size, as vendors send it."""

from __future__ import annotations

from captions.audio import BYTES_PER_SAMPLE


class Chunker:
    """Whole chunks as soon as they are there, the rest at the end."""

    def __init__(self, rate_hz: int, chunk_ms: int, *, holds_last: bool = False) -> None:
        """``holds_last``: a whole chunk waits until more comes, so that the end is never empty-handed."""
        self._size_bytes = rate_hz * chunk_ms // 1000 * BYTES_PER_SAMPLE
        self._least_bytes = self._size_bytes + (1 if holds_last else 0)
        self._rest = b""

    def feed(self, pcm: bytes) -> list[bytes]:
        """The chunks that ``pcm`` completes."""
        self._rest += pcm
        chunks = []
        while len(self._rest) >= self._least_bytes:
            chunks.append(self._rest[: self._size_bytes])
            self._rest = self._rest[self._size_bytes :]
        return chunks

    def end(self) -> bytes:
        """What is left, perhaps nothing; the next audio begins anew."""
        rest, self._rest = self._rest, b""
        return rest
