"""Columns of shoppers from the ledger: the same as from the file it was made of, and nothing later than asked."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import small_mall
from small_mall import NOW, NOW_MS

from engine.segments import logs
from engine.segments.columns import DAY_MS, ShopperColumns
from service_provider.models import Event, Order, Shopper, Visit
from service_provider.queries import shopper_columns

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    path = small_mall.write(tmp_path / "events.csv", small_mall.crowd(16, seed=2, days=250))
    small_mall.store(path)
    return path


def same(one: ShopperColumns, other: ShopperColumns) -> None:
    for field in fields(ShopperColumns):
        np.testing.assert_allclose(
            getattr(one, field.name), getattr(other, field.name), rtol=1e-12, err_msg=field.name
        )


@pytest.mark.parametrize("days_ago", [0, 45, 200])
def test_the_ledger_and_its_file_say_the_same(crowd: Path, days_ago: int) -> None:
    builder = small_mall.read(crowd)
    at = NOW_MS - days_ago * DAY_MS
    rows = logs.seen(builder.log(), at)
    found = shopper_columns.read(NOW - timedelta(days=days_ago))
    keys = [Shopper.objects.get(pk=pk).key for pk in found.ids.tolist()]
    place = {builder.keys()[row]: number for number, row in enumerate(rows.tolist())}

    assert sorted(keys) == sorted(place)
    same(found.columns, logs.columns_at(builder.log(), at).take(rows).take([place[key] for key in keys]))


def test_so_does_the_past(crowd: Path) -> None:
    builder = small_mall.read(crowd)
    told, found = logs.past_of(builder.log(), NOW_MS), shopper_columns.read_past(NOW)

    assert told is not None
    assert found is not None
    assert sorted(found.spend_minor) == sorted(told.spend_minor)
    assert found.bought.sum() == told.bought.sum() > 0
    assert found.columns.orders_ever.sum() == told.columns.orders_ever.sum()


def test_what_comes_later_changes_nothing(crowd: Path) -> None:
    before = shopper_columns.read(NOW - timedelta(days=45))
    late = NOW_MS - 45 * DAY_MS
    gone = Order.objects.filter(placed_ms__gt=late)
    gone.model.objects.filter(pk__in=gone.values("pk")).update(total_minor=1)
    later = Visit.objects.filter(last_ms__gt=late)
    later.update(event_count=99, is_buying=True)
    Event.objects.filter(occurred_ms__gt=late, visit__in=later).update(category="Later")

    same(before.columns, shopper_columns.read(NOW - timedelta(days=45)).columns)


def test_a_visit_that_goes_on_is_not_known_yet(tmp_path: Path) -> None:
    rows = small_mall.visit("S1", 2) + small_mall.visit("S1", 0.001, minutes=20)
    small_mall.store(small_mall.write(tmp_path / "e.csv", rows))

    assert shopper_columns.read(NOW).columns.visits_ever.tolist() == [1.0]


@pytest.fixture
def anna(tmp_path: Path) -> Shopper:
    rows = small_mall.visit("anna", 3, buys="30.00") + small_mall.visit("bea", 3)
    small_mall.store(small_mall.write(tmp_path / "e.csv", rows))
    return Shopper.objects.get(key="anna")


def test_a_cancelled_order_counts_until_it_was_cancelled(anna: Shopper) -> None:
    Order.objects.update(cancelled_ms=NOW_MS - DAY_MS)

    def spent(days_ago: float) -> float:
        found = shopper_columns.read(NOW - timedelta(days=days_ago))
        return float(found.columns.spend_180d_minor[found.ids.tolist().index(anna.pk)])

    assert (spent(2), spent(0)) == (6_000.0, 0.0)


def test_robots_are_left_out(anna: Shopper) -> None:
    Visit.objects.filter(shopper=anna).update(is_bot=True)

    assert anna.pk not in shopper_columns.read(NOW).ids.tolist()


def test_who_was_merged_is_left_out(anna: Shopper) -> None:
    bea = Shopper.objects.get(key="bea")
    Shopper.objects.filter(pk=bea.pk).update(merged_into=anna)

    assert shopper_columns.read(NOW).ids.tolist() == [anna.pk]


def test_an_empty_ledger_has_no_shoppers(db: None) -> None:
    assert len(shopper_columns.read(NOW).columns) == 0
    assert shopper_columns.read_past(NOW) is None


def test_five_reads_whatever_there_is(crowd: Path, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(5):  # type: ignore[operator]
        shopper_columns.read(NOW)
