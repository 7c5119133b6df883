"""Campaigns, coupons and visits at a decision point, for tests. The mall's zone is Europe/Berlin."""

from datetime import date
from typing import Any

import make
from shop_events import DAY, NOW, sent

from engine.contracts import Scores, VisitState
from engine.policy.discounts import PricedLine
from service_provider.models import Campaign, Decision, Mall, Shopper
from service_provider.services import coupons, offers
from service_provider.services.coupons import Issued, NewCoupon
from service_provider.services.intake import Batch, Sending
from service_provider.services.offers import Knowledge

TODAY = make.NOON.date()
SHOES = (PricedLine("P1", "Shoes", 4_000, 1),)


def campaign(name: str = "Ten off", **fields: Any) -> Campaign:
    """One that runs, with money for two coupons, and offers ten percent to everybody whom chance picks: to all."""
    given: dict[str, Any] = {
        "starts_on": TODAY,
        "ends_on": date(TODAY.year + 1, 1, 1),
        "starts_ms": NOW - DAY,
        "ends_ms": NOW + 100 * DAY,
        "published_at": make.NOON,
        "discount_kind": "percent",
        "depths": [1_000],
        "cap_minor": 500,
        "budget_minor": 1_000,
        "salt": f"salt of {name}",
        "policy": "random",
        "parameters": {"rate": 1.0},
        "by_label": "petra",
        "created_at": make.NOON,
        "changed_at": make.NOON,
    }
    return Campaign.objects.create(name=name, **given | fields)


def nobody_held_out() -> None:
    Mall.objects.update_or_create(pk=1, defaults={"holdout_bp": 0})


def shopper(key: str = "S1") -> Shopper:
    return Shopper.objects.get_or_create(key=key, defaults={"created_at": make.NOON})[0]


def wanted(of: Campaign, whose: Shopper, **fields: Any) -> NewCoupon:
    given: dict[str, Any] = {
        "category": "Shoes",
        "rate_bp": 1_000,
        "amount_minor": 0,
        "cap_minor": of.cap_minor,
        "min_basket_minor": 0,
        "expires_ms": NOW + DAY,
        "day": TODAY,
    }
    return NewCoupon(of.pk, whose.pk, **given | fields)


def issued(of: Campaign, whose: Shopper, **fields: Any) -> Issued:
    return coupons.issue(wanted(of, whose, **fields), by_label="a test", now_ms=NOW)


def hesitation(key: str = "S1", *, product_id: str = "P1", at: int = NOW, tag: str = "h") -> Sending:
    """A batch that ends with an add to cart, the fifth event of its visit."""
    views = [
        sent(f"{tag}-{key}-{n}", "product_view", at - (4 - n) * 1_000, product_id=product_id)
        for n in range(4)
    ]
    add = sent(f"{tag}-{key}-add", "add_to_cart", at, product_id=product_id, quantity=1)
    return Sending(Batch((*views, add), at), key, at)


def decided(
    key: str = "S1", *, at: int = NOW, risk: float | None = None, tag: str = "h", product_id: str = "P1"
) -> Decision:
    """A decision of the running campaigns on somebody who hesitates at a product that must be there."""

    class Says:
        def score(self, state: VisitState) -> Scores:
            return Scores(risk=risk)

    def ask(point: Any) -> Knowledge:
        return Knowledge(Says())

    offers.answer(hesitation(key, at=at, tag=tag, product_id=product_id), ask=ask, clock=lambda: 0.0)
    return Decision.objects.latest("pk")
