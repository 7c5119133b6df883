"""Whether a campaign's money adds up: the row's sums against its coupons, its days and every movement ever written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from service_provider.models import Campaign, CampaignDay, Coupon, LedgerRow, Redemption

Kind = LedgerRow.Kind
FULL_PCT = 100


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What the books of one campaign say, and everything in them that does not fit."""

    campaign_id: int
    issued: int
    redeemed: int
    committed_minor: int
    reserved_minor: int
    spent_minor: int
    released_minor: int
    budget_minor: int
    over_redemptions: int  # live redemptions of a coupon beyond its first one
    faults: tuple[str, ...]

    @property
    def is_balanced(self) -> bool:
        return not self.faults


def check(campaign_id: int) -> LedgerCheck:
    """Reads everything that is booked of a campaign. Ask it in one transaction, or while nobody writes."""
    row = Campaign.objects.get(pk=campaign_id)
    over = _over_redemptions(campaign_id)
    faults = [*_sums(row), *_coupons(row), *_limits(row)]
    if over:
        faults.append(f"{over} redemptions too many")
    return LedgerCheck(
        campaign_id, row.issued, row.redeemed, row.committed_minor, row.reserved_minor, row.spent_minor,
        row.released_minor, row.budget_minor, over, tuple(faults),
    )  # fmt: skip


def _sums(row: Campaign) -> Iterator[str]:
    moved = dict(LedgerRow.objects.filter(campaign=row).values_list("kind").annotate(Sum("amount_minor")))
    commit, spend, release, back = (moved.get(kind, 0) for kind in Kind.values)
    yield from _differs("committed", row.committed_minor, "the ledger", commit)
    yield from _differs("spent", row.spent_minor, "the ledger", spend - back)
    yield from _differs("released", row.released_minor, "the ledger", release + back)
    yield from _differs("reserved", row.reserved_minor, "the ledger", commit - spend - release)
    yield from _differs(
        "committed",
        row.committed_minor,
        "its parts",
        row.reserved_minor + row.spent_minor + row.released_minor,
    )
    days = CampaignDay.objects.filter(campaign=row)
    day = _summed(days, "reserved_minor", "spent_minor", "issued")
    yield from _differs("reserved", row.reserved_minor, "the days", day["reserved_minor"])
    yield from _differs("spent", row.spent_minor, "the days", day["spent_minor"])
    yield from _differs("issued", row.issued, "the days", day["issued"])


def _coupons(row: Campaign) -> Iterator[str]:
    coupons = Coupon.objects.filter(campaign=row)
    money = _summed(coupons, "reserved_minor", "spent_minor")
    yield from _differs("reserved", row.reserved_minor, "the coupons", money["reserved_minor"])
    yield from _differs("spent", row.spent_minor, "the coupons", money["spent_minor"])
    yield from _differs("issued", row.issued, "the coupons", coupons.count())
    used = coupons.filter(state=Coupon.State.REDEEMED).count()
    live = Redemption.objects.filter(coupon__campaign=row, reversed_ms=None)
    yield from _differs("redeemed", row.redeemed, "the coupons in use", used)
    yield from _differs("redeemed", row.redeemed, "the redemptions", live.count())
    yield from _differs(
        "spent", row.spent_minor, "the redemptions", _summed(live, "discount_minor")["discount_minor"]
    )
    odd = coupons.exclude(_what_is_held()).count()
    if odd:
        yield f"{odd} coupons hold money that does not go with their state"
    broken = _broken_coupons(row)
    if broken:
        yield f"{broken} coupons do not hold what was moved for them"


def _what_is_held() -> Q:
    """A live coupon holds its worst case, a redeemed one its cost, any other nothing."""
    live = Q(state__in=Coupon.LIVE, reserved_minor__gt=0, spent_minor=0)
    used = Q(state="redeemed", reserved_minor=0)
    return live | used | Q(state__in=("expired", "revoked", "reversed"), reserved_minor=0, spent_minor=0)


def _broken_coupons(row: Campaign) -> int:
    """Coupons whose own movements do not add up to what they hold."""
    rows = (
        LedgerRow.objects.filter(campaign=row).values_list("coupon_id", "kind").annotate(Sum("amount_minor"))
    )
    held: dict[int, list[int]] = {}
    for coupon_id, kind, minor in rows:
        both = held.setdefault(coupon_id, [0, 0])
        both[0] += {Kind.COMMIT: minor, Kind.SPEND: -minor, Kind.RELEASE: -minor}.get(kind, 0)
        both[1] += {Kind.SPEND: minor, Kind.REVERSE: -minor}.get(kind, 0)
    coupons = Coupon.objects.filter(campaign=row).values_list("pk", "reserved_minor", "spent_minor")
    return sum(held.get(pk) != [reserved, spent] for pk, reserved, spent in coupons)


def _limits(row: Campaign) -> Iterator[str]:
    used = row.reserved_minor + row.spent_minor
    if row.overbooking_pct == FULL_PCT and used > row.budget_minor:
        yield f"{used} are spent and reserved of a budget of {row.budget_minor}"
    if row.limit_total is not None and row.issued > row.limit_total:
        yield f"{row.issued} coupons were issued of {row.limit_total}"


def _over_redemptions(campaign_id: int) -> int:
    """Counted from the rows themselves, not from the column by which the database allows one at a time."""
    live = Redemption.objects.filter(coupon__campaign_id=campaign_id, reversed_ms=None)
    counts = live.values("coupon_id").annotate(times=Count("pk")).filter(times__gt=1)
    return sum(times - 1 for times in counts.values_list("times", flat=True))


def _summed(rows: Any, *columns: str) -> dict[str, int]:
    found = rows.aggregate(**{f"sum_{name}": Sum(name) for name in columns})
    return {name: found[f"sum_{name}"] or 0 for name in columns}


def _differs(what: str, ours: int, where: str, theirs: int) -> Iterator[str]:
    if ours != theirs:
        yield f"{what} is {ours}, by {where} {theirs}"
