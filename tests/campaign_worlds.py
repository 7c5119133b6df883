"""Shoppers whom a campaign met, with what became of them, without walking through the shop."""

from typing import Any

import make
from shop_events import DAY, NOW

from service_provider.models import (
    Campaign,
    Coupon,
    Decision,
    ModelVersion,
    Order,
    OrderLine,
    RevenuePrediction,
    Shopper,
    Visit,
)

VIEWED = {"case": {"segment": ""}, "risk": None, "wanted_arm": 1}


def visit_of(shopper: Shopper, *, at: int = NOW, **fields: Any) -> Visit:
    key = f"{shopper.key} at {at}"
    given = {"started_ms": at, "last_ms": at, "event_count": 5}
    return Visit.objects.get_or_create(key=key, defaults=given | {"shopper": shopper} | fields)[0]


def decision(
    campaign: Campaign, shopper: Shopper, group: str = "treated", *, at: int = NOW, **fields: Any
) -> Decision:
    given: dict[str, Any] = {
        "visit": fields.pop("visit", None) or visit_of(shopper, at=at),
        "at_ms": at, "step": 5, "state": b"", "campaign": campaign, "policy": "random", "group": group,
        "arm": int(group == "treated"), "reasons": [], "propensities": [1.0], "seed": "", "seen": VIEWED, "micros": 1,
    }  # fmt: skip
    return Decision.objects.create(shopper=shopper, **given | fields)


def order(
    shopper: Shopper,
    *,
    at: int = NOW + 1_000,
    paid: int = 10_000,
    off: int = 0,
    product_id: str = "P1",
    **fields: Any,
) -> Order:
    """One piece of a product, at what was paid and what coupons took off together."""
    key = f"{shopper.key} {at} {paid}"
    placed = Order.objects.create(
        key=key,
        shopper=shopper,
        placed_ms=at,
        total_minor=paid,
        discount_minor=off,
        payment_method="Cash",
        **fields,
    )
    OrderLine.objects.create(
        order=placed,
        product_id=product_id,
        category="Shoes",
        price_minor=paid + off,
        quantity=1,
        discount_minor=off,
    )
    return placed


def crowd(campaign: Campaign, *, treated: int, held: int, start: int = 0, buys_every: int = 2) -> None:
    """Many at once: every `buys_every`-th buys for 100.00, and the treated have a coupon, that every fourth has used;
    each has asked for a prediction."""
    n = treated + held
    version = ModelVersion.objects.filter(kind="revenue").first() or make.model_version()
    names = [f"shopper {start + number}" for number in range(n)]
    people = Shopper.objects.bulk_create([Shopper(key=name, created_at=make.NOON) for name in names], 500)
    if people[0].pk is None:  # MariaDB does not say the numbers of many
        people = list(Shopper.objects.filter(key__in=names).order_by("pk"))
    Visit.objects.bulk_create(
        [Visit(key=one.key, shopper=one, started_ms=NOW, last_ms=NOW, event_count=5) for one in people], 500
    )
    visits = dict(Visit.objects.filter(key__in=names).values_list("shopper_id", "pk"))
    groups = ["treated"] * treated + ["holdout"] * held
    Decision.objects.bulk_create(
        [
            Decision(
                visit_id=visits[one.pk], shopper=one, at_ms=NOW, step=5, state=b"", campaign=campaign, policy="random",
                group=group, arm=int(group == "treated"), category="Shoes", reasons=[], propensities=[1.0], seed="",
                seen=VIEWED, micros=1,
            )
            for one, group in zip(people, groups, strict=True)
        ],
        500,
    )  # fmt: skip
    _buy(people[::buys_every], visits)
    _coupons(campaign, people[:treated], start)
    RevenuePrediction.objects.bulk_create(
        [
            RevenuePrediction(
                **make.FIELDS, model_version=version, source="form", result=one.pk % 2, votes={},
                created_at=make.NOON, shopper=one,
            )
            for one in people
        ],
        500,
    )  # fmt: skip


def _buy(people: list[Shopper], visits: dict[int, int]) -> None:
    keys = {f"order of {one.key}": one for one in people}
    Order.objects.bulk_create(
        [
            Order(key=key, shopper=one, visit_id=visits[one.pk], placed_ms=NOW, total_minor=10_000)
            for key, one in keys.items()
        ],
        500,
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        [
            OrderLine(order=placed, product_id="P1", category="Shoes", price_minor=10_000, quantity=1)
            for placed in Order.objects.filter(key__in=keys)
        ],
        500,
    )


def _coupons(campaign: Campaign, people: list[Shopper], start: int) -> None:
    decisions = dict(Decision.objects.filter(campaign=campaign).values_list("shopper_id", "pk"))
    Coupon.objects.bulk_create(
        [
            Coupon(
                code=f"C{start + number:013}", campaign=campaign, shopper=one, decision_id=decisions[one.pk],
                state="issued" if number % 4 else "redeemed", category="Shoes", rate_bp=1_000, cap_minor=500,
                issued_ms=NOW, issued_day=make.NOON.date(), expires_ms=NOW + DAY, seen_ms=NOW,
                reserved_minor=500 if number % 4 else 0, spent_minor=0 if number % 4 else 400,
                comment="" if number % 8 else "Just right", rating=None if number % 8 else 5,
            )
            for number, one in enumerate(people)
        ],
        500,
    )  # fmt: skip
