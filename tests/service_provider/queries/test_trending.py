from datetime import date, timedelta
from typing import Any

import make
import pytest

from service_provider.models import Mall, Transaction
from service_provider.queries.reports import trending

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 20)


@pytest.fixture(autouse=True)
def mall() -> None:
    Mall.objects.create(pk=1, min_group_size=3)


def sell(count: int, *, days_ago: int, **fields: Any) -> None:
    day = TODAY - timedelta(days=days_ago)
    start = Transaction.objects.count()
    Transaction.objects.bulk_create(
        Transaction(
            **make.FIELDS | {"tid": f"X{start + i}", "invoice_date": day, "imported_at": make.NOON} | fields
        )
        for i in range(count)
    )


def trends(report: trending.TrendReport, source: str, by: str) -> dict[str, trending.Trend]:
    return {
        t.name: t for table in report.tables if (table.source, table.by) == (source, by) for t in table.trends
    }


def test_what_gains_against_the_days_before_stands_first() -> None:
    sell(6, days_ago=0, category="Toys")
    sell(2, days_ago=6, category="Shoes")
    sell(2, days_ago=7, category="Toys")
    sell(6, days_ago=13, category="Shoes")
    sell(9, days_ago=14, category="Books")  # before both periods
    found = trends(trending.get(7, now=make.NOON), "transactions", "category")
    assert list(found) == ["Toys", "Shoes"]
    assert (found["Toys"].now, found["Toys"].before) == (6, 2)
    assert found["Toys"].gain == pytest.approx(0.5)
    assert found["Shoes"].gain == pytest.approx(-0.5)


def test_small_groups_are_not_judged_and_stand_last() -> None:
    sell(2, days_ago=0, category="Toys")
    sell(5, days_ago=0, category="Shoes")
    sell(5, days_ago=8, category="Shoes")
    found = trends(trending.get(7, now=make.NOON), "transactions", "category")
    assert list(found) == ["Shoes", "Toys"]
    assert not found["Toys"].is_enough


def test_old_data_is_compared_up_to_its_newest_day_and_the_report_says_so() -> None:
    sell(3, days_ago=100)
    window = trending.get(7, now=make.NOON).transactions
    assert window is not None
    assert not window.is_current
    assert window.last == TODAY - timedelta(days=100)
    assert (window.last - window.first).days == 6
    assert (window.first - window.before).days == 7


def test_nothing_before_gives_no_gain() -> None:
    sell(3, days_ago=0)
    assert trends(trending.get(7, now=make.NOON), "transactions", "mall")["Kanyon"].gain is None


def test_predictions_count_by_the_moment_they_were_made() -> None:
    version = make.model_version(1, live=True)
    for days in (0, 6, 7):
        make.prediction(version, created_at=make.NOON - timedelta(days=days))
    found = trends(trending.get(7, now=make.NOON), "predictions", "mall")
    assert (found["Kanyon"].now, found["Kanyon"].before) == (2, 1)


def test_no_rows_make_an_empty_report() -> None:
    report = trending.get(30, now=make.NOON)
    assert (report.transactions, report.predictions, report.tables) == (None, None, ())
