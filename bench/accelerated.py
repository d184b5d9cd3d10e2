"""The product's settings for a run faster than time: only what ties audio to the clock differs."""

from voxweb.settings import *  # noqa: F403

AUDIO_RATE_LIMIT = REPLAY_RATE = 10_000.0
HEARD_INTERVAL_S = 0.05
