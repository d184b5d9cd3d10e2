"""The audio of a session that is not settled yet, bounded, by sample index. Pure.

Two bounds: samples held (2 bytes each: 90 s are 2.9 MB), and blocks, so that a host that sends one
sample at a time with holes between cannot make the bookkeeping larger than the audio.
"""

from __future__ import annotations

from bisect import bisect_right

from captions.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, CHUNK_SAMPLES, samples_in


class Ring:
    """Audio from ``start`` to ``end``, perhaps with holes; over its bound it drops the oldest."""

    def __init__(self, capacity_samples: int) -> None:
        self.capacity_samples = capacity_samples
        self.held_samples = 0
        self.end = 0
        """One past the newest sample ever appended."""
        self._most_blocks = 2 * (capacity_samples // CHUNK_SAMPLES) + 2
        self._firsts: list[int] = []
        self._blocks: list[bytearray] = []

    @property
    def start(self) -> int:
        """The oldest sample held; ``end`` where nothing is."""
        return self._firsts[0] if self._firsts else self.end

    def append(self, first_sample: int, pcm: bytes) -> None:
        """Add audio at or after ``end``; in between is a hole. Raises ``ValueError`` before it."""
        if first_sample < self.end:
            raise ValueError(f"sample {first_sample} lies before the end, {self.end}")
        if not pcm:
            return
        if self._blocks and first_sample == self.end and len(self._blocks[-1]) < CHUNK_BYTES:
            self._blocks[-1] += pcm
        else:
            self._firsts.append(first_sample)
            self._blocks.append(bytearray(pcm))
        self.end = first_sample + samples_in(pcm)
        self.held_samples += samples_in(pcm)
        excess = 0
        while len(self._blocks) - excess > self._most_blocks or (
            self.held_samples > self.capacity_samples and len(self._blocks) - excess > 1
        ):
            self.held_samples -= samples_in(self._blocks[excess])
            excess += 1
        self._drop(excess)

    def read(self, cursor: int, most: int = CHUNK_SAMPLES) -> tuple[int, bytes] | None:
        """The next audio at or after ``cursor``: where it begins, and up to ``most`` samples of it.

        Without a hole inside; one that begins behind ``cursor`` follows a hole. ``None``: no more.
        """
        index = max(0, bisect_right(self._firsts, cursor) - 1)
        if index < len(self._blocks) and self._end_of(index) <= cursor:
            index += 1
        if index >= len(self._blocks):
            return None
        first = max(cursor, self._firsts[index])
        skip = (first - self._firsts[index]) * BYTES_PER_SAMPLE
        pcm = self._blocks[index][skip : skip + most * BYTES_PER_SAMPLE]
        while samples_in(pcm) < most and index + 1 < len(self._blocks):
            if self._end_of(index) != self._firsts[index + 1]:
                break
            index += 1
            pcm += self._blocks[index][: most * BYTES_PER_SAMPLE - len(pcm)]
        return first, bytes(pcm)

    def forget(self, before_sample: int) -> None:
        """Let go of whole blocks that end at or before a sample."""
        count = 0
        while count < len(self._blocks) and self._end_of(count) <= before_sample:
            self.held_samples -= samples_in(self._blocks[count])
            count += 1
        self._drop(count)

    def _end_of(self, index: int) -> int:
        return self._firsts[index] + samples_in(self._blocks[index])

    def _drop(self, count: int) -> None:
        if count:
            del self._firsts[:count]
            del self._blocks[:count]
