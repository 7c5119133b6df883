"""Who is in the shop now, and what is in demand since yesterday. Both by the receipt of events, not by their own
moments: a simulated shopper lives in a time of her own, and what a browser sends late is news all the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When

from engine.contracts import KINDS
from service_provider.adapters.ledger import bulk
from service_provider.models import Event, Visit
from service_provider.queries import searches
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports import at_risk
from service_provider.queries.reports.at_risk import LiveVisit, Risk
from service_provider.queries.reports.coupons import coupons_now
from service_provider.queries.reports.coupons.coupons_now import CouponsNow
from service_provider.queries.searches import Search

LIVE, DAY = timedelta(minutes=30), timedelta(hours=24)
MINUTE_MS = 60_000
TAIL, DAY_TAIL = 50_000, 200_000  # of the newest receipts so many are looked at, now and for a day
STAGES = ("product_view", "add_to_cart", "cart_view", "checkout", "purchase")
SHOWN = 6
_PLACES = {kind: place for place, kind in enumerate(KINDS)}
_LOOKS = (_PLACES["category_view"], _PLACES["product_view"])
_ADD, _PURCHASE = _PLACES["add_to_cart"], _PLACES["purchase"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people did in one category."""

    category: str
    looks: int
    added: int
    bought: int


@dataclass(frozen=True, slots=True)
class Demand:
    """`since` is later than a day ago where more was received than is looked at."""

    categories: tuple[Wanted, ...]
    searches: tuple[Search, ...]  # of today and yesterday, in UTC
    robots_today: int  # visits that were heard of since the mall's midnight
    since: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """Counts of visits of people heard of since `since`; `stages` says how many came at least as far, by STAGES."""

    pulse: str
    visits: int
    robots: int
    stages: tuple[int, ...]
    per_second: float
    robots_per_second: float
    seconds: float  # over which these two are taken
    risk: Risk
    demand: Demand
    coupons: CouponsNow
    since: datetime
    as_of: datetime


_live: Kept[Live] = Kept(for_seconds=2)
_demand: Kept[Demand] = Kept(for_seconds=60)


def pulse(*, now: datetime) -> str:
    """Changes when the figures may have changed: with the newest receipt, with every movement of a coupon, and as time
    passes after them. Two queries."""
    return f"{_pulse(_newest(), now)}-{coupons_now.pulse()}"


def get(settings: MallSettings, *, now: datetime) -> Live:
    """At most two seconds old. Seven queries and one for every 900 visits; nine more when a minute is over."""
    return _live.get(lambda: _read(settings, now), now=now)


def _newest() -> tuple[int, int]:
    """Number and moment of the newest receipt, zeros where there is none."""
    row = Event.objects.order_by("-pk").values_list("pk", "received_ms").first()
    return row or (0, 0)


def _pulse(newest: tuple[int, int], now: datetime) -> str:
    number, received = newest
    quiet = _ms(now) - received
    # Events a second fade within a minute, visits within half an hour, and what is in demand within a day.
    every = (
        5_000 if quiet < 2 * MINUTE_MS else MINUTE_MS if quiet < _span(LIVE) + MINUTE_MS else 30 * MINUTE_MS
    )
    return f"{number}-{_ms(now) // every}"


def _read(settings: MallSettings, now: datetime) -> Live:
    newest, coupons = _newest(), coupons_now.pulse()
    since = _reach(newest[0], TAIL, _ms(now - LIVE))
    minute = max(since, _ms(now) - MINUTE_MS)
    seconds = max(1.0, (_ms(now) - minute) / 1000)
    visits = _visits(newest[0], since, minute)
    people = [visit for visit in visits if not visit.is_bot]
    robots = [visit for visit in visits if visit.is_bot]
    return Live(
        pulse=f"{_pulse(newest, now)}-{coupons}",
        visits=len(people),
        robots=len(robots),
        stages=tuple(sum(visit.stage >= stage for visit in people) for stage in range(1, len(STAGES) + 1)),
        per_second=sum(visit.newest for visit in people) / seconds,
        robots_per_second=sum(visit.newest for visit in robots) / seconds,
        seconds=seconds,
        risk=at_risk.judge(people, enough=settings.min_group_size, now=now),
        demand=_demand.get(lambda: _wanted(newest[0], settings, now), now=now),
        coupons=coupons_now.get(settings, now=now),
        since=_local(since, settings),
        as_of=settings.local(now),
    )


def _reach(newest: int, tail: int, since: int) -> int:
    """The moment after which all receipts stand in the tail. One query."""
    rows = Event.objects.filter(pk__lte=newest - tail).order_by("-pk").values_list("received_ms", flat=True)
    return max(since, rows.first() or 0)


def _received(newest: int, tail: int, since: int) -> QuerySet[Event]:
    return Event.objects.filter(pk__gt=newest - tail, received_ms__gt=since)


def _visits(newest: int, since: int, minute: int) -> list[LiveVisit]:
    """Who was heard of. What was imported has no state and is nobody who is here."""
    stage = Case(
        *(When(kind=_PLACES[kind], then=Value(n)) for n, kind in enumerate(STAGES, 1)), default=Value(0)
    )
    rows = (
        _received(newest, TAIL, since)
        .values(home=F("visit_id") + 0)  # a sum, else SQLite reads all events in the order of their visits
        .annotate(stage=Max(stage), newest=Count("pk", filter=Q(received_ms__gt=minute)))
    )
    heard = {row["home"]: (row["stage"], row["newest"]) for row in rows}
    fetch = ("id", "event_count", "is_buying", "is_bot", "risk_ppm")
    found = bulk.find(Visit, "id", list(heard), fetch=fetch, also="state_version > %s", with_values=[0])
    return [
        LiveVisit(
            visit_id,
            events,
            bool(is_buying),
            bool(is_bot),
            risk,
            len(STAGES) if is_buying else heard[visit_id][0],
            heard[visit_id][1],
        )
        for visit_id, events, is_buying, is_bot, risk in found
    ]


def _wanted(newest: int, settings: MallSettings, now: datetime) -> Demand:
    """Four queries."""
    since = _reach(newest, DAY_TAIL, _ms(now - DAY))
    today = now.astimezone(UTC).date()
    return Demand(
        categories=_categories(newest, since, _ms(now)),
        searches=searches.list_top(today - timedelta(days=1), today, most=SHOWN),
        robots_today=_robots(newest, since, settings, now),
        since=_local(since, settings),
    )


def _categories(newest: int, since: int, until: int) -> tuple[Wanted, ...]:
    # An imported event was received now and may be years old; it counts if it happened in these hours.
    is_ours = Q(visit__state_version__gt=0) | Q(occurred_ms__gt=since, occurred_ms__lte=until)
    rows = (
        _received(newest, DAY_TAIL, since)
        .filter(is_ours, kind__in=(*_LOOKS, _ADD, _PURCHASE), visit__is_bot=False)
        .exclude(category="")
        .values("category")
        .annotate(
            looks=Count("pk", filter=Q(kind__in=_LOOKS)),
            added=Count("pk", filter=Q(kind=_ADD)),
            bought=Count("pk", filter=Q(kind=_PURCHASE)),
        )
        .order_by((F("looks") + 3 * F("added") + 5 * F("bought")).desc(), "category")
    )
    return tuple(Wanted(**row) for row in rows[:SHOWN])


def _robots(newest: int, since: int, settings: MallSettings, now: datetime) -> int:
    local = now.astimezone(ZoneInfo(settings.zone))
    midnight = _ms(local.replace(hour=0, minute=0, second=0, microsecond=0))
    rows = _received(newest, DAY_TAIL, max(since, midnight)).filter(
        visit__is_bot=True, visit__state_version__gt=0
    )
    return rows.aggregate(visits=Count("visit_id", distinct=True))["visits"]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _span(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _local(at_ms: int, settings: MallSettings) -> datetime:
    return settings.local(datetime.fromtimestamp(at_ms / 1000, UTC))
