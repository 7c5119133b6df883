"""Treated against held out: the split, whether there is enough, and what the intervals say."""

from math import sqrt

import numpy as np
import pytest

from engine.contracts import LEAST_P, Measure
from engine.experiments import report
from engine.experiments.assign import HOLDOUT, TREATED, group_of
from engine.experiments.report import Shoppers, check_split, compare, held_share
from engine.metrics import Z


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


# ---- the split ----------------------------------------------------------------------------------------


def test_the_union_of_both_holdouts():
    assert held_share(holdout_bp=500) == pytest.approx(0.05)
    assert held_share(holdout_bp=500, own_holdout_bp=1_000) == pytest.approx(0.145)
    assert held_share(holdout_bp=10_000, own_holdout_bp=5_000) == 1.0


def test_the_split_of_a_hundred_thousand_shoppers_passes():
    groups = [
        group_of(f"shopper {n}", holdout_bp=500, own_holdout_bp=1_000, salt="s") for n in range(100_000)
    ]
    split = check_split(
        groups.count(TREATED),
        100_000 - groups.count(TREATED),
        held_share=held_share(holdout_bp=500, own_holdout_bp=1_000),
    )

    assert split.is_sound
    assert split.p_value > 0.01
    assert check_split(100_000 - groups.count(HOLDOUT), groups.count(HOLDOUT), held_share=0.05).is_sound


def test_a_split_that_is_half_a_point_off_is_found_among_a_hundred_thousand():
    assert not check_split(94_500, 5_500, held_share=0.05).is_sound
    assert not check_split(95_500, 4_500, held_share=0.05).is_sound


def test_the_chi_square_is_the_books():
    """3.841 is its 5 % point with one degree of freedom."""
    held = 500 + sqrt(3.841459 * 500 * 0.5)
    assert check_split(1_000 - held, held, held_share=0.5).p_value == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(
    ("treated", "held", "p_value"),
    [
        (0, 1, 0.1),  # twice the chance of one in twenty, where the chi-square would say 0.00001
        (1, 0, 1.0),
        (8, 2, 2 * (1 - 0.95**10 - 10 * 0.05 * 0.95**9)),
        (0, 4, 2 * 0.05**4),
    ],
)
def test_of_few_shoppers_the_binomial_itself_is_asked(treated, held, p_value):
    assert check_split(treated, held, held_share=0.05).p_value == pytest.approx(p_value)
    assert check_split(held, treated, held_share=0.95).p_value == pytest.approx(p_value)


def test_splits_without_chance_are_not_stopped_more_often_than_they_say():
    rng = np.random.default_rng(4)
    for n in (20, 60, 99, 101, 400, 5_000):
        values = [
            check_split(n - held, held, held_share=0.05).p_value for held in rng.binomial(n, 0.05, 4_000)
        ]
        assert np.mean(np.array(values) < 0.05) < 0.065
        assert np.mean(np.array(values) < LEAST_P) < 0.002


def test_nobody_and_nothing_held_out():
    assert check_split(0, 0, held_share=0.05).p_value == 1.0
    assert check_split(9, 0, held_share=0.0).is_sound
    assert not check_split(8, 1, held_share=0.0).is_sound
    assert check_split(0, 9, held_share=1.0).is_sound
    with pytest.raises(ValueError, match="no share"):
        check_split(1, 1, held_share=5)


def test_an_unsound_split_stops_the_report():
    stopped = found(mall(held=0.3), held=0.2)

    assert not stopped.split.is_sound
    assert stopped.is_enough
    assert stopped.outcomes == {}


# ---- enough -------------------------------------------------------------------------------------------


def few(*, treated, held, buyers):
    n = treated + held
    bought = np.arange(n) < buyers
    return Shoppers(np.arange(n) % n < treated, bought, {"bought": bought.astype(np.float64)})


@pytest.mark.parametrize(
    ("treated", "held", "buyers", "is_enough"),
    [(30, 30, 20, True), (29, 40, 20, False), (40, 29, 20, False), (30, 30, 19, False), (0, 0, 0, False)],
)
def test_below_the_least_there_is_no_figure(treated, held, buyers, is_enough):
    found = compare(few(treated=treated, held=held, buyers=buyers), held_share=0.5)

    assert found.is_enough == is_enough
    assert bool(found.outcomes) == is_enough


# ---- the difference -----------------------------------------------------------------------------------


def test_the_difference_is_that_of_the_means_and_all_treated_make_the_sum():
    shoppers = mall(effect=300.0)
    one = found(shoppers).outcomes["contribution"]
    money, treated = shoppers.outcomes["contribution"], shoppers.is_treated

    assert one.difference.value == pytest.approx(money[treated].mean() - money[~treated].mean())
    assert (one.treated, one.held) == (treated.sum(), (~treated).sum())
    assert one.in_all.value == pytest.approx(one.difference.value * treated.sum())
    assert one.in_all.low == pytest.approx(one.difference.low * treated.sum())
    assert one.in_all_always.high == pytest.approx(one.always.high * treated.sum())


def test_the_spread_is_that_of_both_sides_until_both_have_many_buyers():
    shoppers = mall(1_000, held=0.1)
    money, treated = shoppers.outcomes["contribution"], shoppers.is_treated
    ours, theirs = money[treated], money[~treated]
    pooled = ((ours - ours.mean()) ** 2).sum() + ((theirs - theirs.mean()) ** 2).sum()
    error = sqrt(pooled / 998 * (1 / len(ours) + 1 / len(theirs)))
    small = found(shoppers, held=0.1).outcomes["contribution"].difference
    assert small.high - small.value == pytest.approx(Z * error)

    shoppers = mall(4_000, held=0.5)
    money, treated = shoppers.outcomes["contribution"], shoppers.is_treated
    error = sqrt(sum(side.var(ddof=1) / len(side) for side in (money[treated], money[~treated])))
    many = found(shoppers, held=0.5).outcomes["contribution"].difference
    assert many.high - many.value == pytest.approx(Z * error)


def test_what_she_bought_before_makes_the_interval_narrower_and_moves_nothing():
    plain, told = mall(effect=300.0, seed=5), mall(effect=300.0, seed=5, before=0.7)
    without, with_ = (found(one).outcomes["contribution"] for one in (plain, told))

    assert with_.difference.high - with_.difference.low < 0.5 * (
        without.difference.high - without.difference.low
    )
    assert with_.difference.low < 300.0 < with_.difference.high
    assert (with_.treated_mean, with_.held_mean) == (without.treated_mean, without.held_mean)


def test_a_covariate_that_never_varies_changes_nothing():
    plain = mall()
    same = Shoppers(plain.is_treated, plain.bought, plain.outcomes, np.full(len(plain), 7.0))

    assert found(same) == found(plain)


def test_the_order_of_the_rows_does_not_matter():
    shoppers = mall(before=0.5)
    order = np.random.default_rng(9).permutation(len(shoppers))
    again, first = found(shoppers.where(order)), found(shoppers)

    for name, one in first.outcomes.items():
        assert again.outcomes[name].difference.value == pytest.approx(one.difference.value)
        assert again.outcomes[name].always.low == pytest.approx(one.always.low)


def test_where_all_are_equal_there_is_no_interval():
    n = 100
    equal = Shoppers(np.arange(n) % 2 == 0, np.ones(n, bool), {"bought": np.ones(n)})
    one = compare(equal, held_share=0.5).outcomes["bought"]

    assert one.difference == Measure(0.0)
    assert one.always == Measure(0.0)
    assert one.sign == 0


def test_the_relative_difference_holds_as_often_as_it_says():
    covered = []
    for seed in range(200):
        shoppers = mall(1_000, held=0.5, seed=seed)
        doubled = shoppers.outcomes["contribution"] * np.where(shoppers.is_treated, 1.2, 1.0)
        one = compare(
            Shoppers(shoppers.is_treated, shoppers.bought, {"money": doubled}), held_share=0.5
        ).outcomes["money"]
        covered.append(one.relative.low <= 0.2 <= one.relative.high)

    assert np.mean(covered) >= 0.92


def test_without_a_held_out_mean_nothing_is_relative():
    shoppers = mall()
    none = np.where(shoppers.is_treated, 1.0, 0.0)

    assert compare(
        Shoppers(shoppers.is_treated, shoppers.bought, {"gift": none}), held_share=0.2
    ).outcomes["gift"].relative is None  # fmt: skip


# ---- segments -----------------------------------------------------------------------------------------


def test_of_many_segments_without_effect_hardly_one_is_sure():
    wrong = 0
    for seed in range(100):
        parts = [found(mall(500, seed=1_000 * seed + n)).outcomes["contribution"] for n in range(8)]
        wrong += any(report.sure_together(parts))

    assert wrong / 100 <= 0.1


def test_a_difference_without_an_interval_is_never_sure():
    assert report.p_value(Measure(3.0)) == 1.0
    assert report.p_value(Measure(Z, 0.0, 2 * Z)) == pytest.approx(0.05, abs=1e-9)
