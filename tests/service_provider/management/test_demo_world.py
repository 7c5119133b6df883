"""Who of the simulated shoppers has which account, and how her days are told to the ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from engine.simulate import history
from engine.simulate.mall import names
from engine.simulate.mall.catalogue import catalogue
from service_provider.management.demo import world
from service_provider.management.demo.world import Past
from service_provider.queries.people.census import Inhabitant

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)


@pytest.fixture(autouse=True)
def a_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "SHOPPERS", 120)
    monkeypatch.setattr(world, "DAYS", 30)


@cache
def lived() -> Past:
    return world.live(now=NOW, show=lambda days: days)


def account(name: str = "ada1", **fields: object) -> Inhabitant:
    return replace(Inhabitant(name, f"key-{name}", "Female", 1980, LONG_AGO), **fields)


def test_the_days_end_yesterday_by_the_clock_of_the_mall() -> None:
    past = lived()
    last = max(int(day.events.occurred_ms.max()) for day in past.days)
    assert past.settings.start.isoformat() == "2026-04-20"
    assert datetime(2026, 5, 19, 12, tzinfo=UTC).timestamp() * 1000 < last < NOW.timestamp() * 1000


def test_an_account_is_somebody_of_its_gender_and_about_its_age() -> None:
    people = history.demographics(lived().settings)
    accounts = [account("ada1"), account("ali1", gender="Male", birth_year=1970)]
    ada, ali = world.pair(accounts, lived())
    assert people["is_woman"][[ada, ali]].tolist() == [1, 0]
    assert abs(people["age"][[ada, ali]] - (46, 56)).max() <= 3


def test_nobody_has_two_accounts() -> None:
    accounts = [account(f"ada{i}") for i in range(10)]
    found = world.pair(accounts, lived())
    assert sorted(found.values()) == sorted(one.key for one in accounts)


def test_nobody_came_before_her_account() -> None:
    came_at = NOW - timedelta(days=10)
    (number,) = world.pair([account(came_at=came_at)], lived())
    seen = [day.events.occurred_ms[day.events.shopper == number] for day in lived().days]
    assert np.concatenate(seen).min(initial=2**62) > came_at.timestamp() * 1000


def test_one_who_came_later_than_everybody_has_no_past() -> None:
    assert world.pair([account(came_at=NOW)], lived()) == {}


def test_the_named_ones_are_who_buys() -> None:
    (anna,) = world.pair([account("anna", birth_year=None)], lived())
    women = history.demographics(lived().settings)["is_woman"] == 1
    assert lived().orders[anna] == lived().orders[women].max() > 0


def test_what_she_told_nothing_of_fits_everybody() -> None:
    assert len(world.pair([account(gender="", birth_year=None)], lived())) == 1


def test_events_are_told_with_names_prices_and_what_is_unknown() -> None:
    day = next(day for day in lived().days if (day.events.shopper >= world.SHOPPERS).any())
    shoppers = [f"key-{number}" for number in range(world.SHOPPERS)]
    prices = {product.product_id: product.price_minor for product in catalogue().products} | {"": None}

    told = world.to_events(day, shoppers, until=NOW)

    assert told.prices == [prices[product] for product in told.products]
    assert None in told.prices
    assert None in told.quantities
    assert told.shoppers == [
        f"key-{number}" if number < world.SHOPPERS else names.shopper_id(world.SEED, number)
        for number in day.events.shopper.tolist()
    ]


def test_a_repeated_event_has_the_id_it_had() -> None:
    told = [world.to_events(day, ["x"] * world.SHOPPERS, until=NOW) for day in lived().days]
    events = [event for day in told for event in zip(*day, strict=True)]
    assert len(set(events)) == len({event[0] for event in events}) < len(events)


def test_nothing_is_told_of_the_future() -> None:
    day = lived().days[-1]
    noon = NOW - timedelta(hours=21)
    told = world.to_events(day, ["x"] * world.SHOPPERS, until=noon)
    assert 0 < len(told.ids) < len(day.events.shopper)
    assert max(told.moments) < noon.timestamp() * 1000
