"""Which segment a shopper is in, who is in a segment, and who went from where to where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from engine.contracts import NEWCOMERS, ShopperStanding
from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Membership, ModelVersion, Promotion, Shopper
from service_provider.queries.learning import SEGMENTS
from service_provider.queries.page import Page, cut

ASKED = 900  # keys in one question
DAY_S = 86_400
SORTS = {
    "-spending": "Spends most first",
    "spending": "Spends least first",
    "-behaviour": "Comes most first",
    "behaviour": "Comes least first",
    "since": "Longest in it first",
    "-since": "Newest in it first",
}
_ORDERS = {
    "spending": F("spending_score").asc(nulls_last=True),
    "-spending": F("spending_score").desc(nulls_last=True),
    "behaviour": F("behaviour_score").asc(nulls_last=True),
    "-behaviour": F("behaviour_score").desc(nulls_last=True),
    "since": F("from_at").asc(),
    "-since": F("from_at").desc(),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A shopper of a segment; a newcomer has no scores."""

    shopper_key: str
    spending: float | None
    behaviour: float | None
    from_at: datetime


def find_standing(shopper_key: str, *, now: datetime) -> ShopperStanding:
    """What is known of her at `now`: her live segment and scores, and how long she has been known. ONE query.

    A shopper whom nobody has seen has the empty standing; one without a segment yet has her tenure alone.
    """
    return next((_standing(*row, now=now) for _, *row in _OF_ONE.ask(shopper_key)), ShopperStanding())


def standings(keys: Iterable[str], *, now: datetime) -> dict[str, ShopperStanding]:
    """The same for many, one query for 900 of them; who is not known is left out."""
    wanted = list(dict.fromkeys(keys))
    found = {}
    for start in range(0, len(wanted), ASKED):
        rows = _known(Shopper.objects.filter(key__in=wanted[start : start + ASKED]))
        found.update({key: _standing(*row, now=now) for key, *row in rows})
    return found


def _known(shoppers: QuerySet[Shopper]) -> QuerySet[Shopper, tuple[Any, ...]]:
    live = Membership.objects.filter(live_shopper=OuterRef("pk"))
    return shoppers.values_list(
        "key",
        "created_at",
        Subquery(live.values("segment")[:1]),
        Subquery(live.values("spending_score")[:1]),
        Subquery(live.values("behaviour_score")[:1]),
    )


_OF_ONE = Question(lambda key: _known(Shopper.objects.filter(key=key)), str)


def _standing(
    created_at: datetime,
    segment: str | None,
    spending: float | None,
    behaviour: float | None,
    *,
    now: datetime,
) -> ShopperStanding:
    days = max(0, int((now - created_at).total_seconds() // DAY_S))
    return ShopperStanding(segment or "", spending or 0.0, behaviour or 0.0, days)


def previous_codes(shopper_ids: Iterable[int], *, at: datetime | None = None) -> list[str]:
    """The code of each shopper now, or at a moment; empty where there is none."""
    found = dict(_at(at).values_list("shopper_id", "segment"))
    return [found.get(shopper_id, "") for shopper_id in shopper_ids]


def sizes(*, at: datetime | None = None) -> dict[str, int]:
    """Code -> how many shoppers are in it now, or were at a moment."""
    return dict(_at(at).values_list("segment").annotate(number=Count("pk")).order_by())


def _at(at: datetime | None) -> QuerySet[Membership]:
    if at is None:
        return Membership.objects.exclude(live_shopper=None)
    return Membership.objects.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at)


def names() -> dict[str, str]:
    """Code -> name of all segments that were ever in use: those in use now first, the newcomers last."""
    used = Promotion.objects.filter(kind=SEGMENTS).values("version")
    versions = ModelVersion.objects.filter(pk__in=used)
    told = versions.order_by(F("live_kind").asc(nulls_last=True), "-number").values_list("report__segments")
    found: dict[str, str] = {}
    for (segments,) in told:
        for one in segments:
            found.setdefault(one["code"], one["name"])
    newcomers = found.pop(NEWCOMERS, None)
    return found | ({NEWCOMERS: newcomers} if newcomers else {})


def column(shopper_id: str) -> Subquery:
    """The code of the segment in which the shopper of `shopper_id` is now, as a column of a query; null for none."""
    return Subquery(Membership.objects.filter(live_shopper=OuterRef(shopper_id)).values("segment")[:1])


def is_assigned() -> bool:
    return Membership.objects.exists()


def first_day() -> datetime | None:
    """When the first stretch began."""
    return Membership.objects.order_by("from_at").values_list("from_at", flat=True).first()


def migration(before: datetime, after: datetime) -> dict[tuple[str, str], int]:
    """(code at `before`, code at `after`) -> how many shoppers; empty for who had none then or had left. Two reads,
    paired by shopper here: a join of stretches with themselves takes minutes where the database lacks its index."""
    old = dict(_at(before).values_list("shopper_id", "segment"))
    new = dict(_at(after).values_list("shopper_id", "segment"))
    found: dict[tuple[str, str], int] = {}
    for shopper_id in old.keys() | new.keys():
        pair = old.get(shopper_id, ""), new.get(shopper_id, "")
        found[pair] = found.get(pair, 0) + 1
    return found


def members(code: str, *, sort: str = "") -> QuerySet[Membership]:
    """The stretches that last in this segment, in the order of SORTS."""
    order = _ORDERS.get(sort) or _ORDERS["-since" if code == NEWCOMERS else "-spending"]
    return Membership.objects.filter(segment=code).exclude(live_shopper=None).order_by(order, "pk")


def list_members(code: str, *, sort: str = "", number: int = 1) -> Page[Member]:
    """Page `number` of the shoppers of a segment. Two queries."""
    return cut(members(code, sort=sort).select_related("shopper"), number, member_of)


def member_of(row: Membership) -> Member:
    return Member(row.shopper.key, row.spending_score, row.behaviour_score, row.from_at)
