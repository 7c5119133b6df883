"""Who buys again within a horizon: half of the customers are learnt from, the others asked.

Rules: docs/algorithms/tabular.md.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from engine.contracts import Evaluation, Progress
from engine.tabular import report, splits
from engine.tabular.columns import Floats, Table, check
from engine.tabular.contest import BASELINE, RIVAL, Lineup, compete
from engine.tabular.learners import Boosting, Learner, Logistic, Predict, Rate
from engine.tabular.report import Frame
from engine.tabular.repurchase import bgnbd
from engine.tabular.repurchase.bgnbd import BgNbd
from engine.tabular.repurchase.purchases import AGE, LAST_WEEK, REPEATS, SILENCE, Cut, Purchases, cut
from engine.tabular.stack import Clock, logit

TEST_RATE = 0.5
SEED = 42
RECENCY_FREQUENCY = ("log_repeats", SILENCE, AGE)


def _fit(table: Table) -> BgNbd:
    return bgnbd.fit(table.column(REPEATS), table.column(LAST_WEEK), table.column(AGE))


@dataclass(frozen=True, slots=True)
class ByBgNbd:
    """BG/NBD's own chance of a purchase within the horizon; it reads no label."""

    weeks: int

    def fit(self, table: Table, *, seed: int) -> Predict:
        model = _fit(table)
        return lambda asked: self.chances(model, asked)

    def chances(self, model: BgNbd, table: Table) -> Floats:
        return model.comes_again(
            table.column(REPEATS), table.column(LAST_WEEK), table.column(AGE), self.weeks
        )


@dataclass(frozen=True, slots=True)
class BesideBgNbd:
    """A learner that is also told what BG/NBD, fitted on the same rows, says: log-odds and logarithm of the expected
    purchases. With `alone`, it is told nothing else."""

    learner: Learner
    weeks: int
    alone: bool = False

    def fit(self, table: Table, *, seed: int) -> Predict:
        model = _fit(table)
        predict = self.learner.fit(self._told(model, table), seed=seed)
        return lambda asked: predict(self._told(model, asked))

    def _told(self, model: BgNbd, table: Table) -> Table:
        known = (table.column(REPEATS), table.column(LAST_WEEK), table.column(AGE))
        chance = logit(model.comes_again(*known, self.weeks))
        expected = np.log(model.expected(*known, self.weeks) + 1e-3)
        told = table.joined(("bg_nbd_log_odds", "bg_nbd_expected"), (chance, expected))
        return told.without(*table.names) if self.alone else told


def lineup(weeks: int) -> Lineup:
    """Who competes where the horizon is so long."""
    small = {"num_leaves": 6, "feature_fraction": 0.5, "min_data_in_leaf": 50}
    return Lineup(
        baselines={
            BASELINE: Rate(),
            "bg_nbd": ByBgNbd(weeks),
            "bg_nbd_recalibrated": BesideBgNbd(Logistic(), weeks, alone=True),
            RIVAL: Boosting(),
        },
        members={
            "recency_frequency": Logistic(RECENCY_FREQUENCY),
            "boosting_beside_bg_nbd": BesideBgNbd(Boosting(250, bags=3, changed=small), weeks),
        },
    )


def prepare(purchases: Purchases, *, horizon_weeks: int, shuffled: bool = False) -> Cut:
    """The table at the cut, checked; with `shuffled` its labels are dealt out anew. Refused, LeakFound."""
    made = cut(purchases, horizon_weeks=horizon_weeks)
    if shuffled:
        made = replace(made, table=made.table.dealt(seed=SEED))
    check(made.table)
    return made


def evaluate(made: Cut, *, horizon_weeks: int, clock: Clock) -> Generator[Progress, None, Evaluation]:
    """Everybody on the one split, intervals by drawing the asked customers anew."""
    who = lineup(horizon_weeks)
    split = splits.stratified(made.table, test_rate=TEST_RATE, seed=SEED)
    one = yield from compete(made.table, split, who, seed=SEED, clock=clock)
    frame = Frame(
        split="stratified 50/50 by customer",
        seeds=(SEED,),
        rows=len(made.table),
        notes=tuple(_notes(made)),
        protocol={
            "horizon_weeks": horizon_weeks,
            "history_weeks": round(made.history_weeks, 1),
            "columns": list(made.table.names),
        },
        rivals=(RIVAL, "bg_nbd", "bg_nbd_recalibrated"),
    )
    return (yield from report.build([one], who, frame, seed=SEED))


def _notes(made: Cut) -> Generator[str, None, None]:
    yield "Columns are worked out from purchases up to the cut alone."
    if made.newcomers:
        yield f"{made.newcomers:,} customers who came after the cut for the first time are in no table."
