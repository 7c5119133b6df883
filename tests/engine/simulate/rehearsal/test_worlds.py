"""Policies in a world: what every arm would bring is what it brings, and what is allowed is kept to."""

import numpy as np
import pytest

from engine.contracts import Terms
from engine.policy import baselines
from engine.simulate.mall import days
from engine.simulate.mall.days import DAY_MS, WorldSettings, open_mall
from engine.simulate.mall.walk import walk
from engine.simulate.rehearsal import branches, inloop
from engine.simulate.rehearsal.inloop import Deciding, rehearse_clairvoyant, rehearse_one

SETTINGS = WorldSettings(shoppers=1_500, days=9, seed=91)
ARM = 2


@pytest.fixture(scope="module")
def alone():
    return rehearse_one(SETTINGS, None, None, budget_minor=None)


@pytest.fixture(scope="module")
def for_all():
    return rehearse_one(SETTINGS, baselines.TreatAll(ARM), None, budget_minor=None)


def first_of_each_visit(points):
    _, place = np.unique(points.row, return_index=True)
    return place


@pytest.mark.parametrize("arm", range(branches.ARMS))
def test_an_arms_outcome_is_what_happens_when_it_is_shown(arm):
    """Every decision point branched at once, and the same visits walked with the coupon really shown there."""
    settings = WorldSettings(shoppers=4_000, days=1, seed=92)
    mall = open_mall(settings)
    points, untreated = branches.of_day(mall, 0, terms=Terms(), drawn=True)
    first = first_of_each_visit(points)
    plan = {
        int(step): (points.row[rows], np.full(len(rows), arm), points.category[rows])
        for step in np.unique(points.step[first])
        for rows in [first[points.step[first] == step]]
    }
    watch = inloop._Planned(plan) if arm else None
    ends = walk(mall.world, days.coming(mall, 0), margins=mall.margins, watch=watch)

    met = points.row[first]
    assert len(met) > 100
    assert points.bought[first, arm].tolist() == ends.bought[met].tolist()
    assert points.contribution_minor[first, arm].tolist() == ends.contribution_minor[met].tolist()
    assert points.cost_minor[first, arm].tolist() == ends.cost_minor[met].tolist()
    if arm == 0:
        assert ends.contribution_minor.tolist() == untreated.contribution_minor.tolist()


def test_expected_outcomes_are_the_means_of_drawn_ones():
    mall = open_mall(WorldSettings(shoppers=12_000, days=1, seed=93))
    drawn, _ = branches.of_day(mall, 0, terms=Terms(), drawn=True)
    expected, _ = branches.of_day(mall, 0, terms=Terms())
    assert (drawn.row.tolist(), drawn.step.tolist()) == (expected.row.tolist(), expected.step.tolist())
    for arm in (0, 4):
        # Points of a visit hang together: differences are summed by visit before their spread is taken.
        sums = np.bincount(drawn.row, weights=drawn.bought[:, arm] - expected.bought[:, arm])
        assert abs(sums.sum()) < 4 * sums.std() * np.sqrt(len(sums))


def test_without_a_policy_nothing_is_spent(alone):
    mall = open_mall(SETTINGS)
    value = sum(int(ends.contribution_minor.sum()) for _, ends, _ in days.run(mall))
    assert (alone.value_minor, alone.spend_minor, alone.coupons) == (value, 0, 0)


def test_one_coupon_a_visit_and_one_in_seven_days():
    mall = open_mall(SETTINGS)
    watch = Deciding(mall, baselines.TreatAll(ARM), None, budget_minor=None)
    told: dict[int, list[int]] = {}
    for _, ends, _ in days.run(mall, watch=watch):
        shown = ends.arm > 0
        for shopper, at in zip(ends.shopper[shown].tolist(), ends.at_ms[shown].tolist(), strict=True):
            told.setdefault(shopper, []).append(at)
    gaps = np.concatenate([np.diff(moments) for moments in told.values()])
    assert len(told) > 100
    assert len(gaps) > 0
    assert gaps.min() > 7 * DAY_MS - days.HOUR_MS  # moments are those of the visits' ends


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_policy_stops_when_its_budget_is_spent(for_all, share):
    budget = round(share * for_all.spend_minor)
    held = rehearse_one(SETTINGS, baselines.TreatAll(ARM), None, budget_minor=budget)
    assert held.coupons < for_all.coupons
    assert held.spend_minor < for_all.spend_minor
    assert (held.spend_minor == 0) == (share == 0.0)
    assert len(held.spend_by_day) == SETTINGS.days


def test_nobody_gains_more_than_who_knows_the_future(alone, for_all):
    seer = rehearse_clairvoyant(SETTINGS, budget_minor=None)
    assert seer.value_minor > max(alone.value_minor, for_all.value_minor)
    held = rehearse_clairvoyant(SETTINGS, budget_minor=seer.spend_minor // 3)
    assert alone.value_minor < held.value_minor <= seer.value_minor
    assert held.spend_minor <= seer.spend_minor // 3


def test_the_same_settings_give_the_same_outcome(for_all):
    assert rehearse_one(SETTINGS, baselines.TreatAll(ARM), None, budget_minor=None) == for_all
