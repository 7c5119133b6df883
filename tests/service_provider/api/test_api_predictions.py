"""POST /api/v1/predictions/: who may, what is said, what is written."""

import json

import fake_model
import make
import pytest
from api_door import ASKED, URL, problem
from django.test import Client
from django.utils import timezone

from service_provider.models import ApiKey, IdempotencyRecord, Mall, RevenuePrediction
from service_provider.queries.access import COMMAND
from service_provider.services import keys, predictions


def test_the_answer_has_result_votes_and_the_models_worth(model, key, ask):
    response = ask()
    row = RevenuePrediction.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": row.pk,
        "result": "High",
        "label": 1,
        "votes": {"mlp": 1, "linear_svm": 1, "logistic_regression": 1, "decision_tree": 1},
        "model": {
            "version": 1,
            "accuracy": {"value": 0.71, "ci": [0.69, 0.73]},
            "majority_rate": 0.55,
            "better_than_majority": True,
        },
        "unseen": [],
    }
    assert (row.source, row.api_key_id, row.shopper, row.model_version) == ("api", key.id, None, model)
    assert (row.tid, row.price_minor, str(row.invoice_date)) == ("T1", 60016, "2026-05-19")


@pytest.mark.parametrize(
    ("price", "minor"), [("600.16", 60016), (600.16, 60016), (600, 60000), ("600", 60000), (0.1, 10)]
)
def test_a_price_is_a_decimal_string_or_a_number(model, ask, price, minor):
    assert ask(price=price).status_code == 201
    assert RevenuePrediction.objects.get().price_minor == minor


def test_numbers_may_be_missing(model, ask):
    body = {k: v for k, v in ASKED.items() if k not in ("Tid", "coupon_no", "customer_id")}
    assert ask(_body=json.dumps(body)).status_code == 201


def test_a_value_the_model_never_met_is_named(model, ask):
    assert ask(category="Curtains").json()["unseen"] == ["category"]


def test_a_key_reads_its_own_predictions_only(model, key, ask):
    made = ask().json()
    own = {"Authorization": f"Bearer {key.secret}"}
    other = keys.make("till 2", ("predict",), by=COMMAND, now=timezone.now())
    url = f"{URL}{made['id']}"
    again = Client().get(url, headers=own)
    assert again.status_code == 200
    assert again.json() == {k: v for k, v in made.items() if k != "unseen"}
    problem(Client().get(url, headers={"Authorization": f"Bearer {other.secret}"}), 404)
    problem(Client().get(f"{URL}{2**63}", headers=own), 404)
    shoppers = make.prediction(model)
    problem(Client().get(f"{URL}{shoppers.pk}", headers=own), 404)


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer mall_wrong", "Basic YTpi", "mall_wrong"])
def test_without_a_live_key_nobody_comes_in(model, key, header):
    headers = {"Idempotency-Key": "a"} | ({"Authorization": header} if header is not None else {})
    response = Client().post(URL, json.dumps(ASKED), content_type="application/json", headers=headers)
    problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not RevenuePrediction.objects.exists()


def test_a_revoked_key_is_refused_from_the_next_request_on(model, key, ask):
    assert ask().status_code == 201
    keys.revoke(key.id, by=COMMAND, now=timezone.now(), reason="lost")
    problem(ask(), 401)


def test_a_key_without_the_scope_is_refused(model, key, ask):
    ApiKey.objects.update(scopes=[])
    told = problem(ask(), 403)
    assert "predict" in told["detail"]


def test_a_shoppers_session_is_no_key(model, anna, door):
    problem(door(anna).post(URL, json.dumps(ASKED), content_type="application/json"), 401)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", -1), ("age", 121), ("age", "34"), ("age", True), ("age", 3.5), ("age", None),
        ("quantity", 0), ("quantity", 10_001), ("quantity", "2"),
        ("price", 0), ("price", -1), ("price", "-1"), ("price", "1,5"), ("price", "1e3"), ("price", 1e300),
        ("price", "99999999.99"), ("price", True), ("price", None), ("price", "0.001"), ("price", "NaN"),
        ("invoice_date", "19.05.2026"), ("invoice_date", "2026-02-31"), ("invoice_date", "1999-12-31"),
        ("invoice_date", "2999-01-01"), ("invoice_date", 20260519), ("invoice_date", "2026-05-19T10:00:00"),
        ("gender", ""), ("gender", "   "), ("category", "x" * 61), ("category", "a\u0000b"),
        ("shopping_mall", None), ("Tid", "x" * 81), ("Tid", 5), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(model, ask, field, value):
    told = problem(ask(**{field: value}), 422)
    assert [(e["where"], e["name"]) for e in told["errors"]] == [("body", field)]
    assert told["errors"][0]["detail"]
    assert not RevenuePrediction.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def test_every_wrong_value_is_named_at_once(model, ask):
    told = problem(ask(age=-1, quantity=0, price="x"), 422)
    assert {e["name"] for e in told["errors"]} == {"age", "quantity", "price"}


@pytest.mark.parametrize("body", ["{", "\x00", '{"age": ' + "[" * 5000])
def test_a_body_that_is_no_json_is_400(model, ask, body):
    problem(ask(_body=body), 400)


@pytest.mark.parametrize("body", ["", "[]", "7", "null", '"text"'])
def test_a_body_of_another_shape_is_422(model, ask, body):
    problem(ask(_body=body), 422)


def test_a_lone_surrogate_is_refused(model, ask):
    problem(ask(_body=json.dumps(ASKED | {"category": "\ud800"})), 422)


def test_a_large_body_is_413(model, ask):
    problem(ask(_body=" " * (16 * 1024) + json.dumps(ASKED)), 413)


def test_other_methods_and_addresses_are_problems_too(model, key):
    client = Client(headers={"Authorization": f"Bearer {key.secret}"})
    response = client.put(URL)
    problem(response, 405)
    assert response["Allow"] == "POST"
    for url in ("/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/predictions/x", "/api/v2/predictions/"):
        problem(client.get(url), 404)


def test_without_a_model_it_is_503_and_may_be_tried_again(key, ask):
    response = ask(_once="a")
    assert "no model in use yet" in problem(response, 503)["detail"]
    assert response["Retry-After"]
    fake_model.live()
    assert ask(_once="a").status_code == 201


def test_an_accident_is_a_problem_and_a_line_in_the_log(model, ask, monkeypatch, caplog):
    monkeypatch.setattr(fake_model.FakeModel, "answer", lambda self, row: 1 / 0)
    told = problem(ask(_once="a"), 500)
    assert "division" not in json.dumps(told)
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert not IdempotencyRecord.objects.exists()


def test_money_without_decimal_places(model, ask):
    Mall.objects.update_or_create(pk=1, defaults={"currency": "JPY"})
    problem(ask(price="600.16"), 422)
    assert ask(price="600").status_code == 201
    assert RevenuePrediction.objects.get().price_minor == 600


def test_the_limits_of_form_and_schema_are_the_columns(db):
    for name, length in predictions.LENGTHS.items():
        assert RevenuePrediction._meta.get_field(name).max_length == length
