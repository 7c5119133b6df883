"""What a coupon does inside a visit, law by law as docs/algorithms/mall.md states them: exact, at one click."""

from dataclasses import replace

import numpy as np
import pytest

from engine.contracts import DEPTHS
from engine.simulate.mall import days, laws, sales, visits
from engine.simulate.mall.days import WorldSettings

SETTINGS = WorldSettings(shoppers=4_000, days=3, seed=71)
STEP = 6


def standing(mall, *, type_=laws.PERSUADABLE, phase=laws.COMPARE, lines=1, level=0):
    """A day's visits after click `STEP`, all alike in what is asked here; the category they are in is another
    one than the basket's, and neither is the mission."""
    batch = days.coming(mall, 1)
    n, goods = len(batch), mall.world.catalogue
    basket = int(np.flatnonzero(goods.category == 2)[0])
    batch.type_, batch.level, batch.phase = np.full(n, type_), np.full(n, level), np.full(n, phase)
    batch.lines, batch.category, batch.mission = np.full(n, lines), np.full(n, 3), np.full(n, 4)
    if lines:
        batch.line_product[:, 0], batch.line_quantity[:, 0] = basket, 2
    return batch


def hazards(mall, batch, step):
    """The hazards to buy and to leave, out of the chances of the two ends."""
    buys, leaves = visits.end_chances(mall.world, batch, step)
    total = -np.log1p(-(buys + leaves))
    return total * buys / (buys + leaves), total * leaves / (buys + leaves)


def shown(mall, batch, *, arm=2, category=2, at=STEP):
    everyone = np.arange(len(batch))
    visits.offer(
        mall.world, batch, everyone, arm=np.full(len(batch), arm),
        category=np.full(len(batch), category), step=at,
    )  # fmt: skip
    return batch


def response(mall, *, step=STEP, arm=2, category=2, effect=1.0, **state):
    """By how much the coupon moves the logarithm of the hazard to buy, beside the same visit without one; in
    units of the shopper's sensitivity to prices there. And the factor on the hazard to leave."""
    world = replace(mall.world, effect=effect)
    mall = replace(mall, world=world)
    bare_buy, bare_leave = hazards(mall, standing(mall, **state), step)
    batch = shown(mall, standing(mall, **state), arm=arm, category=category)
    buy, leave = hazards(mall, batch, step)
    felt = mall.world.shoppers.sensitivity[batch.shopper, category]
    return np.log(buy / bare_buy) / felt, leave / bare_leave


@pytest.fixture(scope="module")
def mall():
    return days.open_mall(SETTINGS)


@pytest.mark.parametrize("arm", range(1, len(DEPTHS) + 1))
@pytest.mark.parametrize("type_", range(laws.TYPES))
def test_the_hazard_to_buy_is_multiplied_by_type_depth_and_sensitivity(mall, type_, arm):
    moved, _ = response(mall, type_=type_, arm=arm)
    np.testing.assert_allclose(moved, laws.RESPONSE[type_] * DEPTHS[arm - 1] / 0.10, rtol=1e-9)


@pytest.mark.parametrize(("phase", "factor"), [(laws.BROWSE, 0.45), (laws.COMPARE, 1.0), (laws.DECIDE, 0.8)])
def test_the_moment_counts(mall, phase, factor):
    moved, _ = response(mall, phase=phase)
    np.testing.assert_allclose(moved, 0.64 * factor, rtol=1e-9)


@pytest.mark.parametrize(("category", "match"), [(2, 1.0), (4, 1.0), (3, 0.5), (7, 0.15)])
def test_the_match_counts_basket_and_mission_before_where_she_is_before_the_rest(mall, category, match):
    moved, _ = response(mall, category=category)
    np.testing.assert_allclose(moved, 0.64 * match, rtol=1e-9)


@pytest.mark.parametrize("later", [1, 5, 20])
def test_attention_fades_with_every_click(mall, later):
    moved, _ = response(mall, step=STEP + later)
    np.testing.assert_allclose(moved, 0.64 * 0.9**later, rtol=1e-9)


def test_a_negative_responder_buys_less_and_leaves_sooner(mall):
    moved, leaving = response(mall, type_=laws.NEGATIVE)
    assert (moved < 0).all()
    np.testing.assert_allclose(leaving, 1.25, rtol=1e-9)
    for type_ in (laws.SURE, laws.PERSUADABLE, laws.LOST):
        np.testing.assert_allclose(response(mall, type_=type_)[1], 1.0, rtol=1e-9)


def test_without_effect_a_coupon_moves_nothing(mall):
    moved, leaving = response(mall, effect=0.0, level=2)
    np.testing.assert_allclose(moved, 0.0, atol=1e-12)
    np.testing.assert_allclose(leaving, 1.0, rtol=1e-12)


@pytest.mark.parametrize("level", [1, 2])
def test_who_is_prone_to_deals_waits_for_one_and_stops_waiting_when_it_comes(mall, level):
    patient = hazards(mall, standing(mall, level=0), STEP)
    waiting = hazards(mall, standing(mall, level=level), STEP)
    np.testing.assert_allclose(waiting[0] / patient[0], np.exp(-0.15 * level), rtol=1e-9)
    np.testing.assert_allclose(waiting[1] / patient[1], 1.0 + 0.10 * level, rtol=1e-9)

    batch = shown(mall, standing(mall, level=level))
    buy, leave = hazards(mall, batch, STEP)
    felt = mall.world.shoppers.sensitivity[batch.shopper, 2]
    np.testing.assert_allclose(np.log(buy / patient[0]), 0.64 * (1 + 0.2 * level) * felt, rtol=1e-9)
    np.testing.assert_allclose(leave, patient[1], rtol=1e-9)


def test_an_empty_basket_is_not_paid_and_after_the_last_click_nobody_stays(mall):
    buys, leaves = visits.end_chances(mall.world, standing(mall, lines=0), STEP)
    assert (buys < 1e-12).all()
    assert (leaves > 0).all()

    buys, leaves = visits.end_chances(mall.world, standing(mall), laws.MAX_STEPS - 1)
    np.testing.assert_allclose(buys + leaves, 1.0, rtol=1e-12)


@pytest.mark.parametrize("arm", [1, 2, 4])
def test_a_live_coupon_draws_her_into_its_category(mall, arm):
    """With chance 0.25 (depth / 10 %) a look, less as attention fades; drawn, so within five standard errors."""
    batch = shown(mall, standing(mall), arm=arm, category=6, at=STEP)
    rows, there = np.arange(len(batch)), np.full(len(batch), 3)
    for later in (0, 4):
        turned = (visits._substitute(batch, rows, there, STEP + later) == 6).mean()
        expected = 0.25 * DEPTHS[arm - 1] / 0.10 * 0.9**later
        assert abs(turned - expected) < 5 * np.sqrt(expected * (1 - expected) / len(batch)), (
            turned,
            expected,
        )


@pytest.mark.parametrize("category", [2, 6])
def test_it_costs_only_when_redeemed_on_what_it_is_for(mall, category):
    batch = shown(mall, standing(mall), arm=3, category=category)
    sold = sales.sell(mall.world, batch, STEP, margins=mall.margins)
    if category != 2:  # nothing of it is in the basket
        assert not sold.redeemed.any()
        assert not sold.cost_minor.any()
        return
    worth = mall.world.catalogue.price_minor[batch.line_product[0, 0]] * 2
    assert set(sold.cost_minor[sold.redeemed]) == {(worth * 15 + 50) // 100}
    assert not sold.cost_minor[~sold.redeemed].any()
    friction = mall.world.shoppers.friction[batch.shopper]
    error = np.sqrt((friction * (1 - friction)).sum()) / len(batch)
    assert abs(sold.redeemed.mean() - (1 - friction).mean()) < 5 * error


def test_it_costs_at_most_its_cap(mall):
    batch = standing(mall)
    dear = int(np.argmax(mall.world.catalogue.price_minor))
    batch.line_product[:, 0] = dear
    shown(mall, batch, arm=4, category=int(mall.world.catalogue.category[dear]))
    sold = sales.sell(mall.world, batch, STEP, margins=mall.margins)
    assert set(sold.cost_minor[sold.redeemed]) == {sales.CAP_MINOR}
