"""The report looked at again and again, and over shoppers who log in between."""

from math import sqrt

import numpy as np
import pytest

from engine.experiments import report
from engine.experiments.assign import TREATED, group_of
from engine.experiments.report import Shoppers, compare


def mall(shoppers=4_000, *, held=0.2, effect=0.0, seed=1, before=0.0):
    """One buyer in five, of lognormal sums; `effect` is added to everybody's money, `before` goes with it."""
    rng = np.random.default_rng(seed)
    bought = rng.random(shoppers) < 0.2
    money = np.where(bought, rng.lognormal(8.0, 1.0, shoppers), 0.0)
    treated = rng.random(shoppers) >= held
    covariate = before * money + rng.normal(0.0, 500.0, shoppers) if before else None
    outcomes = {"contribution": money + effect * treated, "bought": bought.astype(np.float64)}
    return Shoppers(treated, bought, outcomes, covariate)


def found(shoppers, held=0.2):
    return compare(shoppers, held_share=held)


# ---- many looks ---------------------------------------------------------------------------------------

LOOKS, MALLS = 50, 200


@pytest.fixture(scope="module")
def alarms():
    """In malls without effect, looked at fifty times while they grow: how many were ever told of one, by either."""
    once = always = 0
    for seed in range(MALLS):
        shoppers = mall(10_000, seed=seed + 100)
        reports = [
            found(shoppers.where(np.arange(10_000) < (look + 1) * 200)).outcomes for look in range(LOOKS)
        ]
        told = [one["contribution"] for one in reports if one]
        once += any(not one.difference.low <= 0.0 <= one.difference.high for one in told)
        always += any(one.sign for one in told)
    return once / MALLS, always / MALLS


def test_fifty_looks_find_something_in_nothing_with_the_plain_interval(alarms):
    assert alarms[0] > 0.2


def test_fifty_looks_find_nothing_with_the_one_that_always_holds(alarms):
    assert alarms[1] <= 0.05


def test_a_large_gain_is_told_by_it_all_the_same():
    one = found(mall(20_000, effect=600.0)).outcomes["contribution"]

    assert one.sign == 1
    assert one.always.low < one.difference.low
    assert one.difference.high < one.always.high


def test_and_a_loss():
    assert found(mall(20_000, effect=-600.0)).outcomes["contribution"].sign == -1


# ---- who logs in --------------------------------------------------------------------------------------


def visitors(seed, shoppers=4_000):
    """Coupons do nothing. Half of those who come log in later, under the key of their account, and only they can buy:
    two in five of them do. By shopper: her first group, whether the later one is another, what she paid."""
    rng = np.random.default_rng(seed)
    first, then = (
        np.array([group_of(f"{seed} {kind} {n}", holdout_bp=500) == TREATED for n in range(shoppers)])
        for kind in ("visitor", "account")
    )
    logs_in = rng.random(shoppers) < 0.5
    paid = np.where(logs_in & (rng.random(shoppers) < 0.4), rng.lognormal(8.0, 0.5, shoppers), 0.0)
    return Shoppers(first, paid > 0, {"money": paid}), logs_in & (first != then)


@pytest.fixture(scope="module")
def logged_in():
    return [visitors(seed) for seed in range(60)]


def test_whoever_counts_where_she_was_first_put_logs_in_without_harm(logged_in):
    found = [compare(shoppers, held_share=0.05) for shoppers, _ in logged_in]
    money = [one.outcomes["money"].difference for one in found]

    assert all(one.split.is_sound for one in found)
    assert np.mean([one.low <= 0 <= one.high for one in money]) >= 0.9
    assert abs(np.mean([one.value for one in money])) < 3 * np.std([one.value for one in money]) / sqrt(60)


def test_leaving_out_who_changed_her_group_finds_a_gain_in_nothing(logged_in):
    left = [report.differences(shoppers.where(~changed))["money"] for shoppers, changed in logged_in]

    assert np.mean([one.difference.low > 0 for one in left]) > 0.9
