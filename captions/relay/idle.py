"""When nobody speaks: that the upstream can be let go, and what wakes it. Pure.

What is quiet while the upstream listens is measured against the voice (``loudness``). What wakes it is
measured against the room alone, and never less strictly: a word that is missed cannot be had back, and one
noise too many costs a connection. So a room that is never still never rests.
"""

from __future__ import annotations

from math import inf

from captions.relay.loudness import FLOOR

FAINTEST = 20.0
"""Mean amplitude that wakes in a dead silent room: -64 dBFS."""

MARGIN = 2.5
"""Times the room's noise that wakes: 8 dB above it."""

NOISE_SHARE = 0.02
"""What a chunk moves the estimate of the noise: half of it is newer than 3.5 s."""


class Idle:
    """One session's. All times are of one clock, in seconds."""

    def __init__(self, after_s: float, *, now_s: float) -> None:
        self._after_s = after_s or inf
        self._since_s = now_s
        self._noise = FLOOR

    @property
    def due_at_s(self) -> float:
        """When the upstream may be let go, should nobody speak until then."""
        return self._since_s + self._after_s

    def spoke(self, now_s: float) -> None:
        """A voice was sent, or words came back."""
        self._since_s = now_s

    def quiet(self, level: float) -> None:
        """A chunk without a voice."""
        self._noise += NOISE_SHARE * (level - self._noise)

    def wakes(self, level: float) -> bool:
        """Whether a chunk is loud enough to be somebody speaking."""
        if level > min(FLOOR, max(FAINTEST, MARGIN * self._noise)):
            return True
        self.quiet(level)
        return False
