"""Every named disturbance once, in its quick form. The rest, and what is drawn by chance, is ``make chaos``."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.chaos.casting import CASES, Outcome
from tests.chaos.suite import JOBS, quick, run_all

QUICK = [name for name, case in CASES.items() if case.quick is not None]

pytestmark = pytest.mark.timeout(900)  # the first one waits for all of them, a few at a time


@pytest.fixture(scope="session")
def outcomes(request) -> dict[str, Outcome]:
    """What came of each case that is asked for here."""
    names = [
        item.callspec.params["name"] for item in request.session.items if "outcomes" in item.fixturenames
    ]
    return {
        outcome.case.name: outcome
        for outcome in asyncio.run(run_all(quick(names), jobs=2 * JOBS), debug=False)
    }


@pytest.mark.parametrize("name", QUICK)
def test_no_word_is_lost_and_none_comes_twice(name, outcomes):
    missing = CASES[name].missing()
    if missing and os.environ.get("VOXWEB_REQUIRE_SERVICES") != "1":
        pytest.skip(f"needs {', '.join(missing)}")
    assert not missing, f"needs {', '.join(missing)}"
    outcome = outcomes[name]
    assert outcome.verdict.is_good, f"{outcome.told}\n{outcome.story}"
