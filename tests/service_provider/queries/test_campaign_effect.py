"""Treated against held-out shoppers: who counts, from when on, in which group, and with which money."""

from datetime import timedelta
from typing import Any

import campaign_worlds as worlds
import coupon_makers as made
import make
import pytest
import segment_reports
from campaign_worlds import decision, order
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import DAY, MINUTE, NOW

from service_provider.models import Mall, Membership, ModelVersion, Redemption, Shopper
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons import campaign_effect as effect
from service_provider.queries.reports.coupons.campaign_effect import BOUGHT, CONTRIBUTION, REVENUE

pytestmark = pytest.mark.django_db
LATER = make.NOON + timedelta(days=20)


@pytest.fixture
def campaign() -> Any:
    make.product("P1", category="Shoes", margin_bp=4_000)
    return made.campaign(holdout_bp=1_000)


def money(campaign: Any, *, now: Any = LATER) -> Any:
    """What the report makes of each shopper, in the order in which they came."""
    units = effect._read(effect.Decision.objects.filter(campaign=campaign), effect.Q(group__in=effect.HELD))
    return units, effect._columns(units, now=now)


def told(campaign: Any, *, now: Any = LATER) -> list[tuple[bool, float, float]]:
    _, found = money(campaign, now=now)
    return list(
        zip(
            found.is_treated.tolist(),
            found.outcomes[REVENUE].tolist(),
            found.outcomes[CONTRIBUTION].tolist(),
            strict=True,
        )
    )


def test_what_is_left_of_an_order_is_its_margin_less_what_coupons_took_off(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    order(anna, paid=9_000, off=1_000)

    assert told(campaign) == [(True, 9_000.0, 4_000.0 - 1_000.0)]


def test_a_product_that_is_gone_earned_nothing_that_is_known(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    order(anna, product_id="gone")

    assert told(campaign) == [(True, 10_000.0, 0.0)]


def test_she_counts_from_her_first_decision_for_two_weeks(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna, at=NOW)
    decision(campaign, anna, at=NOW + 2 * DAY)
    for at in (NOW - 1, NOW, NOW + 14 * DAY - 1, NOW + 14 * DAY):
        order(anna, at=at, paid=10_000 + at % 7)

    assert told(campaign)[0][1] == pytest.approx(20_000, abs=20)


def test_nothing_from_the_future_counts(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    order(anna, at=NOW + DAY)

    assert told(campaign, now=make.NOON) == [(True, 0.0, 0.0)]


def test_a_cancelled_order_was_none(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    order(anna, cancelled_ms=NOW + 2_000)

    assert told(campaign) == [(True, 0.0, 0.0)]


def test_what_she_bought_in_the_month_before_is_the_covariate(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    order(anna, at=NOW - 30 * DAY, paid=5_000)
    order(anna, at=NOW - 30 * DAY - 1, paid=7_000)

    assert money(campaign)[1].before.tolist() == [2_000.0]


def test_a_coupon_used_at_a_till_costs_and_its_sale_is_left_out(campaign: Any) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna)
    coupon = made.issued(campaign, anna)
    used = Redemption.objects.create(
        coupon_id=coupon.coupon_id, at_ms=NOW + MINUTE, basket_minor=4_000, discount_minor=400
    )
    assert told(campaign) == [(True, 0.0, -400.0)]

    Redemption.objects.filter(pk=used.pk).update(reversed_ms=NOW + 2 * MINUTE)
    assert told(campaign) == [(True, 0.0, 0.0)]


def test_both_holdouts_are_held_out_and_robots_and_strangers_nobody(campaign: Any) -> None:
    for name, group in (("anna", "treated"), ("bea", "holdout"), ("carl", "own_holdout"), ("dora", "none")):
        decision(campaign, made.shopper(name), group)
    robot = made.shopper("robot")
    decision(campaign, robot, visit=worlds.visit_of(robot, is_bot=True))
    decision(made.campaign("another"), made.shopper("emil"))

    assert [is_treated for is_treated, *_ in told(campaign)] == [True, False, False]


@pytest.mark.parametrize(("first", "then"), [("treated", "holdout"), ("holdout", "treated")])
def test_who_was_met_in_both_groups_counts_in_the_first_and_is_counted(
    campaign: Any, first: str, then: str
) -> None:
    anna = made.shopper("anna")
    decision(campaign, anna, first, at=NOW)
    decision(campaign, anna, then, at=NOW + MINUTE)
    units, _ = money(campaign)

    assert (units.is_treated.tolist(), units.first_ms.tolist(), units.conflicts) == (
        [first == "treated"],
        [NOW],
        1,
    )


def test_nobody_is_not_enough(campaign: Any) -> None:
    found = effect.of_campaign(campaign.pk, settings=MallSettings(), now=LATER)

    assert not found.found.is_enough
    assert found.found.split.is_sound
    assert found.found.outcomes == {}


def test_enough_is_compared_and_the_union_is_what_was_meant_to_be_held_out(campaign: Any) -> None:
    worlds.crowd(campaign, treated=200, held=35)
    found = effect.of_campaign(campaign.pk, settings=MallSettings(), now=LATER)
    one = found.found.outcomes[CONTRIBUTION]

    assert found.found.split.held_share == pytest.approx(0.05 + 0.95 * 0.1)
    assert (one.treated, one.held) == (200, 35)
    assert one.treated_mean == pytest.approx(100 * 4_000 / 200)
    assert one.held_mean == pytest.approx(18 * 4_000 / 35)  # rows 200, 202, ... of 235
    assert found.found.outcomes[BOUGHT].treated_mean == pytest.approx(0.5)
    assert one.sign == 0


def test_a_split_that_is_no_chance_stops_it(campaign: Any) -> None:
    worlds.crowd(campaign, treated=100, held=100)
    found = effect.of_campaign(campaign.pk, settings=MallSettings(), now=LATER)

    assert not found.found.split.is_sound
    assert found.found.outcomes == {}
    assert found.segments == ()


def test_a_segment_is_the_one_in_which_she_was_met(campaign: Any) -> None:
    """Where she is now may have come of a coupon."""
    worlds.crowd(campaign, treated=200, held=34)
    segment_reports.in_use(made.shopper("somebody"))
    version, before, after = (
        ModelVersion.objects.get(kind="segments"),
        *(make.NOON + timedelta(days=n) for n in (-1, 1)),
    )
    for shopper in Shopper.objects.filter(key__startswith="shopper "):
        Membership.objects.create(
            shopper=shopper, version=version, segment="segment-01", from_at=before, until_at=after
        )
        Membership.objects.create(
            shopper=shopper, live_shopper=shopper, version=version, segment="segment-03", from_at=after
        )
    (one,) = effect.of_campaign(campaign.pk, settings=MallSettings(), now=LATER).segments

    assert (one.code, one.treated, one.held, one.is_sure) == ("segment-01", 200, 34, False)
    assert one.contribution is not None


def test_the_mall_is_compared_with_its_own_holdout_alone(campaign: Any) -> None:
    for name, group in (("anna", "treated"), ("bea", "holdout"), ("carl", "own_holdout")):
        decision(campaign, made.shopper(name), group)
    decision(made.campaign("for rehearsals", is_rehearsal=True), made.shopper("dora"))
    decision(campaign, made.shopper("emil"), at=NOW - 29 * DAY)
    found = effect.of_mall(MallSettings(), now=make.NOON).found.split

    assert (found.treated, found.held, found.held_share) == (2, 1, 0.05)


def test_the_malls_figure_is_read_again_when_half_a_minute_is_over(campaign: Any) -> None:
    effect.of_mall(MallSettings(), now=make.NOON)
    decision(campaign, made.shopper("anna"))

    seconds = (29, 30)
    counted = [
        effect.of_mall(MallSettings(), now=make.NOON + timedelta(seconds=after)).found.split.treated
        for after in seconds
    ]
    assert counted == [0, 1]


def test_ten_thousand_shoppers_ask_no_more_queries_than_ten(campaign: Any) -> None:
    Mall.objects.update_or_create(pk=1, defaults={"holdout_bp": 500})
    counts = []
    for start, treated, held in ((0, 170, 30), (1_000, 8_500, 1_470)):
        worlds.crowd(campaign, treated=treated, held=held, start=start)
        Kept.forget_all()
        with CaptureQueriesContext(connection) as queries:
            assert effect.of_campaign(campaign.pk, settings=MallSettings(), now=LATER).found.outcomes
            assert effect.of_mall(MallSettings(), now=LATER).found.split.treated
        counts.append(len(queries))

    assert counts == [8, 8]
