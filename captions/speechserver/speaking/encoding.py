"""PCM in the formats that vendors offer, encoded as it is made (libsndfile by soundfile)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """A format of audio; ``container`` and ``codec`` are libsndfile's names."""

    media_type: str
    container: str
    codec: str


ENCODINGS = {
    "mp3": Encoding("audio/mpeg", "MP3", "MPEG_LAYER_III"),
    "opus": Encoding("audio/ogg", "OGG", "OPUS"),
    "vorbis": Encoding("audio/ogg", "OGG", "VORBIS"),
    "mulaw": Encoding("audio/basic", "RAW", "ULAW"),
    "alaw": Encoding("audio/x-alaw-basic", "RAW", "ALAW"),
}


class Encoder:
    """One stream. Feed it PCM16 mono in whole samples; what it gives may be cut anywhere, also in a frame."""

    def __init__(self, encoding: Encoding, rate_hz: int) -> None:
        # Here, because it brings numpy, which only those wait for who ask for such a format.
        import soundfile

        self._sink = _Sink()
        # MP3 has frames of one size: a player then knows how long a stream without an index is.
        constant = (
            {"bitrate_mode": "CONSTANT", "compression_level": 0.5} if encoding.container == "MP3" else {}
        )
        self._file: Any = soundfile.SoundFile(
            *(self._sink, "w", rate_hz, 1, encoding.codec),
            format=encoding.container,
            **constant,
        )

    def feed(self, pcm: bytes) -> bytes:
        """What is encoded by now of all that was fed."""
        for at in range(0, len(pcm), BLOCK_BYTES):
            self._file.buffer_write(pcm[at : at + BLOCK_BYTES], dtype="int16")
        return self._sink.taken()

    def end(self) -> bytes:
        """The rest. What libsndfile would write into the beginning afterwards is gone by then."""
        self._file.close()
        return self._sink.taken()


class _Sink:
    """A file that is taken away while it is written."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self._taken = 0

    def taken(self) -> bytes:
        data = bytes(self._data[self._taken :])
        self._taken = len(self._data)
        return data

    def write(self, data: bytes) -> int:
        block = bytes(data)
        self._data[self._at : self._at + len(block)] = block
        self._at += len(block)
        return len(block)

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        block = bytes(self._data[self._at : end])
        self._at += len(block)
        return block

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, len(self._data))[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """There is nowhere to flush to."""
