"""How much audio one host may send, and what happens to what comes behind a piece that was refused."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from captions.audio import samples_to_ms
from captions.errors import BadChunk, Overrun
from captions.live.messages import Chunk

REWIND_S = 5.0
"""How long a host that was refused has to go back; then it is taken at its word, and there is a gap."""
SLACK_MS = 2_000
"""So far ahead of the clock a speaking host may come by jitter alone."""


class Intake:
    """The measure of one socket: ``rate`` times real time for long, ``burst_ms`` at once.

    A host that comes faster than it can have spoken is refused as well while the relay has no room,
    so that a hurry never pushes out audio that was not heard yet. One that speaks never is: then
    the relay's own bound decides.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst_ms: float,
        age_s: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``age_s``: how long ago the session began."""
        self._began_s = clock() - age_s
        self._rate = rate
        self._burst_ms = burst_ms
        self._clock = clock
        self._at_s = clock()
        self._left_ms = burst_ms
        self._ahead_ms = 0.0
        self._rewind_until_s = 0.0

    def admits(self, chunk: Chunk, *, samples: int, free_samples: int) -> bool:
        """Whether to push ``chunk``, where ``samples`` is one past the newest accepted.

        Raises ``BadChunk`` for one from the future, ``Overrun`` when it comes too fast. What then
        follows from further on is ignored (false) until the host has gone back to ``samples``: it
        was on its way already, and taking it would make a gap of what was refused.
        """
        now_s = self._clock()
        self._pass_to(now_s)
        new_samples = chunk.end_sample - max(chunk.first_sample, samples)
        if new_samples <= 0:
            return True
        if chunk.first_sample > samples:
            if now_s < self._rewind_until_s:
                return False
            self._refuse_the_future(chunk, samples, now_s)
        new_ms = samples_to_ms(new_samples)
        has_no_room = new_samples > free_samples and self._ahead_ms > SLACK_MS
        if new_ms > self._left_ms or has_no_room:
            self._rewind_until_s = now_s + REWIND_S
            raise Overrun
        self._rewind_until_s = 0.0
        self._left_ms -= new_ms
        self._ahead_ms += new_ms
        return True

    def _refuse_the_future(self, chunk: Chunk, samples: int, now_s: float) -> None:
        """A loss on the host's side lies in the past. What begins later than now is a wrong index, and
        taking it would leave no place for all that is really said until then."""
        now_ms = max(1000 * (now_s - self._began_s), samples_to_ms(samples)) + self._burst_ms
        ahead_ms = samples_to_ms(chunk.first_sample) - now_ms
        if ahead_ms > 0:
            raise BadChunk(
                f"This chunk begins at sample {chunk.first_sample}, later than can have been spoken by now. "
                "A chunk begins with 4 bytes: the index of its first sample, little-endian."
            )

    def _pass_to(self, now_s: float) -> None:
        passed_ms = 1000 * (now_s - self._at_s)
        self._at_s = now_s
        self._left_ms = min(self._burst_ms, self._left_ms + self._rate * passed_ms)
        self._ahead_ms = max(0.0, self._ahead_ms - passed_ms)
