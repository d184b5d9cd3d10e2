"""Bounds and patience of a relay session; the defaults are what production uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """See each; tests shorten them."""

    ring_ms: int = 90_000
    """Audio kept for a replay: 2.9 MB."""
    quiet_flush_ms: int = 20_000
    """Unsettled audio after which a quiet moment is used to settle it; twice that while an utterance
    is open; three times that (or two thirds of the ring) and it is done at any moment."""
    idle_flush_s: float = 10.0
    """Seconds without audio from the host after which what was said is settled; twelve times that where
    the audio broke off in mid-word, for then it probably goes on (``session.LOUD_IDLE``)."""
    flush_timeout_s: float = 10.0
    """Seconds an upstream may stay silent over a flush."""
    stop_timeout_s: float = 20.0
    """Seconds without any progress after which a stop gives up on the tail."""
    probe_s: float = 7.0
    """Seconds after a voice was sent that no event followed, until the upstream is asked whether it lives."""
    deaf_s: float = 13.0
    """The same until its line is given up; under the 15 s in which a stall is to be noticed."""
    away_limit_s: float = 3600.0
    """Seconds an upstream may be away before a session gives up; 0: no limit."""
    idle_s: float = 120.0
    """Seconds without a voice and without a caption after which the upstream is let go; 0: never."""
    preroll_ms: int = 3_000
    """Audio before the first loud chunk that is sent as well when it is called again."""
    json_ping_s: float = 30.0
    """Seconds between the protocol's own pings."""
    replay_rate: float = 4.0
    """Times real time at which audio goes out at most."""
    unstored_captions: int = 200
    """Captions that may wait for the store: a quarter of an hour of speech."""
    unstored_bytes: int = 4_000_000
    """And the memory they may take, for a single one can be a megabyte of words."""
    retry_first_s: float = 0.1
    retry_cap_s: float = 5.0
    """Delays between attempts after a passing fault."""
    stable_s: float = 5.0
    """A connection that lasted this long, or settled anything, starts the delays again."""
    quota_attempts: int = 5
    """Times in a row that a quota is tried again before the session ends."""
    quota_first_s: float = 5.0
    quota_cap_s: float = 60.0
    """Delays after a quota; the cap also holds for an upstream's own wish (``Retry-After``)."""
