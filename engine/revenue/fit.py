"""Phase 0: evaluate the models of the revenue type, and train the ensemble that serves.

Page: docs/algorithms/revenue.md.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engine.contracts import MEMBERS, Progress, RevenueReport, Transaction
from engine.revenue import export, intake, leaks, learners, protocol, report
from engine.revenue.board import Board
from engine.revenue.columns import Layout
from engine.revenue.intake import Labelled, TrainingRefused
from engine.revenue.protocol import Clock, Table

__all__ = ["Trained", "TrainingRefused", "evaluate", "train"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trained:
    """A run's report, its artefact (engine.revenue.serve.load reads it) and the labelled rows it used."""

    report: RevenueReport
    artefact: bytes
    rows: tuple[Transaction, ...]


def evaluate(
    rows: Sequence[Transaction],
    *,
    seed: int,
    clock: Clock,
    label_rule: str | None = None,
    best_reachable_accuracy: float | None = None,
    state: bytes | None = None,
) -> Generator[Progress, None, RevenueReport]:
    """Every model on the 80/20 split and five folds.

    `clock` gives seconds (only differences are used, for fit_seconds). `state` is the last Progress.state of
    a run that was cut off; one of other work is not used. Raises TrainingRefused, and ValueError for an
    unknown rule.
    """
    data = intake.take(rows, label_rule=label_rule, seed=seed)
    run = _Run(data, seed=seed, state=state, more=1)
    return (yield from run.measured(clock, best_reachable_accuracy))


def train(
    rows: Sequence[Transaction],
    *,
    seed: int,
    clock: Clock,
    label_rule: str | None = None,
    best_reachable_accuracy: float | None = None,
    state: bytes | None = None,
) -> Generator[Progress, None, Trained]:
    """`evaluate`, and then the members fitted on all rows, as an artefact. The same arguments and errors."""
    data = intake.take(rows, label_rule=label_rule, seed=seed)
    run = _Run(data, seed=seed, state=state, more=len(MEMBERS) + 2)
    made = yield from run.measured(clock, best_reachable_accuracy)
    artefact = yield from run.artefact(made)
    return Trained(made, artefact, data.rows)


class _Run:
    """One run over one table; `more` is the number of steps after the measurements."""

    def __init__(self, data: Labelled, *, seed: int, state: bytes | None, more: int) -> None:
        self._data, self._seed, self._more = data, seed, more
        self._table = Table.of(data.rows)
        self._board = Board.resume(self._table.fingerprint(seed), state)
        self._checkpoint = len(self._board.cells), self._board.to_state()

    def measured(self, clock: Clock, best: float | None) -> Generator[Progress, None, RevenueReport]:
        for stage in protocol.measure(self._table, self._board, seed=self._seed, clock=clock):
            yield self._at(stage)
        found = yield from self._saying("looking for leaks", leaks.find(self._data.rows))
        majority = protocol.majority_class(self._table.labels)
        frame = report.Frame(
            seed=self._seed,
            rows=len(self._data.rows),
            rows_given=self._data.given,
            label_rule=self._data.rule,
            majority=majority,
            majority_rate=float(np.mean(self._table.labels == majority)),
            best_reachable_accuracy=best,
            notes=self._data.notes,
        )
        yield self._at("writing the report", 1)
        return report.build(self._board, frame, found)

    def artefact(self, made: RevenueReport) -> Generator[Progress, None, bytes]:
        transformer = learners.fit_columns(self._table.matrix)
        features = transformer.transform(self._table.matrix)
        members = {}
        for done, name in enumerate(MEMBERS, start=1):
            steps = learners.fit(name, features, self._table.labels, seed=self._seed)
            members[name] = yield from self._saying(f"all rows: {name}", steps, done)
        yield self._at("writing the model", self._more - 1)
        rows = self._data.rows
        packed = export.pack(transformer, members, rows=rows, layout=Layout.of(rows), report=made)
        yield self._at("done", self._more)
        return packed

    def _at(self, stage: str, done: int = 0) -> Progress:
        """`done` counts the steps after the measurements."""
        measured = len(self._board.cells)
        if measured != self._checkpoint[0]:
            self._checkpoint = measured, self._board.to_state()
        return Progress(stage, measured + done, protocol.STEPS + self._more, self._checkpoint[1])

    def _saying(
        self, stage: str, steps: Generator[None, None, T], done: int = 0
    ) -> Generator[Progress, None, T]:
        """The steps' result, saying the same at each of them."""
        while True:
            yield self._at(stage, done)
            try:
                next(steps)
            except StopIteration as end:
                return end.value
