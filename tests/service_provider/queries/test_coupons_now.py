"""Coupons on the overview: today's, the money that is left, and when the figures move."""

from datetime import timedelta
from typing import Any

import campaign_worlds as worlds
import coupon_makers as made
import make
import pytest
from shop_events import DAY, MINUTE, NOW

from service_provider.models import Campaign, Redemption
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports import live
from service_provider.queries.reports.coupons import coupons_now
from service_provider.queries.reports.coupons.coupons_now import CouponsNow
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db


def found(after_days: int = 0) -> CouponsNow:
    Kept.forget_all()
    return coupons_now.get(MallSettings(), now=make.NOON + timedelta(days=after_days))


def use(coupon: Any) -> Any:
    return coupons.redeem(coupon.code, made.SHOES, at=At("a till"), now_ms=NOW + MINUTE)


def test_before_the_first_campaign_all_is_nothing() -> None:
    now = found()

    assert (now.campaigns, now.running, now.issued, now.left_minor, now.budget_minor) == (0, 0, 0, 0, 0)
    assert not now.effect.found.is_enough


def test_what_was_given_out_and_used_today_and_in_all() -> None:
    campaign = made.campaign(budget_minor=10_000, cooldown_hours=0)
    use(made.issued(campaign, made.shopper("a")))
    made.issued(campaign, made.shopper("b"))
    today, tomorrow = found(), found(after_days=1)

    assert (today.issued, today.issued_today, today.redeemed, today.redeemed_today) == (2, 2, 1, 1)
    assert (tomorrow.issued, tomorrow.issued_today, tomorrow.redeemed, tomorrow.redeemed_today) == (
        2,
        0,
        1,
        0,
    )
    assert today.spent_minor == 400


def test_a_use_that_was_taken_back_is_none() -> None:
    used = use(made.issued(made.campaign(), made.shopper("a")))
    coupons.reverse(used.redemption_id, why="goods", restores=False, by_label="till", now_ms=NOW + MINUTE)

    assert Redemption.objects.count() == 1
    assert (found().redeemed, found().redeemed_today, found().spent_minor) == (0, 0, 0)


def test_budgets_left_are_those_of_campaigns_that_run_and_of_no_rehearsal() -> None:
    first = made.campaign(budget_minor=10_000)
    use(made.issued(first, made.shopper("a")))
    made.issued(first, made.shopper("b"))
    made.campaign("paused", paused_at=make.NOON)
    made.campaign("for rehearsals", is_rehearsal=True)
    now = found()

    assert (now.campaigns, now.running) == (2, 1)
    assert (now.left_minor, now.budget_minor) == (10_000 - 400 - 500, 10_000)
    assert now.left_today_minor == now.left_minor


def test_a_budget_of_a_day_bounds_what_is_left_today() -> None:
    campaign = made.campaign(budget_minor=10_000, day_budget_minor=1_200)
    made.issued(campaign, made.shopper("a"))

    assert found().left_today_minor == 1_200 - 500
    assert found(after_days=1).left_today_minor == 1_200
    Campaign.objects.update(budget_minor=1_500)
    assert found(after_days=1).left_today_minor == 1_000


def test_every_movement_of_a_coupon_is_news() -> None:
    campaign = made.campaign(budget_minor=10_000)
    pulses = [live.pulse(now=make.NOON)]
    coupon = made.issued(campaign, made.shopper("a"))
    pulses.append(live.pulse(now=make.NOON))
    used = use(coupon)
    pulses.append(live.pulse(now=make.NOON))
    coupons.reverse(used.redemption_id, why="goods", restores=True, by_label="till", now_ms=NOW + MINUTE)
    pulses.append(live.pulse(now=make.NOON))

    assert len({*pulses[:3]}) == 3
    assert pulses[3] != pulses[2]
    assert live.pulse(now=make.NOON) == pulses[3]


def test_it_asks_no_more_with_many_campaigns(django_assert_num_queries: Any) -> None:
    for number in range(12):
        made.campaign(f"number {number}")
    worlds.crowd(Campaign.objects.first(), treated=40, held=2)
    Kept.forget_all()
    with django_assert_num_queries(6):
        coupons_now.get(MallSettings(), now=make.NOON)
    with django_assert_num_queries(3):
        coupons_now.get(MallSettings(), now=make.NOON + timedelta(seconds=29))
    assert found().effect.found.split.treated == 40
    assert Campaign.objects.filter(ends_ms__gt=NOW + DAY).count() == 12
