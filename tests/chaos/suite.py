"""Runs cases and seeds, a few at a time, and writes the table of what came of them.

python -m tests.chaos                              everything, the table into var/chaos.md
python -m tests.chaos upstream-closes viewer       cases whose names begin so, and no seeds
python -m tests.chaos upstream-closes --try 3:0    one form of one case, one try
python -m tests.chaos --seed 123 --seed 124        these seeds alone
python -m tests.chaos --seeds 50                   fifty seeds alone, from --first-seed on
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

import tests.chaos.cases  # noqa: F401  (fills CASES)
from tests.captions.daphne import ROOT
from tests.chaos import weather
from tests.chaos.casting import CASES, Case, Form, Outcome, run
from tests.chaos.stage import theatre
from tests.chaos.table import table

JOBS = max(1, min(4, os.cpu_count() or 1))
SEEDS = 200
VAR = ROOT / "var"


@dataclass(frozen=True)
class Errand:
    """One run to be made."""

    case: Case
    form: Form
    seed: str

    @property
    def command(self) -> str:
        """What makes it again."""
        if self.case.name == weather.CASE.name:
            return f"python -m tests.chaos --seed {self.seed}"
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


def drawn(seeds: Iterable[int]) -> list[Errand]:
    """What these seeds draw."""
    climates = [(seed, weather.climate(seed)) for seed in seeds]
    return [
        Errand(weather.CASE_OF_TWO if climate else weather.CASE, climate, str(seed))
        for seed, climate in climates
    ]


def _playable(todo: Iterable[Errand]) -> tuple[list[Errand], list[Case]]:
    """What can be run here, and the cases that cannot."""
    todo = list(todo)
    missing = list(dict.fromkeys(errand.case for errand in todo if errand.case.missing()))
    return [errand for errand in todo if errand.case not in missing], missing


def quick(names: Iterable[str]) -> list[Errand]:
    """The quick forms of cases."""
    return [
        Errand(case, case.quick, "quick")
        for case in (CASES[name] for name in names)
        if case.quick is not None and not case.missing()
    ]


async def run_all(
    todo: Sequence[Errand],
    *,
    jobs: int = JOBS,
    over: Callable[[Errand, Outcome], None] = lambda errand, outcome: None,
) -> list[Outcome]:
    """Run them, ``jobs`` at a time, those that want to be alone last. ``over`` is told of each."""
    turns = asyncio.Semaphore(jobs)
    with _quiet():
        async with theatre() as house:

            async def one(errand: Errand) -> Outcome:
                async with turns:
                    outcome = await run(house, errand.case, errand.form, errand.seed)
                over(errand, outcome)
                return outcome

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(errand)) for errand in todo if not errand.case.setting.alone]
            alone = [await one(errand) for errand in todo if errand.case.setting.alone]
            return [*(task.result() for task in tasks), *alone]


@contextmanager
def _quiet() -> Iterator[None]:
    """The speech service of a run lives in this process; what it says of each broken line is no news."""
    before, server = structlog.get_config(), logging.getLogger("aiohttp.server")
    level = server.level
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    server.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        server.setLevel(level)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="beginnings of names of cases (default: all)")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--quick", action="store_true", help="each case once, in its quick form")
    parser.add_argument("--try", dest="one", default="", help="one form and try of the cases named, as 3:0")
    parser.add_argument("--seed", type=int, action="append", default=[], help="play this seed")
    parser.add_argument("--seeds", type=int, help=f"how many seeds (default: {SEEDS} where all cases run)")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=JOBS, help="runs at a time (default: %(default)s)")
    parser.add_argument("--table", type=Path, help="file for the table (default: var/chaos.md for all)")
    parser.add_argument(
        "--stories", type=Path, default=VAR / "chaos", help="folder: what happened in failures"
    )
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(f"{case.name:60} {case.row}" for case in CASES.values()))
        return 0
    todo, skipped = _wanted(options)
    print(f"{len(todo)} runs, {options.jobs} at a time", flush=True)
    for case in skipped:
        print(f"!!! NOT TRIED: {case.name} needs {', '.join(case.missing())}", flush=True)

    def tell(errand: Errand, outcome: Outcome) -> None:
        print(f"{outcome.took_s:6.1f} s  {outcome.told}", flush=True)
        if not outcome.verdict.is_good:
            print(f"          again: {errand.command}", flush=True)
            _write_story(options.stories, outcome)

    outcomes = asyncio.run(run_all(todo, jobs=options.jobs, over=tell))
    bad = [outcome for outcome in outcomes if not outcome.verdict.is_good]
    path = options.table or (VAR / "chaos.md" if _is_all(options) else None)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table(outcomes))
        print(f"The table is in {path}.")
    print(f"{len(outcomes)} runs, {len(bad)} failed")
    return bool(bad or (skipped and os.environ.get("VOXWEB_REQUIRE_SERVICES") == "1"))


def _is_all(options: argparse.Namespace) -> bool:
    """Whether the whole suite is asked for."""
    return not (options.names or options.one or options.seed or options.quick or options.seeds is not None)


def _wanted(options: argparse.Namespace) -> tuple[list[Errand], list[Case]]:
    """What to run, and the cases that cannot be run here."""
    if options.seed or (options.seeds is not None and not options.names):
        first = options.first_seed
        return _playable(drawn(options.seed or range(first, first + options.seeds)))
    todo, skipped = _playable(errands(options.names))
    if options.quick or options.one == "quick":
        todo = quick(dict.fromkeys(errand.case.name for errand in todo))
    if options.one:
        todo = [errand for errand in todo if errand.seed == options.one]
    seeds = options.seeds if options.seeds is not None else SEEDS if _is_all(options) else 0
    weathers, unplayable = _playable(drawn(range(options.first_seed, options.first_seed + seeds)))
    return [*todo, *weathers], [*skipped, *unplayable]


def _write_story(folder: Path, outcome: Outcome) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outcome.case.name}-{outcome.seed.replace(':', '-')}.txt"
    path.write_text(f"{outcome.told}\n\n{outcome.story}\n")


__all__ = ["Errand", "Outcome", "drawn", "errands", "main", "quick", "run_all"]
