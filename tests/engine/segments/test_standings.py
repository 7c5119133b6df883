"""What was known of the shopper of each visit, and nothing that came later."""

from dataclasses import replace

import churn_logs
import numpy as np
import pytest

from engine.contracts import NEWCOMERS
from engine.segments import standings
from engine.segments.fit import FitRefused


def test_the_future_changes_no_standing() -> None:
    log = churn_logs.mall(800, 30).log
    plain = standings.plain_log(log)
    middle = int(np.quantile(log.at_ms, 0.6))
    later = log.at_ms > middle
    other = replace(log, price_minor=np.where(later, log.price_minor * 9, log.price_minor))
    whole, changed = (
        churn_logs.result(standings.with_standings(one, seed=1)).standings for one in (log, other)
    )
    before = np.flatnonzero(plain.visit_started_ms <= middle)

    assert whole is not None
    assert changed is not None
    assert [whole[visit] for visit in before] == [changed[visit] for visit in before]


def test_visits_before_the_fit_know_no_segment_and_later_ones_do() -> None:
    log = churn_logs.mall(800, 30).log
    found = churn_logs.result(standings.with_standings(log, seed=1)).standings
    began = standings.plain_log(log).visit_started_ms
    fitted = log.at_ms.min() + (log.at_ms.max() - log.at_ms.min()) / 3

    assert found is not None
    assert {found[visit].segment for visit in np.flatnonzero(began < fitted)} == {""}
    assert NEWCOMERS in {one.segment for one in found}
    assert all(found[visit].segment for visit in np.flatnonzero(began > fitted))
    assert max(one.tenure_days for one in found) > 7


def test_too_few_who_came_again_are_refused() -> None:
    with pytest.raises(FitRefused):
        churn_logs.result(standings.with_standings(churn_logs.log("page_view " * 4, "page_view"), seed=1))
