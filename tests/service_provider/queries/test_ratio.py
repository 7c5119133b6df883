from datetime import date
from typing import Any

import coupon_makers
import make
import pytest
import segment_reports
from django.db import connection
from django.test.utils import CaptureQueriesContext

from service_provider.models import Mall
from service_provider.queries import predictions
from service_provider.queries.reports import ratio

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> Any:
    Mall.objects.create(pk=1, min_group_size=4, low_ratio_threshold=0.3)
    return make.model_version(1, live=True)


def many(version: Any, *, high: int, low: int, **fields: Any) -> None:
    for result, count in ((1, high), (0, low)):
        for _ in range(count):
            make.prediction(version, result=result, **fields)


def groups(report: ratio.RatioReport, name: str) -> dict[str, ratio.Group]:
    return {
        group.name: group
        for dimension in report.dimensions
        if dimension.name == name
        for group in dimension.groups
    }


def test_groups_stand_lowest_first_and_small_ones_last(version: Any) -> None:
    many(version, high=3, low=1, shopping_mall="Kanyon")
    many(version, high=1, low=4, shopping_mall="Metrocity")
    many(version, high=0, low=3, shopping_mall="Zorlu")
    malls = groups(ratio.get(now=make.NOON), "Mall")
    assert list(malls) == ["Metrocity", "Kanyon", "Zorlu"]
    assert malls["Metrocity"].is_low
    assert malls["Metrocity"].high.rate == pytest.approx(0.2)
    assert malls["Metrocity"].high.interval == pytest.approx((0.0362, 0.6245), abs=1e-4)
    assert not malls["Kanyon"].is_low
    assert malls["Zorlu"].high.rate is None
    assert malls["Zorlu"].high.interval is None
    assert not malls["Zorlu"].is_low


def test_months_ages_and_genders_are_counted(version: Any) -> None:
    many(version, high=2, low=2, invoice_date=date(2025, 12, 31), age=17, gender="Male")
    many(version, high=4, low=0, invoice_date=date(2026, 1, 1), age=65)
    report = ratio.get(now=make.NOON)
    assert [(month, share.hits, share.total) for month, share in report.months] == [
        (date(2025, 12, 1), 2, 4),
        (date(2026, 1, 1), 4, 4),
    ]
    assert report.high.hits == 6
    assert report.high.total == 8
    assert list(groups(report, "Age")) == ["under 18", "65 and over"]
    assert list(groups(report, "Gender")) == ["Male", "Female"]
    assert groups(report, "Month of invoice")["December 2025"].params == (("month", "2025-12"),)


def test_no_predictions_make_an_empty_report() -> None:
    report = ratio.get(now=make.NOON)
    assert report.high.rate is None
    assert not report.months
    assert all(not dimension.groups for dimension in report.dimensions)


def test_more_rows_ask_no_more_queries(version: Any) -> None:
    counts = []
    for number in (10, 50):
        for i in range(number):
            make.prediction(version, category=f"c{number}-{i}", shopping_mall=f"m{i}")
        with CaptureQueriesContext(connection) as queries:
            ratio.get(now=make.NOON)
        counts.append(len(queries))
    assert counts == [9, 9]


def test_segments_are_a_group_once_there_are_some(version: Any) -> None:
    anna, bea = make.user("anna").shopper, make.user("bea").shopper
    many(version, high=1, low=4, shopper=anna)
    many(version, high=4, low=1, shopper=bea)
    assert not groups(ratio.get(now=make.NOON), "Segment")

    segments = segment_reports.in_use(anna)
    found = groups(ratio.get(now=make.NOON), "Segment")
    assert {name: (one.high.hits, one.high.total, one.is_low) for name, one in found.items()} == {
        "Newcomers": (1, 5, True)
    }
    segment_reports.put(bea, segments, "segment-03")
    found = groups(ratio.get(now=make.NOON), "Segment")
    assert list(found) == ["Newcomers", "Loyal big spenders"]
    assert predictions.filtered(dict(found["Loyal big spenders"].params)).count() == 5


def test_a_coupon_that_is_named_is_counted_with_its_campaign(version: Any) -> None:
    """However its code is written; a number that is not ours is another group, and no number one more."""
    campaign = coupon_makers.campaign()
    code = coupon_makers.issued(campaign, coupon_makers.shopper()).code
    many(version, high=3, low=1, coupon_no=f"{code[:5]}-{code[5:10]}-{code[10:]}".lower())
    many(version, high=1, low=3, coupon_no="c2fcf81cc4116bdb1")
    many(version, high=2, low=2, coupon_no="")
    found = groups(ratio.get(now=make.NOON), "Coupon")

    assert {name: (group.high.hits, group.high.total) for name, group in found.items()} == {
        "A number that is not ours": (1, 4),
        "No coupon": (2, 4),
        "Ten off": (3, 4),
    }
    for group in found.values():
        assert predictions.filtered(dict(group.params)).count() == group.high.total
