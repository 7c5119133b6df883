"""Common random numbers: what a policy does to one shopper changes nothing for another, nor does the mall's size."""

from dataclasses import fields

import numpy as np
import pytest
import small_worlds

from engine.simulate.mall import days, shoppers
from engine.simulate.mall.days import WorldSettings

SETTINGS = WorldSettings(shoppers=900, days=4, seed=51)
ENDS = (
    "visit",
    "shopper",
    "step",
    "at_ms",
    "bought",
    "total_minor",
    "contribution_minor",
    "line_product",
    "arm",
)
CLICKS = ("kind", "product", "category", "quantity")


def walked(settings, turned):
    """By visit, everything that happened in it, as bytes; and who was ever shown a coupon."""
    mall, told, shown = days.open_mall(settings), {}, set()
    for _, ends, trails in days.run(mall, watch=small_worlds.Slice(turned), keep=True):
        shown |= set(ends.shopper[ends.arm > 0].tolist())
        for place, visit in enumerate(ends.visit.tolist()):
            told[visit] = [b"".join(getattr(ends, name)[place].tobytes() for name in ENDS)]
        for trail in trails:
            columns = [trail.at_ms, *(getattr(trail.clicks, name) for name in CLICKS)]
            for visit, *seen in zip(trail.visit.tolist(), *(c.tolist() for c in columns), strict=True):
                told[visit].append(tuple(seen))
    return told, shown


def never(arm):
    return np.zeros_like(arm)


def strongest(arm):
    return np.where(arm >= 3, 4, 0)


def weakest(arm):
    return np.where(arm == 1, 1, 0)


@pytest.mark.parametrize(("one", "other"), [(never, strongest), (strongest, weakest), (never, None)])
def test_a_visit_without_a_coupon_is_the_same_whoever_else_gets_one(one, other):
    """Byte for byte, click for click; of shoppers who were never shown one, since a coupon lingers with its own."""
    ours, ours_shown = walked(SETTINGS, one)
    theirs, theirs_shown = walked(SETTINGS, other)
    treated = ours_shown | theirs_shown
    free = [visit for visit in ours if visit // days.DAY_SLOTS not in treated]

    assert len(free) > 100
    assert len(treated) > 20
    assert [ours[visit] for visit in free] == [theirs[visit] for visit in free]
    assert set(ours) == set(theirs)


def test_a_treated_visit_is_the_same_up_to_its_coupon():
    mall = {arm: days.open_mall(SETTINGS) for arm in (0, 4)}
    runs = {
        arm: next(
            iter(days.run(m, watch=small_worlds.Slice(lambda a, arm=arm: np.full(len(a), arm)), keep=True))
        )
        for arm, m in mall.items()
    }
    treated = runs[4][1]
    shown = dict(
        zip(treated.row.tolist(), np.where(treated.arm > 0, treated.shown, 99).tolist(), strict=True)
    )
    for bare, with_coupon in zip(runs[0][2], runs[4][2], strict=False):
        step = bare.clicks.step
        before = {row for row, at in shown.items() if step <= at}
        ours, theirs = (
            {
                row: values
                for row, *values in zip(
                    t.row.tolist(), *(getattr(t.clicks, n).tolist() for n in CLICKS), strict=True
                )
                if row in before
            }
            for t in (bare, with_coupon)
        )
        assert ours == theirs
    assert (treated.arm > 0).sum() > 10


def test_the_first_shoppers_of_a_larger_mall_are_those_of_a_smaller_one():
    small, large = shoppers.make(150, days=7, seed=51), shoppers.make(4_000, days=7, seed=51)
    for field in fields(small):
        assert getattr(small, field.name).tobytes() == getattr(large, field.name)[:150].tobytes(), field.name


def test_and_they_come_and_do_the_same():
    small, _ = walked(WorldSettings(150, 5, 51), None)
    large, _ = walked(WorldSettings(900, 5, 51), None)

    assert len(small) > 50
    assert small == {visit: told for visit, told in large.items() if visit // days.DAY_SLOTS < 150}


def test_the_same_seed_is_the_same_mall_and_another_is_another():
    again, other = walked(SETTINGS, None), walked(WorldSettings(900, 4, 52), None)

    assert walked(SETTINGS, None) == again
    assert set(other[0]) != set(again[0])
    both = set(other[0]) & set(again[0])
    assert sum(other[0][visit] == again[0][visit] for visit in both) == 0
    assert not np.array_equal(
        shoppers.make(50, days=7, seed=51).intent, shoppers.make(50, days=7, seed=52).intent
    )
