"""Visitors: a row is made when something must be kept; who logs in becomes the shopper of her account, once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.db.models import F

from engine import visit
from service_provider.adapters.ledger import bulk
from service_provider.models import (
    BasketLine,
    CampaignShopper,
    Coupon,
    Decision,
    Order,
    Shopper,
    Visit,
)
from service_provider.queries.access import SHOPPER, Actor
from service_provider.services import audit, deadlocks

MOST_PIECES = 99  # of one product in a basket, as the table's own check says


@deadlocks.atomic
def ensure(key: str, *, now: datetime) -> int:
    """The shopper behind the key, or whose she turned out to be; her row is made on first need.

    The row is held until the caller's transaction ends: what is written for her is not missed by a merge.
    """
    held = Shopper.objects.select_for_update()
    row = held.filter(key=key).first()
    if row is None:
        arrive({key: now})
        row = held.get(key=key)
    if row.merged_into_id is None:
        return row.pk
    return held.get(pk=row.merged_into_id).pk


def arrive(moments: Mapping[str, datetime]) -> None:
    """Makes rows for these keys. Of two at once both go on: a plain insert would leave MariaDB with a deadlock.

    Part of the caller's transaction.
    """
    created_at = Shopper._meta.get_field("created_at")
    rows = [(key, created_at.get_db_prep_save(now, connection)) for key, now in sorted(moments.items())]
    bulk.add_up(Shopper, "key", ["key", "created_at"], rows, lows=["created_at"])


@deadlocks.atomic
def merge(key: str, shopper_id: int, *, now: datetime) -> bool:
    """Moves everything kept of the visitor to the shopper. False where that was done before, whoever asks.

    A visitor of whom nothing is kept yet is merged too: what she sent just before may still be on its way.
    """
    if not Shopper.objects.filter(key=key).exists():
        arrive({key: now})
    held = Shopper.objects.select_for_update()  # the visitor first, as in `ensure`
    visitor = held.get(key=key)
    if visitor.pk == shopper_id or visitor.merged_into_id is not None:
        return False
    shopper = held.get(pk=shopper_id)
    # By its key alone: MariaDB would look a further condition up in the index and hold everybody in it.
    Shopper.objects.filter(pk=visitor.pk).update(merged_into=shopper)
    moved = {
        "basket_lines": _move_basket(visitor.pk, shopper_id, now=now),
        "visits": _move_visits(visitor.pk, shopper),
        "orders": Order.objects.filter(shopper_id=visitor.pk).update(shopper=shopper),
        "coupons": _move_coupons(visitor.pk, shopper_id),
    }
    if any(moved.values()):
        by = Actor(label=f"shopper {shopper_id}", role=SHOPPER, shopper_id=shopper_id)
        audit.record(by, "merge_visitor", "shopper", shopper.key, now=now, detail=moved)
    return True


def _move_basket(visitor_id: int, shopper_id: int, *, now: datetime) -> int:
    """What both baskets hold is added up; the rest changes its owner."""
    lines = list(BasketLine.objects.select_for_update().filter(shopper_id=visitor_id).order_by("pk"))
    kept = {
        line.product_id: line
        for line in BasketLine.objects.select_for_update().filter(shopper_id=shopper_id).order_by("pk")
    }
    for line in lines:
        twin = kept.get(line.product_id)
        if twin is None:
            BasketLine.objects.filter(pk=line.pk).update(shopper_id=shopper_id)
            continue
        pieces = min(MOST_PIECES, twin.quantity + line.quantity)
        BasketLine.objects.filter(pk=twin.pk).update(quantity=pieces, changed_at=now)
        BasketLine.objects.filter(pk=line.pk).delete()
    return len(lines)


def _move_coupons(visitor_id: int, shopper_id: int) -> int:
    """Coupons and decisions change their owner; what both had of a campaign is added up, so that its limit holds."""
    held = Coupon.objects.select_for_update().filter(shopper_id=visitor_id).order_by("pk")
    ids = list(held.values_list("pk", flat=True))
    Coupon.objects.filter(pk__in=ids).update(shopper_id=shopper_id)
    Decision.objects.filter(shopper_id=visitor_id).update(shopper_id=shopper_id)
    counted = CampaignShopper.objects.select_for_update()
    for row in counted.filter(shopper_id=visitor_id).order_by("campaign_id"):
        twin = counted.filter(campaign_id=row.campaign_id, shopper_id=shopper_id).first()
        if twin is None:
            CampaignShopper.objects.filter(pk=row.pk).update(shopper_id=shopper_id)
            continue
        CampaignShopper.objects.filter(pk=twin.pk).update(issued=F("issued") + row.issued)
        CampaignShopper.objects.filter(pk=row.pk).delete()
    return len(ids)


def _renamed(state: bytes, name: str) -> bytes | None:
    """The state under another shopper; none where another release kept it, to be folded anew when it is needed."""
    try:
        return visit.to_bytes(visit.from_bytes(state)._replace(shopper_id=name))
    except visit.OtherVersion:
        return None


def _move_visits(visitor_id: int, shopper: Shopper) -> int:
    """Events hang on their visits and move with them; a kept state names its shopper, so that is written anew.

    Visits stay apart, even where both were open: what comes next goes on with the newest.
    """
    visits = list(Visit.objects.select_for_update().filter(shopper_id=visitor_id).order_by("pk"))
    name = visit.short(shopper.key, visit.ID_BYTES)
    for row in visits:
        row.shopper = shopper
        if row.state is not None:
            row.state = _renamed(bytes(row.state), name)
            row.state_version = 0 if row.state is None else row.state_version
    Visit.objects.bulk_update(visits, ["shopper", "state", "state_version"], batch_size=100)
    return len(visits)
