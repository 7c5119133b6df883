"""The shopper's form: eleven fields, an answer, and nothing lost when something is wrong."""

import logging
from datetime import date, timedelta

import fake_model
import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from service_provider.adapters import model_store
from service_provider.models import Account, Mall, RevenuePrediction, Transaction
from service_provider.services import serving

URL = "/predict/"


@pytest.fixture(autouse=True)
def _served(monkeypatch):
    fake_model.serve(monkeypatch)


@pytest.fixture
def model(db):
    return fake_model.live()


def posted(client, **changes):
    return client.post(URL, fake_model.FORM | changes)


def test_the_answer_is_stored_with_its_version_and_shown_with_votes_and_quality(model, anna, door):
    client = door(anna)

    response = posted(client, tid="T1", price="600.16")

    row = RevenuePrediction.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("shop:prediction", args=[row.pk])
    assert (row.model_version, row.shopper, row.source) == (model, anna.shopper, "form")
    assert (row.price_minor, row.invoice_date, row.tid, row.result) == (60016, date(2026, 5, 19), "T1", 1)
    page = client.get(response["Location"]).content.decode()
    for said in (
        "Revenue type: High",
        "decision tree",
        "neural network",
        "71.0 %",
        "69.0 to 73.0 %",
        "55.0 %",
        "€600.16",
    ):
        assert said in page, said
    assert "no better than" not in page


def test_a_low_price_is_low(model, anna, door):
    posted(door(anna), price="99.99")
    assert RevenuePrediction.objects.get().result == 0


def test_a_model_without_signal_is_said_to_have_none(anna, door):
    version = fake_model.live(report=make.report(accuracy=0.52, majority=0.549, better=False))
    prediction = make.prediction(version, shopper=anna.shopper)
    page = door(anna).get(reverse("shop:prediction", args=[prediction.pk])).content.decode()
    assert "no better than always giving the more frequent answer" in page
    assert "54.9 %" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("age", "-1", "greater than or equal to 0"),
        ("age", "121", "less than or equal to 120"),
        ("age", "old", "whole number"),
        ("age", "", "required"),
        ("quantity", "0", "greater than or equal to 1"),
        ("quantity", "-3", "greater than or equal to 1"),
        ("quantity", "10001", "less than or equal to 10000"),
        ("price", "0", "more than 0"),
        ("price", "-5", "more than 0"),
        ("price", "cheap", "number"),
        ("price", "1.234", "2 decimal places"),
        ("price", "NaN", "number"),
        ("price", "1e400", "less than or equal to"),
        ("invoice_date", "31-02-2026", "valid date"),
        ("invoice_date", "1999-12-31", "before 01 January 2000"),
        ("invoice_date", "2999-01-01", "more than a year ahead"),
        ("gender", "Unknown", "not one of the available choices"),
        ("category", "Weapons", "not one of the available choices"),
        ("payment_method", "", "required"),
        ("shopping_mall", "Elsewhere", "not one of the available choices"),
        ("tid", "x" * 81, "at most 80"),
        ("coupon_no", "a\x00b", "Null"),
        ("customer_id", "x" * 41, "at most 40"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field_and_kept(model, anna, door, field, value, said):
    response = posted(door(anna), **{field: value})

    assert response.status_code == 200
    assert said in " ".join(response.context["form"].errors[field])
    assert set(response.context["form"].errors) == {field}
    assert response.context["form"]["price" if field != "price" else "age"].value() in ("600.16", "34")
    assert not RevenuePrediction.objects.exists()


@pytest.mark.parametrize("field", ["tid", "coupon_no", "customer_id"])
def test_numbers_may_be_empty(model, anna, door, field):
    assert posted(door(anna), **{field: ""}).status_code == 302


def test_prices_have_the_currencys_own_decimal_places(model, anna, door):
    Mall.objects.update_or_create(pk=1, defaults={"currency": "JPY"})
    assert "0 decimal places" in str(posted(door(anna), price="600.16").context["form"].errors["price"])
    assert posted(door(anna), price="600").status_code == 302
    assert RevenuePrediction.objects.get().price_minor == 600


def test_the_form_offers_what_the_model_learned_and_knows_her_account(model, anna, door):
    year = timezone.now().year
    Account.objects.filter(user=anna).update(
        gender="female",
        birth_year=year - 30,
        favourite_malls=["Nowhere", "Zorlu Center"],
        favourite_categories=["shoes"],
    )
    form = door(anna).get(URL).context["form"]
    assert [value for value, _ in form.fields["category"].choices] == ["", "Books", "Clothing", "Shoes"]
    shown = {name: form[name].value() for name in ("gender", "age", "shopping_mall", "category", "quantity")}
    assert shown == {
        "gender": "Female",
        "age": 30,
        "shopping_mall": "Zorlu Center",
        "category": "Shoes",
        "quantity": 1,
    }


def test_an_account_that_says_nothing_prefills_nothing(model, anna, door):
    form = door(anna).get(URL).context["form"]
    assert (form["gender"].value(), form["age"].value()) == ("", None)


def test_without_a_promoted_model_it_says_so_and_keeps_what_was_typed(anna, door):
    make.model_version(1, live=False)
    client = door(anna)
    assert "no model in use yet" in client.get(URL).content.decode()

    page = posted(client, category="Curtains", tid="T77").content.decode()

    assert "no model in use yet" in page
    assert 'value="Curtains"' in page
    assert 'value="T77"' in page
    assert not RevenuePrediction.objects.exists()


@pytest.mark.parametrize("damage", ["changed", "missing", "not a model"])
def test_a_corrupt_artefact_is_a_sentence_and_a_line_in_the_log(anna, door, caplog, damage):
    if damage == "not a model":
        fake_model.live(artefact=b"something else")
    else:
        version = fake_model.live()
        path = model_store.path_of(version.stored_name)
        path.unlink() if damage == "missing" else path.write_bytes(b"fake, and longer")
    with caplog.at_level(logging.ERROR):
        response = posted(door(anna))
    assert response.status_code == 200
    assert "cannot be read just now" in response.content.decode()
    assert "model_not_readable" in caplog.text
    assert not RevenuePrediction.objects.exists()


def test_a_promotion_is_taken_up_at_the_next_request(model, anna, door):
    client = door(anna)
    posted(client)
    type(model).objects.filter(pk=model.pk).update(live_kind=None)
    newer = fake_model.live(2, artefact=b"fake: always low")

    posted(client)

    first, second = RevenuePrediction.objects.order_by("pk")
    assert (first.model_version, first.result) == (model, 1)
    assert (second.model_version, second.result) == (newer, 0)


def test_another_shoppers_prediction_is_not_there(model, anna, bea, door):
    prediction = make.prediction(model, shopper=bea.shopper)
    url = reverse("shop:prediction", args=[prediction.pk])
    assert door(bea).get(url).status_code == 200
    assert door(anna).get(url).status_code == 404


def test_the_list_holds_her_own_only_newest_first(model, anna, bea, door):
    old = make.prediction(model, shopper=anna.shopper, created_at=make.NOON - timedelta(days=1))
    new = make.prediction(model, shopper=anna.shopper, actual=0)
    make.prediction(model, shopper=bea.shopper)
    make.prediction(model, shopper=None, source="api")
    response = door(anna).get("/predictions/")
    assert [row.id for row in response.context["page"].rows] == [new.pk, old.pk]


def test_an_empty_list_offers_the_first_prediction(anna, door):
    assert "Make the first one" in door(anna).get("/predictions/").content.decode()


def test_a_long_list_is_paged_and_asks_no_more_queries(model, anna, door):
    client = door(anna)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get("/predictions/").status_code == 200
        return len(seen)

    for _ in range(10):
        make.prediction(model, shopper=anna.shopper)
    few = queries()
    for _ in range(50):
        make.prediction(model, shopper=anna.shopper)
    assert queries() == few
    assert len(client.get("/predictions/?page=3").context["page"].rows) == 10
    assert client.get("/predictions/?page=x").context["page"].number == 1


@pytest.mark.parametrize("url", [URL, "/predictions/", "/predictions/1/"])
def test_only_shoppers_come_in(model, anna, petra, alan, door, url):
    assert door(None).get(url).status_code == 302
    assert door(petra).get(url).status_code == 403
    assert door(alan).get(url).status_code == 403
    assert door(anna).get(url).status_code in (200, 404)


def test_moments_are_shown_in_the_malls_zone(model, anna, door):
    Mall.objects.update_or_create(pk=1, defaults={"zone": "Asia/Tokyo"})
    make.prediction(model, shopper=anna.shopper)
    assert "20 May 2026, 21:00" in door(anna).get("/predictions/").content.decode()


def test_a_prediction_writes_nothing_into_the_transactions(model, anna, door):
    posted(door(anna), tid="T1")
    assert not Transaction.objects.exists()
    assert serving.get_loaded().live.id == model.pk
