"""The demo mall's last three months: simulated shoppers looked and bought, and the accounts are among them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.simulate import history
from engine.simulate.history import WorldSettings
from engine.simulate.mall import days, names
from engine.simulate.mall.catalogue import catalogue
from engine.simulate.mall.columns import Day, LineColumns
from service_provider.adapters.event_files.columns import Events, milliseconds
from service_provider.adapters.ledger import bulk
from service_provider.management.demo import cast
from service_provider.queries import demo
from service_provider.queries.access import COMMAND
from service_provider.queries.people import census
from service_provider.queries.people.census import Inhabitant
from service_provider.services import audit, mall_history
from service_provider.services.event_imports import Recorded, order_key

SHOPPERS, DAYS, SEED = 1_500, 92, 2_026
NEAR = 3  # years: ages that may be taken for the same

Show = Callable[[Iterable[Day]], Iterable[Day]]


@dataclass(frozen=True, slots=True)
class Past:
    """A run of the world: its days, and by shopper her visits, her orders and the first day she was seen."""

    settings: WorldSettings
    days: tuple[Day, ...]
    visits: NDArray[np.int64]
    orders: NDArray[np.int64]
    seen_first: NDArray[np.int64]  # the number of days where she never came


def live(*, now: datetime, show: Show) -> Past:
    """The days up to yesterday; `show` wraps them in a progress bar."""
    today = (now.astimezone(UTC) + timedelta(hours=days.ZONE_HOURS)).date()
    settings = WorldSettings(SHOPPERS, DAYS, SEED, start=today - timedelta(days=DAYS))
    lived = tuple(show(history.days(settings)))
    visits, orders = np.zeros(SHOPPERS, dtype=np.int64), np.zeros(SHOPPERS, dtype=np.int64)
    seen_first = np.full(SHOPPERS, DAYS)
    for day in reversed(lived):
        came = np.unique(day.events.shopper)
        came = came[came < SHOPPERS]
        visits[came] += 1
        seen_first[came] = day.number
        orders[np.unique(day.lines.shopper)] += 1
    return Past(settings, lived, visits, orders, seen_first)


def remember(past: Past, *, now: datetime, show: Show) -> Recorded:
    """Gives the mall its catalogue and these days, once: part of the caller's transaction."""
    products = mall_history.stock(catalogue().products, now=now)
    accounts = pair(census.list_watched(cast.names()), past)
    with bulk.large_cache():
        recorded = record(past, accounts, now=now, show=show)
    detail = {"products": products, "accounts": len(accounts)} | asdict(recorded)
    audit.record(COMMAND, demo.REMEMBERED, "mall", 1, now=now, detail=detail)
    return recorded


def pair(accounts: Sequence[Inhabitant], past: Past) -> dict[int, str]:
    """Number of a simulated shopper -> key of the account she has. The named ones are who buys and comes most.

    She is of the account's gender and about its age, and was not seen before it was made. Nobody is, for an
    account that came later than everybody.
    """
    people = history.demographics(past.settings)
    is_free = np.ones(SHOPPERS, dtype=np.bool_)
    found = {}
    for account in accounts:
        since = (account.came_at - _start(past.settings)) // timedelta(days=1)
        fits = is_free & (past.seen_first > since)
        if account.gender:
            fits &= people["is_woman"] == (account.gender == "Female")
        if not fits.any():
            continue
        age = past.settings.start.year - account.birth_year if account.birth_year else people["age"]
        apart = np.abs(people["age"] - age)
        first = (apart > NEAR, -past.orders) if account.username in cast.NAMED else (apart,)
        order = np.lexsort((-past.visits, *reversed(first)))
        number = int(order[fits[order]][0])
        found[number], is_free[number] = account.key, False
    return found


def record(past: Past, keys: Mapping[int, str], *, now: datetime, show: Show) -> Recorded:
    """Writes all days into the ledger, each as it was received: when it was over."""
    total = Recorded()
    shoppers = names.shopper_ids(SEED, np.arange(SHOPPERS))
    for number, key in keys.items():
        shoppers[number] = key
    for day in show(past.days):
        over = min(now, _start(past.settings) + timedelta(days=day.number + 1))
        bots = np.unique(day.events.visit[day.events.shopper >= SHOPPERS])
        total += mall_history.record_day(
            to_events(day, shoppers, until=now), bots=names.visit_ids(SEED, bots), paid=_paid(day.lines), now=over
        )  # fmt: skip
    return total


def _start(settings: WorldSettings) -> datetime:
    return datetime.fromtimestamp(days.first_ms(settings) // 1000, UTC)


def to_events(day: Day, shoppers: Sequence[str], *, until: datetime) -> Events:
    """The day's events as the ledger takes them. Those of `shoppers` have their text, others (bots) a name."""
    goods, columns = catalogue(), day.events
    kept = columns.occurred_ms < milliseconds(until)
    products = [*(product.product_id for product in goods.products), ""]
    categories = [*goods.categories, ""]
    visits = _named(columns.visit[kept], lambda numbers: names.visit_ids(SEED, numbers))
    return Events(
        ids=[f"{visit}-{step}" for visit, step in zip(visits, columns.step[kept].tolist(), strict=True)],
        shoppers=_named(columns.shopper[kept], lambda numbers: list(_shoppers(numbers, shoppers))),
        moments=columns.occurred_ms[kept].tolist(),
        kinds=columns.kind[kept].tolist(),
        products=[products[number] for number in columns.product[kept].tolist()],
        categories=[categories[number] for number in columns.category[kept].tolist()],
        prices=_known(columns.price_minor[kept]),
        quantities=_known(columns.quantity[kept]),
        visits=visits,
    )


def _named(numbers: NDArray[Any], name: Callable[[NDArray[Any]], list[str]]) -> list[str]:
    """The name of each number, made once for equal ones."""
    different, where = np.unique(numbers, return_inverse=True)
    texts = name(different)
    return [texts[place] for place in where.tolist()]


def _shoppers(numbers: NDArray[Any], shoppers: Sequence[str]) -> Iterator[str]:
    for number in numbers.tolist():
        yield shoppers[number] if number < len(shoppers) else names.shopper_id(SEED, number)


def _known(numbers: NDArray[Any]) -> list[int | None]:
    return [None if number < 0 else number for number in numbers.tolist()]


def _paid(lines: LineColumns) -> dict[str, int]:
    """Key -> what was paid, of the orders that a coupon made cheaper."""
    visits = names.visit_ids(SEED, lines.visit)
    keys = [order_key(visit, at) for visit, at in zip(visits, lines.placed_ms.tolist(), strict=True)]
    total: Counter[str] = Counter()
    for key, minor in zip(
        keys, (lines.quantity * lines.price_minor - lines.discount_minor).tolist(), strict=True
    ):
        total[key] += minor
    cheaper = {key for key, off in zip(keys, lines.discount_minor.tolist(), strict=True) if off}
    return {key: total[key] for key in sorted(cheaper)}
