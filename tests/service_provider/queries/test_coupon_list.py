"""Coupons and redemptions, listed and as rows of a file; the report of a campaign as rows of a file."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import campaign_worlds as worlds
import coupon_makers as made
import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import MINUTE, NOW

from service_provider.models import Coupon
from service_provider.queries import coupon_list, downloads
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 5, 20, 14, 0, tzinfo=BERLIN)


def rows_of(what: str, **params: str) -> list[dict[str, Any]]:
    sheet = downloads.get_sheet(what, params, now=make.NOON)
    names = [column.name for column in sheet.columns]
    rows = [dict(zip(names, row, strict=True)) for row in sheet.rows]
    assert len(rows) == sheet.total
    return rows


def ids(**params: str) -> list[int]:
    found = coupon_list.search_coupons(params, 1, now=make.NOON)
    assert [row["coupon"] for row in rows_of("coupons", **params)] == [row.id for row in found.page.rows]
    return [row.id for row in found.page.rows]


@pytest.fixture
def two() -> Any:
    """One that anna has used, and a later one of another campaign, of bea."""
    first = made.issued(made.campaign(), made.shopper("anna"))
    coupons.redeem(first.code, made.SHOES, at=At("a till"), now_ms=NOW + MINUTE)
    later = made.issued(made.campaign("Summer"), made.shopper("bea"), day=date(2026, 5, 21))
    return first, later


def test_coupons_stand_newest_first_and_filters_find_them(two: Any) -> None:
    first, later = two
    campaign = Coupon.objects.get(pk=later.coupon_id).campaign_id

    assert ids() == [later.coupon_id, first.coupon_id]
    assert ids(campaign=str(campaign)) == [later.coupon_id]
    assert ids(state="redeemed") == [first.coupon_id]
    assert ids(shopper="anna") == [first.coupon_id]
    assert ids(day="2026-05-21") == [later.coupon_id]
    assert ids(shopper="nobody") == []


@pytest.mark.parametrize("wrong", [{"state": "new"}, {"campaign": "no"}, {"day": "yesterday"}], ids=str)
def test_a_filter_that_is_not_understood_shows_nothing(two: Any, wrong: dict[str, str]) -> None:
    found = coupon_list.search_coupons(wrong, 1, now=make.NOON)

    assert found.page.total == 0
    assert found.form.errors
    assert rows_of("coupons", **wrong) == []


def test_a_coupon_as_values_with_no_more_than_the_end_of_its_code(two: Any) -> None:
    first, _ = two
    (row,) = rows_of("coupons", shopper="anna")

    assert row == {
        "coupon": first.coupon_id, "code_end": first.code[-4:], "campaign": row["campaign"],
        "campaign_name": "Ten off", "shopper": "anna", "decision": None, "state": "Redeemed", "category": "Shoes",
        "depth": "10 % off", "cap": 500, "issued_at": AT, "issued_day": date(2026, 5, 20),
        "expires_at": AT + timedelta(days=1), "seen_at": None, "dismissed_at": None,
        "redeemed_at": AT + timedelta(minutes=1), "reserved": 0, "spent": 400, "rating": None,
    }  # fmt: skip
    assert first.code not in str(row)


def test_a_redemption_as_values_those_taken_back_too(two: Any) -> None:
    first, _ = two
    (row,) = rows_of("redemptions")
    assert (row["coupon"], row["shopper"], row["where"], row["order"]) == (
        first.coupon_id,
        "anna",
        "shop",
        "",
    )
    assert (row["basket"], row["discount"], row["redeemed_at"]) == (4_000, 400, AT + timedelta(minutes=1))
    assert row["taken_back_at"] is None

    coupons.reverse(
        row["redemption"], why="goods back", restores=False, by_label="till", now_ms=NOW + 2 * MINUTE
    )
    (row,) = rows_of("redemptions", taken_back="yes")
    assert (row["taken_back_at"], row["why"]) == (AT + timedelta(minutes=2), "goods back")
    assert rows_of("redemptions", taken_back="no") == []
    assert rows_of("redemptions", shopper="bea") == []
    assert coupon_list.search_redemptions({}, 1, now=make.NOON).page.total == 1


# ---- the report as a file -----------------------------------------------------------------------------


def test_the_report_has_a_row_for_all_and_for_each_day_category_and_segment(two: Any) -> None:
    first, _ = two
    campaign = Coupon.objects.get(pk=first.coupon_id).campaign_id
    rows = rows_of("campaign-report", campaign=str(campaign))

    assert [(row["by"], row["group"], row["issued"], row["redeemed"]) for row in rows] == [
        ("all", "", 1, 1),
        ("day", "2026-05-20", 1, 1),
        ("category", "Shoes", 1, 1),
        ("segment", "", 1, 1),
    ]
    assert (rows[0]["spent"], rows[0]["revenue"], rows[0]["as_of"]) == (400, 3_600, AT)
    assert {row["campaign_name"] for row in rows_of("campaign-report")} == {"Ten off", "Summer"}
    assert rows_of("campaign-report", campaign="none") == []


def test_the_effect_has_a_row_for_each_outcome_and_no_figure_before_there_is_enough() -> None:
    campaign = made.campaign()
    make.product("P1", category="Shoes", margin_bp=4_000)
    worlds.crowd(campaign, treated=20, held=1)
    rows = rows_of("campaign-effect", campaign=str(campaign.pk))
    assert [(row["outcome"], row["treated"], row["held_out"], row["difference"]) for row in rows] == [
        (name, 20, 1, None) for name in ("contribution", "revenue", "bought")
    ]

    worlds.crowd(campaign, treated=700, held=36, start=100)
    money, revenue, bought = rows_of("campaign-effect", campaign=str(campaign.pk))
    assert (money["treated"], money["held_out"], money["currency"]) == (720, 37, "EUR")
    assert money["treated_mean"] == pytest.approx(0.4 * revenue["treated_mean"])
    assert money["always_low"] < money["difference_low"] < money["difference"] < money["difference_high"]
    assert bought["treated_mean"] == pytest.approx(0.5)


def test_ten_thousand_coupons_ask_no_more_queries_than_ten() -> None:
    counts = []
    campaign = made.campaign()
    for start, treated in ((0, 30), (1_000, 10_000)):
        worlds.crowd(campaign, treated=treated, held=1, start=start)
        with CaptureQueriesContext(connection) as queries:
            coupon_list.search_coupons({"state": "redeemed"}, 1, now=make.NOON)
            coupon_list.search_redemptions({}, 1, now=make.NOON)
            assert len(rows_of("coupons")) == Coupon.objects.count()
        counts.append(len(queries))

    assert counts[0] == counts[1]
