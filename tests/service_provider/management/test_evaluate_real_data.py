"""Public tables themselves, which are not part of the repository: what is read, and the fits that take seconds."""

import os
from pathlib import Path

import numpy as np
import pytest

from engine.tabular import splits, visits
from engine.tabular.figures import figures
from engine.tabular.learners import Boosting, Logistic
from engine.tabular.repurchase import bgnbd, course
from service_provider.adapters.public_layouts import purchase_list, visit_table


@pytest.fixture
def data():
    """The folder that the environment variable MALL_DATA names."""
    if not os.environ.get("MALL_DATA"):
        pytest.skip("MALL_DATA names no folder of public data")
    return Path(os.environ["MALL_DATA"])


def walk(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def measured(learner, table, split):
    predict = learner.fit(table.take(split.train), seed=0)
    asked = table.take(split.test)
    return figures(asked.labels, predict(asked), 0.5)


def test_visits(data):
    read = walk(visit_table.read(data / "online_shoppers" / "online_shoppers_intention.csv.xz"))
    whole = visits.plan(read.table, seeds=10)

    assert (whole.rows, int(read.table.labels.sum()), len(whole.heats)) == (12_330, 1_908, 21)
    assert "125 of 12,330 rows are exact copies" in whole.notes[0]
    assert set(np.unique(read.table.periods[whole.heats[-1].split.test])) == {11, 12}


def test_lightgbm_is_as_strong_as_it_is_known_to_be(data):
    table = walk(visit_table.read(data / "online_shoppers" / "online_shoppers_intention.csv.xz")).table
    parts = [splits.stratified(table, test_rate=0.3, seed=seed) for seed in range(10)]
    found = [measured(Boosting(), table, part) for part in parts]

    assert np.mean([one["roc_auc"] for one in found]) == pytest.approx(0.9317, abs=0.001)
    assert np.mean([one["average_precision"] for one in found]) == pytest.approx(0.747, abs=0.002)
    assert np.mean([one["brier"] for one in found]) == pytest.approx(0.069, abs=0.001)


def test_purchases(data):
    lines = walk(purchase_list.read(data / "cdnow" / "CDNOW_master.txt.xz"))
    table = course.prepare(lines, horizon_weeks=39).table
    split = splits.stratified(table, test_rate=0.5, seed=42)
    model = bgnbd.fit(*(table.column(name) for name in ("repeats", "weeks_to_last", "weeks_known")))

    assert (len(lines.day), len(table)) == (69_659, 23_570)
    assert table.labels.mean() == pytest.approx(0.2994, abs=0.0001)
    # the published sample of one in ten has r .243, alpha 4.414, a .793, b 2.426
    assert (model.r, model.alpha) == (pytest.approx(0.25, abs=0.02), pytest.approx(4.8, abs=0.5))
    found = measured(Logistic(course.RECENCY_FREQUENCY), table, split)
    assert found["roc_auc"] == pytest.approx(0.767, abs=0.001)
