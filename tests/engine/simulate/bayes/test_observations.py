"""What is noted of a click, and whose visits are read at all."""

from dataclasses import replace

import numpy as np
import pytest

from engine.simulate import bayes
from engine.simulate.bayes.observations import NONE, STAYED, TURNED, UNSAID
from engine.simulate.mall import days, laws
from engine.simulate.mall.catalogue import TIERS, catalogue
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.visits import Clicks
from engine.simulate.mall.walk import Ends, Trail, walk

GOODS = catalogue()
TOY, SHOE = 4, 3  # categories
ITEM_OF = {c: int(GOODS.first[c * TIERS + 1]) for c in (TOY, SHOE)}  # of the middle tier
SECOND = 1_000


def story(*clicks):
    """One visit of (kind, product, category, seconds since the click before)."""
    at, trails = 0, []
    for step, (kind, product, category, seconds) in enumerate(clicks):
        at += seconds * SECOND
        columns = (np.array([value]) for value in (kind, product, category, NONE))
        zero = np.array([0])
        trails.append(Trail(Clicks(step, *columns), zero, zero + 9, zero + 2, zero + at))
    return trails


def ended(clicks, *, arm=0):
    zero = np.array([0])
    none = np.full((1, laws.LINES), NONE)
    return Ends(
        zero, zero + 9, zero + 2, zero + clicks - 1, zero, zero > 1, zero, zero, zero, zero > 1, zero + arm, zero,
        zero, none, none,
    )  # fmt: skip


def observed(*clicks, **more):
    return bayes.observed(story(*clicks), ended(len(clicks), **more), carried=np.zeros(1), goods=GOODS)


def test_a_visit_is_noted_click_by_click():
    seen = observed(
        (laws.PAGE, NONE, NONE, 0),
        (laws.CATEGORY_VIEW, NONE, TOY, 1),
        (laws.VIEW, ITEM_OF[TOY], TOY, 5),
        (laws.SEARCH, NONE, SHOE, 20),
        (laws.ADD, ITEM_OF[TOY], TOY, 3),
        (laws.CATEGORY_VIEW, NONE, SHOE, 3),
        (laws.REMOVE, ITEM_OF[TOY], TOY, 3),
    )

    assert seen.clicks.tolist() == [7]
    assert seen.turn[0].tolist() == [UNSAID, UNSAID, STAYED, TURNED, UNSAID, STAYED, UNSAID]
    assert seen.group[0].tolist() == [NONE, NONE, TOY * TIERS + 1, NONE, NONE, NONE, NONE]
    assert seen.lines[0].tolist() == [0, 0, 0, 0, 1, 1, 0]
    assert seen.gap[0, 0] == NONE
    for step, seconds in enumerate((1, 5, 20, 3, 3, 3), start=1):
        low, high = laws.GAP_BORDERS[seen.gap[0, step] : seen.gap[0, step] + 2]
        assert low <= seconds * SECOND < high


def test_an_add_before_any_product_was_seen_chooses_one():
    seen = observed(
        (laws.PAGE, NONE, NONE, 0), (laws.ADD, ITEM_OF[SHOE], SHOE, 2), (laws.ADD, ITEM_OF[SHOE], SHOE, 2)
    )

    assert seen.group[0].tolist() == [NONE, SHOE * TIERS + 1, NONE]
    assert seen.turn[0].tolist() == [UNSAID, UNSAID, UNSAID]
    assert seen.lines[0].tolist() == [0, 1, 2]


def test_a_visit_with_a_coupon_is_refused():
    with pytest.raises(ValueError, match="without coupons"):
        observed((laws.PAGE, NONE, NONE, 0), arm=2)


def test_the_first_click_of_a_kind():
    seen = observed(
        (laws.PAGE, NONE, NONE, 0), (laws.ADD, ITEM_OF[TOY], TOY, 1), (laws.ADD, ITEM_OF[TOY], TOY, 1)
    )

    assert seen.first(laws.ADD).tolist() == [2]
    assert seen.first(laws.SEARCH).tolist() == [0]


def test_the_first_clicks_alone_are_noted_as_among_all():
    mall = days.open_mall(WorldSettings(300, 1, 8))
    batch, trails = days.coming(mall, 0), []
    carried = days.carried(mall, batch.shopper, 0)
    ends = walk(mall.world, batch, margins=mall.margins, trails=trails)
    whole = bayes.observed(trails, ends, carried=carried, goods=GOODS)
    first = bayes.observed(trails[:5], ends, carried=carried, goods=GOODS)

    assert first.kind.shape[1] == 5
    for name in ("kind", "gap", "turn", "group", "lines"):
        assert np.array_equal(getattr(first, name), getattr(whole, name)[:, :5])
    assert np.array_equal(first.clicks, ends.step + 1)


def test_days_join_to_the_widest():
    settings = WorldSettings(200, 3, 8)
    parts = list(bayes.untreated(settings))
    seen = bayes.join(parts)

    assert len(seen) == sum(len(part) for part in parts)
    assert seen.kind.shape[1] == max(part.kind.shape[1] for part in parts)
    assert (seen.kind[np.arange(len(seen)), seen.clicks - 1] != NONE).all()
    last = parts[2]
    assert np.array_equal(
        seen.take(seen.visit % days.DAY_SLOTS == 2).kind[:, : last.kind.shape[1]], last.kind
    )


def test_a_mall_without_coupons_is_the_one_that_the_days_run():
    settings = WorldSettings(400, 5, 8)
    ends = [found for _, found, _ in days.run(days.open_mall(replace(settings)))]
    parts = list(bayes.untreated(settings))

    assert [part.visit.tolist() for part in parts] == [found.visit.tolist() for found in ends]
    assert [part.bought.tolist() for part in parts] == [found.bought.tolist() for found in ends]
