"""What came of all runs, as a table in Markdown: a line for each disturbance of the promise. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.cases.rows import ROWS, WEATHER
from tests.chaos.casting import Outcome
from tests.chaos.speech import total_ms

HEAD = (
    "| disturbance | tries | words spoken | lost | repeated | declared gaps | failed | again with |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Rows in the order of the promise; those nobody tried are left out."""
    return HEAD + "".join(
        _line(row, [outcome for outcome in outcomes if outcome.case.row == row])
        for row in ROWS
        if any(outcome.case.row == row for outcome in outcomes)
    )


def _line(row: str, outcomes: Sequence[Outcome]) -> str:
    verdicts = [outcome.verdict for outcome in outcomes]
    gaps = [gap for verdict in verdicts for gap in verdict.gaps]
    words_in_gaps = sum(verdict.in_gaps for verdict in verdicts)
    declared = f"{len(gaps)}: {total_ms(gaps) / 1000:.0f} s, {words_in_gaps} words" if gaps else "0"
    names = " ".join(dict.fromkeys(outcome.case.name for outcome in outcomes))
    command = f"--seeds {len(outcomes)}" if row == WEATHER else names
    cells = (
        row,
        f"{len(outcomes):,}",
        f"{sum(verdict.spoken for verdict in verdicts):,}",
        sum(verdict.lost for verdict in verdicts),
        sum(verdict.repeated for verdict in verdicts),
        declared,
        sum(not verdict.is_good for verdict in verdicts),
        f"`python -m tests.chaos {command}`",
    )
    return f"| {' | '.join(map(str, cells))} |\n"
