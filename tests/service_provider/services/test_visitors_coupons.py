"""Who logs in keeps the coupons that she was given before, and the limits of campaigns hold for her as one person."""

from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import NOW

from service_provider.models import AuditEntry, CampaignShopper, Coupon, Decision, Shopper
from service_provider.queries import offered, wallet
from service_provider.queries.access import actor_of
from service_provider.services import baskets, coupons, offers, orders, visitors
from service_provider.services.coupons import NotIssued
from service_provider.services.offers import Knowledge

pytestmark = pytest.mark.django_db
KEY = "a-visitor"


def merge(user: Any) -> bool:
    return visitors.merge(KEY, user.shopper_id, now=make.NOON)


def test_a_live_coupon_goes_with_her_and_is_used_by_her_account(anna: Any) -> None:
    visitor = made.shopper(KEY)
    coupon = made.issued(made.campaign(), visitor)
    make.product(price_minor=4_000)
    baskets.add(KEY, "P1", quantity=1, now=make.NOON)
    assert merge(anna) is True
    assert wallet.get(visitor.pk, now_ms=NOW).is_empty
    assert [one.coupon_id for one in offered.list_live(anna.shopper_id, now_ms=NOW)] == [coupon.coupon_id]
    placed = orders.place(
        token="a" * 32, payment_method="Cash", agreed_minor=3_600, coupon_ids=[coupon.coupon_id],
        by=actor_of(anna), now=make.NOON,
    )  # fmt: skip
    assert placed.total_minor == 3_600
    assert AuditEntry.objects.get(verb="merge_visitor").detail["coupons"] == 1


def test_the_decision_and_its_offer_go_with_her(anna: Any) -> None:
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.nobody_held_out()
    made.campaign()
    offer = offers.answer(made.hesitation(KEY), ask=lambda point: Knowledge(), clock=lambda: 0.0).offer
    merge(anna)
    assert Decision.objects.get().shopper_id == anna.shopper_id
    assert offered.find_unseen(anna.shopper_id, now_ms=NOW) == offer


@pytest.mark.parametrize("hers", [0, 1])
def test_what_both_had_is_added_up_and_limits_hold(anna: Any, hers: int) -> None:
    campaign = made.campaign(limit_per_shopper=hers + 1, budget_minor=9_000)
    for _ in range(hers):
        made.issued(campaign, anna.shopper, most_live=9)
    made.issued(campaign, made.shopper(KEY), most_live=9)
    merge(anna)
    counted = CampaignShopper.objects.get()
    assert (counted.shopper_id, counted.issued) == (anna.shopper_id, hers + 1)
    with pytest.raises(NotIssued) as refused:
        made.issued(campaign, anna.shopper, most_live=9)
    assert refused.value.reason == "limit_per_shopper"


def test_the_number_of_live_coupons_counts_both(anna: Any) -> None:
    made.issued(made.campaign(), anna.shopper)
    made.issued(made.campaign("Other"), made.shopper(KEY))
    merge(anna)
    with pytest.raises(NotIssued) as refused:
        made.issued(made.campaign("Third"), anna.shopper)
    assert refused.value.reason == "live_coupons"


def test_a_second_merge_moves_nothing(anna: Any, bea: Any) -> None:
    made.issued(made.campaign(), made.shopper(KEY))
    assert (merge(anna), merge(bea)) == (True, False)
    assert Coupon.objects.get().shopper_id == anna.shopper_id
    assert CampaignShopper.objects.get().issued == 1


def test_the_visitor_she_was_gets_nothing_more(anna: Any) -> None:
    visitor: Shopper = made.shopper(KEY)
    merge(anna)
    with pytest.raises(NotIssued) as refused:
        made.issued(made.campaign(), visitor)
    assert refused.value.reason == "merged"
    assert not coupons.mark_seen(1, shopper_id=visitor.pk, now_ms=NOW)
