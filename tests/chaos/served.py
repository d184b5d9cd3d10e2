"""Settings of a worker: the tests' own, on the clock of the run also where it is not asked."""

import os
from pathlib import Path

from tests.captions.served import *  # noqa: F403
from tests.captions.served import DATABASES
from tests.chaos.clocks import Clock

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _clock = Clock(Path(os.environ["CHAOS_CLOCK"]))
    DATABASES["default"]["OPTIONS"]["timeout"] /= _clock.pace
    _clock.close()
