"""How hard the fuzz tests try: the same few examples every time, or ``VOXWEB_FUZZ=long`` for many new ones.

The quick run is part of ``make test``, so it must neither flake nor take long: its examples are derived from
the test itself. The long one draws others each time and remembers what failed; ``VOXWEB_FUZZ=400`` is a long
one with 400 times the examples.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_asked = os.environ.get("VOXWEB_FUZZ", "")
TIMES = int(_asked) if _asked.isdigit() else 50 if _asked == "long" else 1
IS_LONG = TIMES > 1


def effort(examples: int, *, steps: int = 50) -> settings:
    """So many examples in the quick run. No deadline: two busy cores say nothing about our code."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        derandomize=not IS_LONG,
        database=None if not IS_LONG else settings.default.database,
        deadline=None,
        report_multiple_bugs=False,
        # Explaining costs more than it tells where an example is a conversation over a socket.
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        # A fixture that outlives an example is a server or a room: each example cleans up after itself.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
        print_blob=IS_LONG,
    )
