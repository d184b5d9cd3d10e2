"""When audio came in, by sample: to tell how long its final took. Pure, and bounded."""

from __future__ import annotations

from collections import deque

from captions.audio import RATE_HZ

STEP = RATE_HZ // 2
"""Samples between two notes; what lies between is taken to have come evenly."""
MOST = 240
"""Notes that are kept: two minutes, which is more than a ring holds."""


class Arrivals:
    """Call :meth:`note` at each chunk; :meth:`age_s` answers for any sample not long ago."""

    def __init__(self) -> None:
        self._notes: deque[tuple[int, float]] = deque(maxlen=MOST)

    def note(self, end_sample: int, now_s: float) -> None:
        """Everything before ``end_sample`` has come by now."""
        if not self._notes or end_sample >= self._notes[-1][0] + STEP:
            self._notes.append((end_sample, now_s))

    def age_s(self, end_sample: int, now_s: float) -> float | None:
        """How long ago the audio before ``end_sample`` had come; ``None`` where that is forgotten."""
        if not self._notes or end_sample <= self._notes[0][0] - STEP:
            return None
        later: tuple[int, float] | None = None
        for noted_sample, noted_s in reversed(self._notes):
            if noted_sample <= end_sample:
                # Between two notes it came as speech does before the later one: a pause lies before that.
                came_s = noted_s + (end_sample - noted_sample) / RATE_HZ
                if later is not None:
                    came_s = max(noted_s, later[1] - (later[0] - end_sample) / RATE_HZ)
                return max(0.0, now_s - came_s)
            later = noted_sample, noted_s
        return max(0.0, now_s - self._notes[0][1])
