"""Cases: what is done to a run, how often and in which forms, and how one of them is played."""

from __future__ import annotations

import asyncio
import os
import shutil
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.chaos.stage import Setting, Stage, Theatre
from tests.chaos.verdict import Verdict
from tests.conftest import answers

Play = Callable[..., Awaitable[None]]
Form = Mapping[str, Any]
"""Arguments of a play; what ``Setting`` knows by name goes there instead."""


@dataclass(frozen=True)
class Case:
    """One kind of disturbance."""

    name: str
    row: str
    """The row of the promise it belongs to."""
    play: Play
    forms: Sequence[Form]
    """Every form it is tried in."""
    quick: Form | None
    """The form for a quick look, if it can be had in a few seconds."""
    setting: Setting
    needs: frozenset[str]
    """What must be there: "PostgreSQL", "Redis", "root"."""
    tries: int = 1
    """Times each form is tried, each at other moments."""

    def setting_of(self, form: Form) -> Setting:
        known = {name: value for name, value in form.items() if name in Setting.__dataclass_fields__}
        return replace(self.setting, **known)

    def arguments_of(self, form: Form) -> dict[str, Any]:
        return {name: value for name, value in form.items() if name not in Setting.__dataclass_fields__}

    def missing(self) -> list[str]:
        """What it needs and this machine lacks."""
        return sorted(need for need in self.needs if not PRESENT[need]())


PRESENT: dict[str, Callable[[], bool]] = {
    "PostgreSQL": lambda: answers(5432),
    "Redis": lambda: answers(6379),
    "redis-server": lambda: shutil.which("redis-server") is not None,
    "root": lambda: os.geteuid() == 0,
}

CASES: dict[str, Case] = {}


def case(
    row: str,
    *forms: Form,
    quick: Form | None = None,
    needs: Sequence[str] = (),
    tries: int = 1,
    **setting: Any,
) -> Callable[[Play], Play]:
    """Make a play a case of a row; it is tried in each of ``forms``."""

    def register(play: Play) -> Play:
        name = play.__name__.replace("_", "-")
        assert name not in CASES
        known = Setting(**setting)
        CASES[name] = Case(name, row, play, forms or ({},), quick, known, frozenset(needs), tries)
        return play

    return register


@dataclass(frozen=True)
class Outcome:
    """One run of one case."""

    case: Case
    form: Form
    seed: str
    verdict: Verdict
    story: str = field(repr=False, default="")
    took_s: float = 0.0

    @property
    def told(self) -> str:
        """In one line."""
        form = " ".join(f"{name}={value}" for name, value in self.form.items())
        state = "ok" if self.verdict.is_good else "; ".join(self.verdict.wrong)
        return f"{self.case.name} {form} seed={self.seed}: {state}"


async def run(theatre: Theatre, case: Case, form: Form, seed: str) -> Outcome:
    """Play a case once. Whatever goes wrong is in the outcome."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    setting = case.setting_of(form)
    verdict, story = Verdict(wrong=["it did not begin"]), ""
    try:
        async with theatre.stage(setting) as stage:
            try:
                async with asyncio.timeout(setting.limit_s):
                    await case.play(stage, **case.arguments_of(form), **_chance(case, seed))
            except TimeoutError:
                stage.verdict.wrong.append(f"it was not over after {setting.limit_s} s")
            except Exception as exc:
                stage.verdict.wrong.append(f"{type(exc).__name__}: {exc}")
                story = traceback.format_exc()
            verdict = stage.verdict
            if not verdict.is_good:
                story += stage.story()
    except Exception as exc:
        verdict = replace(verdict, wrong=[f"{type(exc).__name__}: {exc}"])
        story += traceback.format_exc()
    return Outcome(case, form, seed, verdict, story, loop.time() - began_s)


def _chance(case: Case, seed: str) -> dict[str, Random]:
    """A play that leaves something to chance takes ``chance``, which the seed decides."""
    names = case.play.__code__.co_varnames[: case.play.__code__.co_argcount]
    return {"chance": Random(f"{case.name} {seed}")} if "chance" in names else {}


__all__ = ["CASES", "Case", "Form", "Outcome", "Stage", "case", "run"]
