"""Every named disturbance once, in its quick form, and a few seeds. All the rest is ``make chaos``."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.chaos.casting import CASES, Case, Outcome
from tests.chaos.suite import JOBS, Errand, drawn, quick, run_all

QUICK = [name for name, case in CASES.items() if case.quick is not None]
SEEDS = (2, 3, 4, 5, 6)

pytestmark = pytest.mark.timeout(900)  # the first one waits for all of them, a few at a time


@pytest.fixture(scope="session")
def outcomes(request) -> dict[tuple[str, str], Outcome]:
    """What came of all that is asked for here."""
    asked = [item for item in request.session.items if "outcomes" in item.fixturenames]
    names = [item.callspec.params["name"] for item in asked if "name" in item.callspec.params]
    seeds = [item.callspec.params["seed"] for item in asked if "seed" in item.callspec.params]
    weathers = [errand for errand in drawn(seeds) if not errand.case.missing()]
    todo: list[Errand] = [*quick(names), *weathers]
    # Much of the time of a run is waiting; a machine that is asked for more comes late, ten times over.
    found = asyncio.run(run_all(todo, jobs=JOBS + 1), debug=False)
    return {(outcome.case.name, outcome.seed): outcome for outcome in found}


def is_good(outcome: Outcome) -> None:
    assert outcome.verdict.is_good, f"{outcome.told}\n{outcome.story}"


def can_be_tried(case: Case) -> None:
    missing = case.missing()
    if missing and os.environ.get("VOXWEB_REQUIRE_SERVICES") != "1":
        pytest.skip(f"needs {', '.join(missing)}")
    assert not missing, f"needs {', '.join(missing)}"


@pytest.mark.parametrize("name", QUICK)
def test_no_word_is_lost_and_none_comes_twice(name, outcomes):
    can_be_tried(CASES[name])
    is_good(outcomes[name, "quick"])


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_comes_together(seed, outcomes):
    (errand,) = drawn([seed])
    can_be_tried(errand.case)
    is_good(outcomes["weather", str(seed)])
