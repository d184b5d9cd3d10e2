"""Runs cases and seeds, a few at a time, and writes the table of what came of them.

python -m tests.chaos                              everything
python -m tests.chaos upstream-closes viewer       cases whose names begin so
python -m tests.chaos upstream-closes --try 3:0    one form of one case, one try
python -m tests.chaos --seeds 0                    without what is drawn by chance
python -m tests.chaos --seed 123                   this seed alone
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

import tests.chaos.cases  # noqa: F401  (fills CASES)
from tests.chaos.casting import CASES, Case, Form, Outcome, run
from tests.chaos.stage import theatre

JOBS = max(1, min(4, os.cpu_count() or 1))


@dataclass(frozen=True)
class Errand:
    """One run to be made."""

    case: Case
    form: Form
    seed: str

    @property
    def command(self) -> str:
        """What makes it again."""
        return f"python -m tests.chaos {self.case.name} --try {self.seed}"


def errands(names: Sequence[str]) -> list[Errand]:
    """Every form of the cases named, or of all."""
    return [
        Errand(case, form, f"{number}:{turn}")
        for case in CASES.values()
        if not names or any(case.name.startswith(name) for name in names)
        for number, form in enumerate(case.forms)
        for turn in range(case.tries)
    ]


def quick(names: Iterable[str]) -> list[Errand]:
    """The quick forms of cases."""
    return [
        Errand(case, case.quick, "quick")
        for case in (CASES[name] for name in names)
        if case.quick is not None and not case.missing()
    ]


async def run_all(todo: Sequence[Errand], *, jobs: int = JOBS, told: bool = False) -> list[Outcome]:
    """Run them, ``jobs`` at a time, in order."""
    be_quiet()
    turns = asyncio.Semaphore(jobs)
    async with theatre() as house:

        async def one(errand: Errand) -> Outcome:
            async with turns:
                outcome = await run(house, errand.case, errand.form, errand.seed)
            if told:
                print(f"{outcome.took_s:6.1f} s  {outcome.told}", flush=True)
                if not outcome.verdict.is_good:
                    print(f"          again: {errand.command}", flush=True)
            return outcome

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(errand)) for errand in todo]
        return [task.result() for task in tasks]


def be_quiet() -> None:
    """The speech service of a run lives in this process; what it says of each broken line is no news."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of names of cases (default: all)")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--quick", action="store_true", help="each case once, in its quick form")
    parser.add_argument("--try", dest="one", default="", help="one form and try of the cases named, as 3:0")
    parser.add_argument("--jobs", type=int, default=JOBS, help="runs at a time (default: %(default)s)")
    parser.add_argument("--stories", type=Path, help="folder for what happened in runs that failed")
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(f"{case.name:45} {case.row}" for case in CASES.values()))
        return 0
    todo = errands(options.names)
    if options.quick or options.one == "quick":
        todo = quick(dict.fromkeys(errand.case.name for errand in todo))
    if options.one:
        todo = [errand for errand in todo if errand.seed == options.one]
    outcomes = asyncio.run(run_all(todo, jobs=options.jobs, told=True))
    bad = [outcome for outcome in outcomes if not outcome.verdict.is_good]
    for outcome in bad:
        if options.stories:
            options.stories.mkdir(parents=True, exist_ok=True)
            path = options.stories / f"{outcome.case.name}-{outcome.seed.replace(':', '-')}.txt"
            with suppress(OSError):
                path.write_text(f"{outcome.told}\n\n{outcome.story}\n")
    print(f"{len(outcomes)} runs, {len(bad)} failed")
    return bool(bad)


__all__ = ["Errand", "Outcome", "errands", "main", "quick", "run_all", "sys"]
