"""What downloads hold: the rows of the screens, as values."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import coupon_makers
import make
import pytest
import rehearsal_reports
import risk_models
import segment_reports
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import NOW

from engine.contracts import MODEL_NAMES, POLICIES, RehearsalSettings
from service_provider.models import Coupon, Mall
from service_provider.queries import downloads
from service_provider.queries.access import COMMAND
from service_provider.services import coupons, rehearsals

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 5, 20, 14, 0, tzinfo=BERLIN)


def rows_of(what: str, **params: str) -> list[dict[str, Any]]:
    sheet = downloads.get_sheet(what, params, now=make.NOON)
    names = [column.name for column in sheet.columns]
    rows = [dict(zip(names, row, strict=True)) for row in sheet.rows]
    assert len(rows) == sheet.total
    return rows


def test_a_prediction_as_values_and_without_names(anna: Any) -> None:
    votes = {"mlp": 1, "linear_svm": 0, "logistic_regression": 1, "decision_tree": 1}
    prediction = make.prediction(
        make.model_version(7), tid="T1", shopper=anna.shopper, votes=votes, actual=0, actual_at=make.NOON
    )
    (row,) = rows_of("predictions")
    assert row == {
        "prediction": prediction.pk, "predicted_at": AT, "shopper": "key-anna", "Tid": "T1", "coupon_no": "",
        "customer_id": "", "gender": "Female", "age": 34, "category": "Clothing", "quantity": 2, "price": 60016,
        "payment_method": "Cash", "invoice_date": date(2026, 5, 19), "shopping_mall": "Kanyon",
        "source": "Shopper's form", "model_version": 7, "mlp": "High", "linear_svm": "Low",
        "logistic_regression": "High", "decision_tree": "High", "result": "High", "actual": "Low", "actual_at": AT,
    }  # fmt: skip
    assert row["predicted_at"].tzinfo == BERLIN


@pytest.mark.django_db
def test_what_is_not_known_is_empty() -> None:
    make.prediction(make.model_version(), votes={})
    (row,) = rows_of("predictions")
    assert [row[name] for name in ("shopper", "mlp", "actual", "actual_at")] == [None] * 4


@pytest.mark.django_db
def test_predictions_are_filtered_as_on_the_screen() -> None:
    version = make.model_version()
    make.prediction(version, result=1, category="Shoes")
    make.prediction(version, result=0, category="Toys")
    assert [row["category"] for row in rows_of("predictions", result="0")] == ["Toys"]
    assert [row["category"] for row in rows_of("predictions", category="Shoes")] == ["Shoes"]
    assert rows_of("predictions", result="no such thing") == []


@pytest.mark.django_db
def test_money_follows_the_currency() -> None:
    Mall.objects.create(pk=1, currency="JPY")
    make.prediction(make.model_version())
    sheet = downloads.get_sheet("predictions", {}, now=make.NOON)
    assert next(column.digits for column in sheet.columns if column.name == "price") == 0


def test_shoppers_with_names_and_contacts(anna: Any, bea: Any, petra: Any) -> None:
    make.prediction(make.model_version(), shopper=anna.shopper)
    first, second = rows_of("shoppers")
    assert (first["shopper"], first["username"], first["email"]) == ("key-anna", "anna", "anna@example.test")
    assert (first["phone"], first["city"], first["predictions"]) == ("+49 30 1234", "Berlin", 1)
    assert first["registered_at"].tzinfo == BERLIN
    assert (second["username"], second["predictions"]) == ("bea", 0)


def test_shoppers_are_filtered_as_on_the_screen(anna: Any, bea: Any) -> None:
    assert [row["username"] for row in rows_of("shoppers", search="bea")] == ["bea"]


@pytest.mark.django_db
def test_accuracies_have_a_row_for_each_model_of_each_version() -> None:
    make.model_version(1)
    make.model_version(2, live=True)
    rows = rows_of("accuracies")
    assert [(row["model_version"], row["model"]) for row in rows] == [
        (number, name) for number in (2, 1) for name in MODEL_NAMES
    ]
    vote = next(row for row in rows if row["model"] == "vote")
    assert (vote["accuracy"], vote["accuracy_low"], vote["accuracy_high"]) == (0.71, 0.69, 0.73)
    assert (vote["majority_rate"], vote["live"], vote["better_than_majority"]) == (0.55, "yes", "yes")
    assert (vote["cv_f1"], vote["fit_seconds"], vote["rows"]) == (0.71, 0.5, 500)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "numbers"), [("1", {1}), ("", {1, 2}), ("9", set()), ("x", set()), ("²", set())]
)
def test_accuracies_of_one_version(asked: str, numbers: set[int]) -> None:
    make.model_version(1)
    make.model_version(2)
    assert {row["model_version"] for row in rows_of("accuracies", version=asked)} == numbers


def rehearsed(**settings: Any) -> int:
    report = rehearsal_reports.report(RehearsalSettings(**settings))
    return rehearsals.record(report, job_id=None, by=COMMAND, now=make.NOON)


@pytest.mark.django_db
def test_a_rehearsal_as_values() -> None:
    number = rehearsed(seeds=4, depth=0.15)
    rehearsed(policies=("none", "random"))
    rows = rows_of("rehearsals", rehearsal=str(number))
    assert [row["policy"] for row in rows] == list(POLICIES)
    none, uplift = rows[0], rows[5]
    assert (uplift["rehearsal"], uplift["rehearsed_at"], uplift["seeds"], uplift["depth"]) == (
        number, AT, 4, 0.15,
    )  # fmt: skip
    assert (uplift["gain"], uplift["gain_low"], uplift["gain_high"]) == (0.125, 0.075, 0.175)
    assert (uplift["spend"], uplift["coupons"], uplift["currency"]) == (400.0, 310, "EUR")
    assert (uplift["coupons_to_persuadable"], none["oracle_share"]) == (0.4, None)
    assert len(rows_of("rehearsals")) == len(POLICIES) + 2
    assert rows_of("rehearsals", rehearsal="x") == rows_of("rehearsals", rehearsal="99") == []


@pytest.mark.django_db
def test_decisions_as_values_filtered_as_on_the_screen() -> None:
    coupon_makers.nobody_held_out()
    make.product("P1")
    campaign = coupon_makers.campaign(budget_minor=500)
    first, _ = coupon_makers.decided("S1", risk=0.25), coupon_makers.decided("S2")
    (row,) = rows_of("decisions", arm="offered")

    assert row == {
        "decision": first.pk, "decided_at": AT, "shopper": "S1", "campaign": campaign.pk, "campaign_name": "Ten off",
        "arm": 1, "coupon": "10 % off", "coupon_state": "issued", "category": "Shoes", "group": "treated",
        "reasons": "drawn by chance", "risk": 0.25, "microseconds": first.micros,
    }  # fmt: skip
    assert [row["reasons"] for row in rows_of("decisions", arm="withheld")] == ["budget used up"]


@pytest.mark.parametrize(("what", "file_format"), [("people", "csv"), ("predictions", "pdf"), ("", "")])
def test_unknown_downloads(what: str, file_format: str) -> None:
    with pytest.raises(downloads.UnknownDownload):
        downloads.get_verb(what, file_format)


@pytest.mark.django_db
@pytest.mark.parametrize("what", [what for what in downloads.KINDS if not what.startswith("campaign-")])
def test_sixty_rows_take_as_many_queries_as_ten(what: str) -> None:
    """The reports of campaigns have no row for each thing: their queries are counted in test_campaign_*.py."""
    counts = []
    coupon_makers.nobody_held_out()
    version = make.model_version()
    coupon_makers.campaign(budget_minor=10**6)
    for known, wanted in ((0, 10), (10, 60)):
        for number in range(known, wanted):
            shopper = make.user(f"shopper{number}").shopper
            make.prediction(version, shopper=shopper)
            make.feedback(shopper)
            make.model_version(number + 2)
            rehearsed(policies=("none",))
            make.product(f"P{number}")
            decision = coupon_makers.decided(shopper.key, product_id="P0")
            code = Coupon.objects.values_list("code", flat=True).get(decision=decision)
            coupons.redeem(code, coupon_makers.SHOES, at=coupons.At("a till"), now_ms=NOW)
            segments = segment_reports.version(number + 1, live=not number)
            segment_reports.put(shopper, segments, "segment-01")
            risk_models.told_version(number + 1)
        params = {"code": "segment-01"} if what == "segment-members" else {}
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(rows_of(what, **params)) >= wanted
        counts.append(len(queries))
    assert counts[0] == counts[1]
