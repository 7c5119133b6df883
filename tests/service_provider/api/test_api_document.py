"""The document at /api/docs and /api/openapi.json, and the API held against it."""

from typing import Any

import fake_model
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service_provider.queries.access import COMMAND
from service_provider.services import keys
from shopping_mall.wsgi import application

OPERATIONS = [
    "predict", "get_prediction", "decide", "validate_coupon", "redeem_coupon", "reverse_redemption",
]  # fmt: skip


def test_the_page_names_every_operation_and_needs_no_script(db):
    response = Client().get("/api/docs")
    page = response.content.decode()
    assert response.status_code == 200
    for said in (
        "/api/v1/predictions/",
        "/api/v1/decisions/",
        "/api/pos/v1/validate",
        "/api/pos/v1/redeem",
        "/api/pos/v1/reverse",
        "dry_run",
        "redemption_id",
        "{prediction_id}",
        "Idempotency-Key",
        "shopping_mall",
        "votes",
        "openapi.json",
    ):
        assert said in page, said
    assert "<script" not in page
    assert "https://" not in page
    assert " style=" not in page
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_every_refusal_is_in_the_document(db):
    document = Client().get("/api/openapi.json").json()
    post = document["paths"]["/api/v1/predictions/"]["post"]["responses"]
    assert set(post) == {"201", "400", "401", "403", "409", "413", "422", "429", "500", "503"}
    for status, answer in post.items():
        kind = "application/json" if status == "201" else "application/problem+json"
        assert list(answer["content"]) == [kind], status


def test_every_operation_is_held_against_the_document(db):
    document = Client().get("/api/openapi.json").json()
    named = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    assert named == set(OPERATIONS)


def test_a_till_is_told_a_reason_and_a_sentence(db):
    document = Client().get("/api/openapi.json").json()
    for verb in ("validate", "redeem", "reverse"):
        answers = document["paths"][f"/api/pos/v1/{verb}"]["post"]["responses"]
        assert set(answers) == {"200", "400", "401", "403", "409", "413", "422", "429", "500"}
        assert "Refusal" in str(answers["409"]["content"]["application/problem+json"])
    assert {"reason", "say"} <= set(document["components"]["schemas"]["Refusal"]["properties"])


@pytest.fixture
def _one_connection():
    """Django closes what it thinks is an old connection around each request; here it is the test's own."""
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    yield
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


@pytest.fixture
def live(db, monkeypatch):
    monkeypatch.setattr(keys, "LIMIT", 10**9)
    fake_model.serve(monkeypatch)
    fake_model.live()
    return keys.make("till 1", ("predict", "till", "decide"), by=COMMAND, now=timezone.now(), mall="Kanyon")


@pytest.fixture
def document(db, _one_connection):
    return schemathesis.openapi.from_wsgi("/api/openapi.json", application)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_api_does_what_its_document_says(document: Any, live: Any, operation_id: str, mode: Any) -> None:
    @settings(
        max_examples=80,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document.find_operation_by_id(operation_id).as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        # The calendar, the currency's decimal places and a used Idempotency-Key are beyond a schema's words.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {live.secret}"}, excluded_checks=[positive_data_acceptance]
        )

    holds()
