"""What a basket says of a shopper's coupons: what comes off, line by line, and what the others would need."""

from typing import Any

import coupon_makers as made
import make
import pytest
from shoe_basket import give, two_pairs, weigh
from shop_events import NOW

from service_provider.models import Product
from service_provider.services import baskets as filling
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db


@pytest.fixture
def shoes(anna: Any) -> Product:
    return two_pairs(anna)


def test_the_discount_stands_line_by_line_and_adds_up(anna: Any, shoes: Product) -> None:
    make.product("P2", category="Shoes", price_minor=333, stock=9)
    make.product("T1", category="Toys", price_minor=1_000, stock=9)
    for product_id in ("P2", "T1"):
        filling.add(anna.shopper.key, product_id, quantity=1, now=make.NOON)
    coupon = give(anna)
    weighed = weigh(anna)
    assert [one.coupon_id for one in weighed.used] == [coupon.pk]
    assert (weighed.discount_minor, sum(weighed.line_minor)) == (500, weighed.used[0].discount_minor)
    assert weighed.line_minor == (491, 9, 0)
    assert weighed.total_minor == 17_980 + 333 + 1_000 - 500


NEEDS = [
    ("minimum", {"min_basket_minor": 20_000}, {}, "Put €20.20 more into your basket."),
    ("other goods", {"category": "Toys"}, {}, "It is for Toys: nothing of it is in your basket."),
    (
        "no account",
        {},
        {"is_confirmed": False},
        "Log in and confirm your e-mail to use it: it takes €5.00 off",
    ),
    ("left out", {}, {"left_out": "all"}, ""),
]


@pytest.mark.parametrize(
    ("fields", "changes", "said"), [case[1:] for case in NEEDS], ids=[c[0] for c in NEEDS]
)
def test_a_coupon_that_does_not_come_off_says_what_it_needs(
    anna: Any, shoes: Product, fields: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    coupon = give(anna, **fields)
    if changes.get("left_out"):
        changes = {"left_out": {coupon.pk}}
    weighed = weigh(anna, **changes)
    assert (weighed.used, weighed.discount_minor) == ((), 0)
    [waiting] = weighed.waiting
    assert waiting.needs.startswith(said)
    assert waiting.is_left_out is ("left_out" in changes)


def test_a_coupon_for_another_mall_says_so(anna: Any, shoes: Product) -> None:
    give(anna, made.campaign(malls=["Metrocity"]))
    [waiting] = weigh(anna).waiting
    assert waiting.needs == "It is for Shoes in Metrocity: nothing of it is in your basket."


def test_a_coupon_that_a_till_holds_waits(anna: Any, shoes: Product) -> None:
    coupon = give(anna)
    coupons.hold(coupon.code, made.SHOES, at=At("a till", token="t"), now_ms=NOW)
    [waiting] = weigh(anna).waiting
    assert waiting.needs.startswith("It is being used at a till just now.")


def test_an_expired_coupon_and_anothers_are_not_weighed(anna: Any, bea: Any, shoes: Product) -> None:
    made.issued(made.campaign(), bea.shopper)
    give(anna, made.campaign("Over"), expires_ms=NOW)
    weighed = weigh(anna)
    assert (weighed.used, weighed.waiting) == ((), ())


def test_of_exclusive_ones_the_best_comes_off_and_the_other_waits(anna: Any, shoes: Product) -> None:
    give(anna)
    better = give(anna, made.campaign("More"), rate_bp=0, amount_minor=501, cap_minor=501)
    weighed = weigh(anna)
    assert [one.coupon_id for one in weighed.used] == [better.pk]
    assert weighed.waiting[0].needs.startswith("It cannot be combined")


def test_an_exclusive_campaign_is_alone_whatever_is_named(anna: Any, shoes: Product) -> None:
    one, other = made.campaign(is_exclusive=True), made.campaign("Other", is_exclusive=False)
    one.combines_with.add(other)
    give(anna, one)
    give(anna, other)
    assert len(weigh(anna).used) == 1
