"""Where utterances begin and end, decided frame by frame from whether each holds a voice.

Pure: it is told what a frame is and gives back audio to recognise. Rules, with frames of 30 ms: an
utterance starts where 9 of 10 frames are voiced, with 200 ms of what came before; it ends after
300 ms without voice; one that is longer than 12 s is cut at the next pause of 120 ms, and at 20 s
wherever it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from captions.audio import ms_to_samples, samples_in, samples_to_ms

FRAME_MS = 30
WINDOW_FRAMES = 10
START_FRAMES = 9
PRE_ROLL_MS = 200
END_SILENCE_MS = 300
LONG_MS = 12_000
LONG_PAUSE_MS = 120
LONGEST_MS = 20_000


@dataclass(frozen=True, slots=True)
class Started:
    """An utterance starts; ``sample`` counts from the session's first."""

    sample: int


@dataclass(frozen=True, slots=True)
class Voiced:
    """Audio of the open utterance."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The open utterance ends."""


Mark = Started | Voiced | Ended


class Endpointer:
    """Takes whole frames in order; audio may go on after an end."""

    def __init__(self) -> None:
        self._before: deque[tuple[bytes, bool]] = deque(maxlen=WINDOW_FRAMES + -(-PRE_ROLL_MS // FRAME_MS))
        """The newest frames while no utterance is open: the pre-roll, then the window."""
        self._sample = 0
        self._is_open = False
        self._open_ms = 0
        self._silent_ms = 0

    def frame(self, pcm: bytes, is_voiced: bool) -> list[Mark]:
        """What one more frame brings. A shorter one may come last."""
        self._sample += samples_in(pcm)
        return self._inside(pcm, is_voiced) if self._is_open else self._outside(pcm, is_voiced)

    def flush(self) -> list[Mark]:
        """End the open utterance. What is too short for one, but holds voice, becomes one."""
        if not self._is_open:
            voiced = sum(is_voiced for _, is_voiced in self._before)
            if voiced < START_FRAMES // 2:
                self._before.clear()
                return []
            return [*self._start(), *self._end()]
        return self._end()

    def _outside(self, pcm: bytes, is_voiced: bool) -> list[Mark]:
        self._before.append((pcm, is_voiced))
        window = list(self._before)[-WINDOW_FRAMES:]
        if sum(voiced for _, voiced in window) < START_FRAMES:
            return []
        return self._start()

    def _start(self) -> list[Mark]:
        pcm = b"".join(frame for frame, _ in self._before)
        self._before.clear()
        self._is_open = True
        self._open_ms = samples_to_ms(samples_in(pcm))
        self._silent_ms = 0
        return [Started(self._sample - samples_in(pcm)), Voiced(pcm)]

    def _inside(self, pcm: bytes, is_voiced: bool) -> list[Mark]:
        length_ms = samples_to_ms(samples_in(pcm))
        self._open_ms += length_ms
        self._silent_ms = 0 if is_voiced else self._silent_ms + length_ms
        enough_ms = LONG_PAUSE_MS if self._open_ms >= LONG_MS else END_SILENCE_MS
        if self._silent_ms >= enough_ms or self._open_ms >= LONGEST_MS:
            return [Voiced(pcm), *self._end()]
        return [Voiced(pcm)]

    def _end(self) -> list[Mark]:
        self._is_open = False
        return [Ended()]


def frame_bytes() -> int:
    """Size of a frame."""
    return 2 * ms_to_samples(FRAME_MS)
