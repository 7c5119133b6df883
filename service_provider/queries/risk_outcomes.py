"""What became of visits whose risk was said, and what acting on risks took off."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Max, Q, Sum
from numpy.typing import NDArray

from engine.contracts import KINDS, NO_COUPON
from service_provider.models import Campaign, Decision, Event, Redemption, RiskScore

WEEK = timedelta(days=7)
SILENCE_MS = 30 * 60_000
ASKED = 900
_PURCHASE = KINDS.index("purchase")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Scores of the version in use, of ended visits without a coupon: what was said, and 1 where no purchase came."""

    churn: NDArray[np.float64]
    left: NDArray[np.int8]
    visit: NDArray[np.int64]


def outcomes(version_id: int, *, now: datetime) -> Outcomes:
    """Of the last seven days."""
    now_ms = _ms(now)
    rows = RiskScore.objects.filter(
        version_id=version_id, is_shadow=False, at_ms__gte=_ms(now - WEEK), visit__is_bot=False,
        visit__last_ms__lt=now_ms - SILENCE_MS,
    )  # fmt: skip
    told = list(rows.order_by("pk").values_list("visit_id", "at_ms", "churn_ppm"))
    visits = sorted({visit for visit, _, _ in told})
    bought, treated = _bought(visits), _treated(visits)
    kept = [row for row in told if row[0] not in treated]
    return Outcomes(
        np.array([ppm / 1_000_000 for _, _, ppm in kept], dtype=np.float64),
        np.array([bought.get(visit, 0) < at_ms for visit, at_ms, _ in kept], dtype=np.int8),
        np.array([visit for visit, _, _ in kept], dtype=np.int64),
    )


def _bought(visits: list[int]) -> dict[int, int]:
    """By visit: when its last purchase came in."""
    found: dict[int, int] = {}
    for start in range(0, len(visits), ASKED):
        rows = Event.objects.filter(visit__in=visits[start : start + ASKED], kind=_PURCHASE)
        found |= dict(rows.values_list("visit_id").annotate(at=Max("received_ms")).order_by())
    return found


def _treated(visits: list[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(visits), ASKED):
        rows = Decision.objects.filter(visit__in=visits[start : start + ASKED]).exclude(arm=NO_COUPON)
        found |= set(rows.values_list("visit_id", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class AtStake:
    """Campaigns that go by the risk and were published, and what their coupons took off in seven days."""

    campaigns: int
    discount_minor: int


def at_stake(*, now: datetime) -> AtStake:
    """Two queries."""
    by_risk = Q(policy=Campaign.Policy.PUBLISHED_RULE) | Q(audience=Campaign.Audience.AT_RISK)
    running = Campaign.objects.filter(by_risk, published_at__isnull=False, is_rehearsal=False)
    number = running.filter(ended_at=None, ends_ms__gt=_ms(now)).count()
    taken = Redemption.objects.filter(
        coupon__campaign__in=running.values("pk"), at_ms__gte=_ms(now - WEEK), reversed_ms=None
    ).aggregate(sum=Sum("discount_minor"))["sum"]
    return AtStake(number, taken or 0)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
