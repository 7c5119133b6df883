from datetime import date, timedelta
from typing import Any

import make
import pytest

from service_provider.models import Shopper
from service_provider.queries import predictions

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> dict[str, Any]:
    """Four predictions, each unlike the others in what a filter looks at."""
    first, second = make.model_version(1, live=True), make.model_version(2)
    shopper = Shopper.objects.create(key="s-anna", created_at=make.NOON)
    return {
        "plain": make.prediction(first, tid="T1", created_at=make.NOON - timedelta(days=3)),
        "low": make.prediction(
            first, result=0, tid="T2", customer_id="C77", actual=0, created_at=make.NOON - timedelta(days=2)
        ),
        "other": make.prediction(
            second, tid="T3", coupon_no="K9", gender="Male", age=70, category="Shoes", payment_method="Credit Card",
            shopping_mall="Metrocity", source="api", actual=0, created_at=make.NOON - timedelta(days=1),
        ),
        "june": make.prediction(first, tid="T4", shopper=shopper, invoice_date=date(2026, 6, 1)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["june", "other", "low", "plain"]),
        ({"result": "0"}, ["low"]),
        ({"came_true": "yes"}, ["low"]),
        ({"came_true": "no"}, ["other"]),
        ({"came_true": "unknown"}, ["june", "plain"]),
        ({"shopping_mall": "Metrocity"}, ["other"]),
        ({"category": "Shoes"}, ["other"]),
        ({"gender": "Male"}, ["other"]),
        ({"payment_method": "Credit Card"}, ["other"]),
        ({"source": "api"}, ["other"]),
        ({"version": "2"}, ["other"]),
        ({"age_band": "65 and over"}, ["other"]),
        ({"month": "2026-06"}, ["june"]),
        ({"invoice_from": "2026-05-20"}, ["june"]),
        ({"invoice_to": "2026-05-19", "result": "1"}, ["other", "plain"]),
        ({"q": "t2"}, ["low"]),
        ({"q": "c77"}, ["low"]),
        ({"q": "K9"}, ["other"]),
        ({"q": "anna"}, ["june"]),
        ({"q": "%"}, []),
        ({"page": "2", "unknown": "x"}, ["june", "other", "low", "plain"]),
    ],
)
def test_each_filter_keeps_what_it_names(
    rows: dict[str, Any], params: dict[str, str], expected: list[str]
) -> None:
    assert list(predictions.filtered(params)) == [rows[name] for name in expected]


@pytest.mark.parametrize(
    "params", [{"month": "May"}, {"invoice_from": "31-31-31"}, {"shopping_mall": "Atlantis"}, {"result": "2"}]
)
def test_a_filter_that_is_not_understood_shows_nothing_and_says_why(
    rows: dict[str, Any], params: dict[str, str]
) -> None:
    assert not predictions.filtered(params)
    listing = predictions.search(params, 1, now=make.NOON)
    assert list(listing.form.errors) == list(params)
    assert listing.page.total == 0


def test_a_row_is_written_in_the_malls_currency_and_zone(rows: dict[str, Any]) -> None:
    row = predictions.find(rows["other"].pk)
    assert row is not None
    assert row.price == "€600.16"
    assert str(row.created_at.tzinfo) == "Europe/Berlin"
    assert row.came_true is False
    assert predictions.find(0) is None
