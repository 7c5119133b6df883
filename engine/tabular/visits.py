"""Purchase from the aggregates of a visit: which columns, which splits, who competes. docs/algorithms/tabular.md."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.contracts import Evaluation, Progress
from engine.tabular import report, splits
from engine.tabular.columns import Ints, Refused, Table, check, copies
from engine.tabular.contest import VISITS, Round, compete
from engine.tabular.report import Frame
from engine.tabular.splits import Split
from engine.tabular.stack import Clock

TEST_RATE = 0.3
MOST_ROWS = 50_000
VALUES = "PageValues"
MAIN, PLAIN, LATER = "all_columns", "without_page_values", "by_month"


@dataclass(frozen=True, slots=True)
class Heat:
    """One split of one question: what a process of its own can work on."""

    question: str
    table: Table
    split: Split
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All heats, and what was left out and why."""

    rows: int
    seeds: tuple[int, ...]
    heats: tuple[Heat, ...]
    notes: tuple[str, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(heat.question for heat in self.heats))


def plan(table: Table, *, seeds: int) -> Plan:
    """The heats of `seeds` random splits (seeds from 0), the same without PageValues, and by month. Refused or
    LeakFound where the table cannot be learnt from."""
    check(table)
    notes = []
    if len(table) > MOST_ROWS:
        notes.append(f"Of {len(table):,} rows a stratified {MOST_ROWS:,} were taken.")
        table = table.take(splits.stratified(table, test_rate=MOST_ROWS / len(table), seed=0).test)
    same = copies(table)
    if same:
        notes.append(
            f"{same:,} of {len(table):,} rows are exact copies of an earlier one; they can stand on both sides of a "
            "split."
        )
    heats = _random(MAIN, table, seeds)
    if VALUES in table.names:
        heats += _random(PLAIN, table.without(VALUES), seeds)
    else:
        notes.append(f"The file has no column {VALUES}: there is one table less.")
    try:
        heats += [Heat(LATER, table, splits.last_periods(table), 0)]
    except Refused as refusal:
        notes.append(f"No table by month: {refusal}")
    return Plan(len(table), tuple(range(seeds)), tuple(heats), tuple(notes))


def _random(question: str, table: Table, seeds: int) -> list[Heat]:
    parts = [splits.stratified(table, test_rate=TEST_RATE, seed=seed) for seed in range(seeds)]
    return [Heat(question, table, split, seed) for seed, split in enumerate(parts)]


def walk(heat: Heat, *, clock: Clock) -> Generator[Progress, None, Round]:
    """Everybody on one heat."""
    return compete(heat.table, heat.split, VISITS, seed=heat.seed, clock=clock)


def evaluate(whole: Plan, rounds: Sequence[Round]) -> Generator[Progress, None, dict[str, Evaluation]]:
    """By question: the evaluation of its rounds, which come in the order of the heats."""
    found: dict[str, Evaluation] = {}
    for question in whole.questions:
        pairs = zip(whole.heats, rounds, strict=True)
        mine = [(heat, one) for heat, one in pairs if heat.question == question]
        heat = mine[0][0]
        frame = Frame(
            split=_said(question, heat),
            seeds=tuple(heat.seed for heat, _ in mine),
            rows=whole.rows,
            notes=whole.notes if question == MAIN else (),
            protocol={"columns": list(heat.table.names), "question": question},
        )
        found[question] = yield from report.build([one for _, one in mine], VISITS, frame, seed=0)
    return found


def _said(question: str, heat: Heat) -> str:
    if question != LATER or heat.table.periods is None:
        return "stratified 70/30"
    late = np.unique(heat.table.periods[heat.split.test])
    early = np.unique(heat.table.periods[heat.split.train])
    return f"learnt from months {_listed(early)}, asked of months {_listed(late)}"


def _listed(months: Ints) -> str:
    return ", ".join(str(month) for month in months)
