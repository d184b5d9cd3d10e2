"""Whether an upstream still listens: it takes audio, answers pings, and says nothing. Pure.

What counts is the time since the first chunk with a voice in it that no event has followed. After
``probe_s`` a flush is asked for, which a living upstream answers though it recognised nothing: at a
quiet moment, or a little later at any moment, if no utterance is open that it would cut. Where voice goes
on in an open utterance nothing is cut. Without any event after ``deaf_s`` the line is given up.

An upstream that never answered a flush may be one that answers none, and silent over music by right.
So where that happens again and again, it is given more time.
"""

from __future__ import annotations

from math import inf

PATIENT_FROM = 2
"""Times in a row that it costs no more than ``deaf_s``."""

MOST_TIMES = 4
"""Times ``deaf_s`` at most; with the ring's 90 s a return of the upstream is still in time."""


class Watchdog:
    """One session's; it outlives the connections. All times are of one clock, in seconds."""

    def __init__(self, *, probe_s: float, deaf_s: float) -> None:
        self.answers_flushes = False
        """Whether a flush was ever answered."""
        self._probe_s = probe_s
        self._deaf_s = deaf_s
        self._unheard_since_s = inf
        self._times_deaf = 0

    def restart(self) -> None:
        """Count anew: another connection, or we did not listen ourselves."""
        self._unheard_since_s = inf

    def sent(self, now_s: float, *, is_voiced: bool) -> None:
        """A chunk went out."""
        if is_voiced:
            self._unheard_since_s = min(self._unheard_since_s, now_s)

    def heard(self) -> None:
        """The upstream said something."""
        self._unheard_since_s = inf
        self._times_deaf = 0

    def was_deaf(self) -> None:
        """The line was given up for its silence."""
        self._times_deaf += 1

    def wants_probe(self, now_s: float, *, is_open: bool, is_quiet: bool) -> bool:
        """Whether to ask for a flush now."""
        waited_s = (now_s - self._unheard_since_s) / self._times
        if is_quiet:
            return waited_s >= self._probe_s
        # A third of what is left is spent on waiting for a quiet moment, the rest is for the answer.
        return not is_open and waited_s >= self._probe_s + (self._deaf_s - self._probe_s) / 3

    @property
    def deaf_at_s(self) -> float:
        """When to give the line up, unless something is heard before."""
        return self._unheard_since_s + self._deaf_s * self._times

    @property
    def _times(self) -> float:
        if self.answers_flushes or self._times_deaf < PATIENT_FROM:
            return 1.0
        return min(2.0 ** (self._times_deaf - PATIENT_FROM + 1), MOST_TIMES)
