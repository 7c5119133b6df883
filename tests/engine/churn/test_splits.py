"""Who learns from which windows."""

import churn_logs
import numpy as np
import pytest

from engine.churn import splits


def test_parts_follow_each_other_with_a_day_between() -> None:
    windows = churn_logs.mall_windows()
    parts = splits.by_time(windows, seed=1)
    each = [windows.take(rows) for rows in (parts.train, parts.validation, parts.calibration, parts.test)]

    for earlier, later in zip(each, each[1:], strict=False):
        began = later.at_ms - later.aggregates[:, splits._ELAPSED]
        assert began.min() - earlier.end_ms.max() >= splits.DAY_MS
    assert len(each[0]) > len(each[3]) > 0


def test_the_never_seen_are_in_no_other_part() -> None:
    windows = churn_logs.mall_windows()
    parts = splits.by_time(windows, seed=1)
    learnt = windows.shopper[np.concatenate([parts.train, parts.validation, parts.calibration])]
    unknown = windows.shopper[parts.test][parts.never_seen]

    assert len(unknown) > 0
    assert not set(unknown.tolist()) & set(learnt.tolist())
    assert set(windows.shopper[parts.test][~parts.never_seen].tolist()) <= set(learnt.tolist())


def test_each_window_is_tested_once_by_those_who_never_saw_its_shopper() -> None:
    windows = churn_logs.mall_windows()
    tested = []
    for parts in splits.grouped(windows, folds=5, seed=1):
        others = np.concatenate([parts.train, parts.validation, parts.calibration])
        assert len(np.unique(others)) == len(others)
        assert not set(windows.shopper[others].tolist()) & set(windows.shopper[parts.test].tolist())
        assert parts.never_seen.all()
        tested.append(parts.test)

    assert sorted(np.concatenate(tested).tolist()) == list(range(len(windows)))


def test_more_folds_than_shoppers_are_refused() -> None:
    windows = churn_logs.made(churn_logs.log("page_view " * 5))

    with pytest.raises(ValueError, match="at least as many shoppers"):
        list(splits.grouped(windows, folds=5, seed=1))
