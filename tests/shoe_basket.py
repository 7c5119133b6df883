"""Anna's basket of shoes, the coupons she is given for it, and what they take off, for tests."""

from typing import Any

import coupon_makers as made
import make
from shop_events import NOW

from service_provider.models import Campaign, Coupon, Product
from service_provider.queries import basket_coupons, baskets
from service_provider.queries.basket_coupons import Discounted
from service_provider.services import baskets as filling


def two_pairs(anna: Any) -> Product:
    """Two of five shoes are in anna's basket, at 89.90."""
    product = make.product(stock=5, price_minor=8990)
    filling.add(anna.shopper.key, "P1", quantity=2, now=make.NOON)
    return product


def give(anna: Any, campaign: Campaign | None = None, **fields: Any) -> Coupon:
    """A coupon of ten percent on shoes, five at most."""
    issued = made.issued(campaign or made.campaign(), anna.shopper, **fields)
    return Coupon.objects.get(pk=issued.coupon_id)


def weigh(anna: Any, **changes: Any) -> Discounted:
    given: dict[str, Any] = {"is_confirmed": True, "left_out": (), "now_ms": NOW}
    return basket_coupons.weigh(baskets.get(anna.shopper_id), anna.shopper_id, **given | changes)
