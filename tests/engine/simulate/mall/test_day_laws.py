"""What days bring and leave over, law by law as docs/algorithms/mall.md states them."""

from dataclasses import replace

import numpy as np
import pytest
import small_worlds

from engine.simulate import history
from engine.simulate.mall import days, laws, shoppers
from engine.simulate.mall.days import WorldSettings

SETTINGS = WorldSettings(shoppers=400, days=60, seed=72)  # from Monday, 6 January 2025


def everyone(mall):
    return np.arange(mall.settings.shoppers)


def carried(mall, day):
    """What earlier visits add to everybody's intent on this day."""
    return days.carried(mall, everyone(mall), day) - days.day_intent(mall.settings, day)


@pytest.mark.parametrize(
    ("since", "left"),
    [(1, -0.9), (6, -0.9), (7, -0.45), (20, -0.45), (21, -0.2), (44, -0.2), (45, 0.0)],
)
def test_a_purchase_is_taken_from_later_ones(since, left):
    mall = days.open_mall(SETTINGS)
    mall.bought_day[:] = 10
    np.testing.assert_allclose(carried(mall, 10 + since), left, atol=1e-12)


@pytest.mark.parametrize(("since", "lingers"), [(1, True), (7, True), (8, False)])
def test_a_coupon_seen_and_not_used_lingers_for_a_week_with_whom_it_was_shown(since, lingers):
    mall = days.open_mall(SETTINGS)
    mall.spill_day[::2] = 10
    felt = carried(mall, 10 + since)
    by_type = np.array([0.0, 0.15, 0.05, -0.15])[mall.world.shoppers.type_]
    np.testing.assert_allclose(felt[::2], by_type[::2] if lingers else 0.0, atol=1e-12)
    np.testing.assert_allclose(felt[1::2], 0.0, atol=1e-12)
    mall.world = replace(mall.world, effect=0.0)
    np.testing.assert_allclose(carried(mall, 10 + since), 0.0, atol=1e-12)


def treated_day(settings, *, effect=1.0):
    """A mall and how a day ended in which every visit at its decision point got the deepest coupon."""
    mall = days.open_mall(replace(settings, effect=effect))
    _, ends, _ = next(iter(days.run(mall, watch=small_worlds.Slice(lambda arm: np.full(len(arm), 4)))))
    return mall, ends


def test_exposure_teaches_some_and_nobody_beyond_the_highest_level():
    settings = replace(SETTINGS, shoppers=30_000)
    mall, ends = treated_day(settings)
    before = mall.world.shoppers.level
    seen = ends.shopper[ends.arm > 0]
    able = seen[before[seen] < laws.LEVELS - 1]
    risen = mall.level - before
    assert set(risen.tolist()) == {0, 1}
    assert set(np.flatnonzero(risen)) <= set(able.tolist())
    error = np.sqrt(0.15 * 0.85 / len(able))
    assert abs(risen[able].mean() - 0.15) < 5 * error
    mall, _ = treated_day(settings, effect=0.0)
    assert (mall.level == mall.world.shoppers.level).all()


def test_what_coupons_bring_is_partly_taken_from_later_weeks():
    """The same world twice: those whom coupons of the first week made buy come back to buy less often."""
    settings, first = replace(SETTINGS, shoppers=12_000, days=21), 7
    results = []
    for arm in (4, 0):
        mall = days.open_mall(settings)
        before, after = (np.zeros(settings.shoppers, dtype=np.int64) for _ in range(2))
        for number, ends, _ in days.run(mall, watch=_Until(mall, first, arm)):
            np.add.at(before if number < first else after, ends.shopper[ends.bought], 1)
        results.append((before, after))
    (with_coupons, later), (without, later_without) = results
    brought = (with_coupons > 0) & (without == 0)
    assert brought.sum() > 40
    assert later[brought].sum() < 0.75 * later_without[brought].sum()


class _Until(small_worlds.Slice):
    """Coupons at decision points before a day, none from then on."""

    def __init__(self, mall, day, arm):
        super().__init__(lambda drawn: np.full(len(drawn), arm if self._today < day else 0))
        self._today = -1

    def saw(self, batch, clicks):
        self._today += clicks.step == 0
        return super().saw(batch, clicks)


def test_talk_reaches_those_who_were_shown_nothing_only_where_it_is_switched_on():
    quiet, loud = (replace(SETTINGS, crosstalk=switch) for switch in (False, True))
    for settings, felt in ((quiet, 0.0), (loud, 0.35)):
        mall, ends = treated_day(settings)
        share = (ends.arm > 0).mean()
        free = np.setdiff1d(everyone(mall), ends.shopper[(ends.arm > 0) | ends.bought])
        assert 0 < share < 1
        np.testing.assert_allclose(carried(mall, 1)[free], felt * share, atol=1e-12)


def test_talk_breaks_experiments_by_shopper():
    """Half the shoppers get coupons. With talk the other half buys more than it would in a mall without any, so
    that comparing the halves understates what coupons for everybody bring."""
    settings = replace(SETTINGS, shoppers=15_000, days=8)
    bought = {}
    for crosstalk in (False, True):
        for arm in (0, 4):
            mall = days.open_mall(replace(settings, crosstalk=crosstalk))
            sums = np.zeros(settings.shoppers)
            for _, ends, _ in days.run(mall, watch=_Half(arm)):
                np.add.at(sums, ends.shopper[ends.bought], 1)
            bought[crosstalk, arm] = sums[1::2].sum()
    assert bought[False, 4] == bought[False, 0]  # never between shoppers unless switched on
    assert bought[True, 4] > bought[True, 0]


class _Half(small_worlds.Slice):
    """Coupons for every other shopper."""

    def __init__(self, arm):
        super().__init__(lambda drawn: np.full(len(drawn), arm))

    def saw(self, batch, clicks):
        offers = super().saw(batch, clicks)
        if offers is None:
            return None
        kept = batch.shopper[offers.rows] % 2 == 0
        return replace(offers, rows=offers.rows[kept], arm=offers.arm[kept], category=offers.category[kept])


def test_traffic_follows_the_weekday_and_the_year():
    a_year = [days.traffic(SETTINGS, day) for day in range(364)]
    weekdays = np.array([np.mean(a_year[day::7]) for day in range(7)])
    assert weekdays.argmax() == 5  # Saturday; the first day is a Monday
    told = np.array(laws.WEEKDAYS) / np.mean(laws.WEEKDAYS)
    np.testing.assert_allclose(weekdays / weekdays.mean(), told, rtol=0.01)
    weeks = np.array(a_year).reshape(52, 7).mean(axis=1)
    assert 1.2 < weeks.max() / weeks.min() < 1.28  # 12 % above and below the mean


@pytest.mark.parametrize(
    ("day", "added"), [(0, 0.0), (5, 0.06), (26, 0.06 + 0.10), (28, 0.10), (29, 0.0), (54, 0.06 + 0.10)]
)
def test_intent_follows_weekend_pay_day_and_a_slow_drift(day, added):
    """Day 5 is a Saturday, day 26 the 1st of February and a Saturday, day 28 the 3rd, day 54 the 1st of March."""
    assert days.day_intent(SETTINGS, day) == pytest.approx(-0.0012 * day + added)


def test_the_planners_forecast_is_wrong_by_one_factor_for_the_whole_run():
    errors = []
    for seed in range(400):
        settings = replace(SETTINGS, seed=seed)
        factors = {round(days.forecast(settings, d) / days.traffic(settings, d) - 1.0, 9) for d in (0, 9, 59)}
        assert len(factors) == 1
        errors.append(factors.pop())
    assert -0.4 <= min(errors) < -0.35
    assert 0.35 < max(errors) <= 0.4
    assert abs(np.mean(errors)) < 5 * 0.8 / np.sqrt(12 * len(errors))


def test_one_shopper_in_five_comes_first_on_a_day_of_the_run():
    who = shoppers.make(20_000, days=60, seed=72)  # from Monday, 6 January 2025
    late = who.first_day > 0
    assert abs(late.mean() - 0.2 * 59 / 60) < 5 * np.sqrt(0.2 * 0.8 / 20_000)
    mall = days.open_mall(SETTINGS)
    for day in (0, 20):
        assert (mall.world.shoppers.first_day[days.coming(mall, day).shopper] <= day).all()


def test_types_and_levels_have_their_shares():
    who = shoppers.make(40_000, days=60, seed=73)
    shares = np.bincount(who.type_, minlength=laws.TYPES) / len(who.type_)
    np.testing.assert_allclose(shares, laws.TYPE_SHARES, atol=5 * 0.5 / np.sqrt(40_000))
    for type_, expected in enumerate(laws.LEVEL_SHARES):
        levels = np.bincount(who.level[who.type_ == type_], minlength=laws.LEVELS)
        np.testing.assert_allclose(levels / levels.sum(), expected, atol=5 * 0.5 / np.sqrt(levels.sum()))


def test_who_is_prone_to_deals_shows_it_by_going_to_the_door():
    weights, exit_intent = laws.click_weights(), laws.CLICKS.index(laws.EXIT)
    assert (np.diff(weights[..., exit_intent], axis=1) > 0).all()


@pytest.fixture(scope="module")
def log():
    """The events of a week, as received."""
    settings = WorldSettings(shoppers=6_000, days=7, seed=74)
    return settings, [day.events for day in history.days(settings)]


def test_machines_race_through_the_goods_and_buy_nothing(log):
    settings, events = log
    visits, machines = 0, 0
    for day in events:
        is_bot = day.shopper >= settings.shoppers
        visits += len(np.unique(day.visit[~is_bot]))
        machines += len(np.unique(day.visit[is_bot]))
        assert set(day.kind[is_bot].tolist()) <= {laws.VIEW}
        for visit in np.unique(day.visit[is_bot]):
            steps = day.occurred_ms[day.visit == visit]
            assert np.diff(np.unique(steps)).max() < 300
    assert abs(machines - 0.010 * visits) <= 7  # a day's part of one is left to chance


def test_some_events_come_late_and_some_twice(log):
    _, events = log
    rows = sum(len(day.step) for day in events)
    pairs = sum(len(np.unique(np.stack([day.visit, day.step]), axis=1).T) for day in events)
    late = sum(int((day.received_ms - day.occurred_ms >= 60_000).sum()) for day in events)
    for counted, rate in ((rows - pairs, 0.004), (late, 0.010)):
        assert abs(counted / rows - rate) < 5 * np.sqrt(rate / rows)
    assert max(int((day.received_ms - day.occurred_ms).max()) for day in events) < 600_000
    assert all((np.diff(day.received_ms) >= 0).all() for day in events)
