"""Coupons of an order: all of them are redeemed with it or nothing is written; cancelling follows the campaigns."""

from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from shoe_basket import give, two_pairs, weigh
from shop_events import DAY, NOW

from engine.policy.discounts import PricedLine
from service_provider.models import (
    BasketLine,
    Campaign,
    Coupon,
    Event,
    LedgerRow,
    Order,
    OrderLine,
    Product,
    Redemption,
)
from service_provider.queries import orders as known
from service_provider.queries.access import actor_of
from service_provider.services import baskets as filling
from service_provider.services import coupons, orders
from service_provider.services.coupons import At
from service_provider.services.orders import AnotherTotal, CouponNotUsed, Placed

pytestmark = pytest.mark.django_db
TOKEN = "a" * 32
TILL = At("a till")


@pytest.fixture
def shoes(anna: Any) -> Product:
    return two_pairs(anna)


def place(anna: Any, *, token: str = TOKEN, **changes: Any) -> Placed:
    seen = weigh(anna)
    given = {"agreed_minor": seen.total_minor, "coupon_ids": seen.coupon_ids} | changes
    return orders.place(token=token, payment_method="Cash", by=actor_of(anna), now=make.NOON, **given)


def cancel(anna: Any, key: str, *, minutes: int = 1) -> int:
    return orders.cancel(key, by=actor_of(anna), now=make.NOON + timedelta(minutes=minutes))


def nothing_written() -> bool:
    return not (
        Order.objects.exists()
        or Event.objects.exists()
        or Redemption.objects.filter(till=None, order__isnull=False).exists()
    )


def balanced(campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    return (
        campaign.committed_minor == campaign.reserved_minor + campaign.spent_minor + campaign.released_minor
    )


def test_those_that_name_each_other_come_off_together(anna: Any, shoes: Product) -> None:
    one, other = made.campaign(is_exclusive=False), made.campaign("Other", is_exclusive=False)
    one.combines_with.add(other)
    give(anna, one)
    give(anna, other, rate_bp=0, amount_minor=300, cap_minor=300)
    weighed = weigh(anna)
    assert [used.discount_minor for used in weighed.used] == [500, 300]
    placed = place(anna)
    assert placed.total_minor == 17_980 - 800
    assert Redemption.objects.count() == 2
    assert list(OrderLine.objects.values_list("discount_minor", flat=True)) == [800]
    assert balanced(one)
    assert balanced(other)


# ---- what checkout does -----------------------------------------------------------------------------


def test_the_coupon_is_redeemed_with_the_order(anna: Any, shoes: Product) -> None:
    campaign = made.campaign()
    coupon = give(anna, campaign)
    placed = place(anna)
    order = Order.objects.get(key=placed.key)
    assert (placed.total_minor, order.total_minor, order.discount_minor) == (17_480, 17_480, 500)
    assert OrderLine.objects.get().discount_minor == 500
    redemption = Redemption.objects.get()
    assert (redemption.coupon_id, redemption.order, redemption.discount_minor) == (coupon.pk, order, 500)
    assert redemption.basket_minor == 17_980
    coupon.refresh_from_db()
    campaign.refresh_from_db()
    assert (coupon.state, campaign.spent_minor, campaign.reserved_minor) == ("redeemed", 500, 0)
    shown = known.find_own(actor_of(anna), order.key, now=make.NOON)
    assert [(one.what, one.discount_minor) for one in shown.coupons] == [
        ("10 % off Shoes, at most €5.00", 500)
    ]
    assert (shown.subtotal_minor, shown.lines[0].discount_minor) == (17_980, 500)


def test_a_coupon_never_makes_a_total_negative(anna: Any) -> None:
    make.product(price_minor=200)
    filling.add(anna.shopper.key, "P1", quantity=1, now=make.NOON)
    give(anna, rate_bp=0, amount_minor=500)
    assert place(anna).total_minor == 0
    assert Redemption.objects.get().discount_minor == 200


def test_without_naming_it_no_coupon_is_used(anna: Any, shoes: Product) -> None:
    coupon = give(anna)
    assert place(anna, coupon_ids=(), agreed_minor=17_980).total_minor == 17_980
    coupon.refresh_from_db()
    assert coupon.state == "issued"


def used_at_a_till(coupon: Coupon) -> None:
    coupons.redeem(coupon.code, [PricedLine("P9", "Shoes", 1_000, 1)], at=TILL, now_ms=NOW)


def held_at_a_till(coupon: Coupon) -> None:
    coupons.hold(coupon.code, made.SHOES, at=At("a till", token="t"), now_ms=NOW)


def revoked(coupon: Coupon) -> None:
    coupons.revoke(coupon.pk, by_label="petra", now_ms=NOW)


def expired(coupon: Coupon) -> None:
    Coupon.objects.filter(pk=coupon.pk).update(expires_ms=NOW)


MEANWHILE = [
    (used_at_a_till, "redeemed", "This coupon has been used already."),
    (held_at_a_till, "held", "being used at a till just now"),
    (revoked, "revoked", "cannot be used here"),
    (expired, "expired", "no longer valid"),
]


@pytest.mark.parametrize(("happens", "reason", "said"), MEANWHILE, ids=[case[1] for case in MEANWHILE])
def test_what_became_of_a_coupon_meanwhile_refuses_the_order(
    anna: Any, shoes: Product, happens: Any, reason: str, said: str
) -> None:
    campaign = made.campaign()
    coupon = give(anna, campaign)
    seen = weigh(anna)
    happens(coupon)
    ledger = LedgerRow.objects.count()
    with pytest.raises(CouponNotUsed, match=said) as refused:
        place(anna, coupon_ids=seen.coupon_ids, agreed_minor=seen.total_minor)
    assert refused.value.reason == reason
    assert nothing_written()
    assert (Product.objects.get().stock, BasketLine.objects.get().quantity) == (5, 2)
    assert LedgerRow.objects.count() == ledger
    assert balanced(campaign)


def test_one_bad_coupon_of_two_uses_neither(anna: Any, shoes: Product) -> None:
    one, other = made.campaign(is_exclusive=False), made.campaign("Other", is_exclusive=False)
    one.combines_with.add(other)
    good, bad = give(anna, one), give(anna, other)
    seen = weigh(anna)
    used_at_a_till(bad)
    with pytest.raises(CouponNotUsed):
        place(anna, coupon_ids=seen.coupon_ids, agreed_minor=seen.total_minor)
    good.refresh_from_db()
    assert (good.state, nothing_written()) == ("issued", True)


@pytest.mark.parametrize("who", ["another", "nobody"])
def test_a_coupon_that_is_not_hers_refuses_the_order(anna: Any, bea: Any, shoes: Product, who: str) -> None:
    issued = made.issued(made.campaign(), bea.shopper).coupon_id if who == "another" else 999
    with pytest.raises(CouponNotUsed, match="cannot be used here"):
        place(anna, coupon_ids=(issued,), agreed_minor=17_480)
    assert nothing_written()


def test_two_that_may_not_be_combined_refuse_the_order(anna: Any, shoes: Product) -> None:
    both = (give(anna).pk, give(anna, made.campaign("Other")).pk)
    with pytest.raises(CouponNotUsed, match="cannot be combined"):
        place(anna, coupon_ids=both, agreed_minor=16_980)
    assert nothing_written()


def test_the_total_that_she_agreed_to_is_the_one_with_its_discount(anna: Any, shoes: Product) -> None:
    coupon = give(anna)
    for agreed in (17_980, 17_479):
        with pytest.raises(AnotherTotal, match="€174.80"):
            place(anna, agreed_minor=agreed)
    coupon.refresh_from_db()
    assert (coupon.state, nothing_written()) == ("issued", True)


def test_the_same_form_twice_redeems_once(anna: Any, shoes: Product) -> None:
    give(anna)
    seen = weigh(anna)
    first = place(anna, coupon_ids=seen.coupon_ids, agreed_minor=seen.total_minor)
    again = place(anna, coupon_ids=seen.coupon_ids, agreed_minor=seen.total_minor)
    assert (again.key, again.is_new, again.total_minor) == (first.key, False, 17_480)
    assert Redemption.objects.count() == 1


# ---- what cancelling does ---------------------------------------------------------------------------


@pytest.mark.parametrize(("restores", "state", "reserved"), [(True, "seen", 500), (False, "reversed", 0)])
def test_cancelling_follows_the_campaigns_rule(
    anna: Any, shoes: Product, restores: bool, state: str, reserved: int
) -> None:
    campaign = made.campaign(restores_on_cancel=restores)
    coupon = give(anna, campaign)
    key = place(anna).key
    assert cancel(anna, key) == int(restores)
    coupon.refresh_from_db()
    assert coupon.state == state
    assert balanced(campaign)
    assert (campaign.spent_minor, campaign.reserved_minor, campaign.redeemed) == (0, reserved, 0)
    assert Redemption.objects.get().live_coupon is None


def test_a_restored_coupon_is_used_once_more(anna: Any, shoes: Product) -> None:
    give(anna)
    cancel(anna, place(anna).key)
    filling.add(anna.shopper.key, "P1", quantity=1, now=make.NOON)
    assert place(anna, token="b" * 32).total_minor == 8_490
    assert Redemption.objects.count() == 2


def test_a_coupon_whose_time_is_over_by_then_stays_away(anna: Any, shoes: Product) -> None:
    campaign = made.campaign()
    coupon = give(anna, campaign, expires_ms=NOW + 1)
    assert cancel(anna, place(anna).key) == 0
    coupon.refresh_from_db()
    assert (coupon.state, balanced(campaign)) == ("reversed", True)


def test_an_order_that_is_cancelled_twice_gives_back_once(anna: Any, shoes: Product) -> None:
    campaign = made.campaign()
    give(anna, campaign, expires_ms=NOW + DAY)
    key = place(anna).key
    cancel(anna, key)
    with pytest.raises(orders.TooLate):
        cancel(anna, key)
    assert LedgerRow.objects.filter(kind="reverse").count() == 1
    assert balanced(campaign)
