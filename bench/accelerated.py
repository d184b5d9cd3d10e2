"""The product's settings for a run faster than time: only what ties audio to the clock differs."""

import os

from voxweb.settings import *  # noqa: F403

AUDIO_RATE_LIMIT = 10_000.0
REPLAY_RATE = float(os.environ.get("BENCH_REPLAY_RATE", "10000"))
HEARD_INTERVAL_S = float(os.environ.get("BENCH_HEARD_INTERVAL_S", "0.05"))
