"""Daphne as production runs it, on the clocks of a run: ``python -m tests.chaos.worker <daphne's
arguments>``.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.chaos.clocks import Clock, install

UP = "chaos worker up"
"""The line it writes once it takes connections."""

if __name__ == "__main__":
    install(Clock(Path(os.environ["CHAOS_CLOCK"])))

    from daphne.cli import CommandLineInterface
    from daphne.server import reactor

    reactor.callWhenRunning(print, UP, flush=True)
    CommandLineInterface.entrypoint()
