"""A served model, a key, and a till that asks."""

import json

import fake_model
import pytest
from api_door import ASKED, URL
from django.test import Client
from django.utils import timezone
from till_sales import coupon, till, till_key  # noqa: F401

from service_provider.queries.access import COMMAND
from service_provider.services import keys


@pytest.fixture(autouse=True)
def _served(monkeypatch):
    fake_model.serve(monkeypatch)


@pytest.fixture
def model(db):
    return fake_model.live()


@pytest.fixture
def key(db):
    return keys.make("till 1", ("predict",), by=COMMAND, now=timezone.now())


@pytest.fixture
def ask(key):
    """`ask(age=3)` posts the good transaction with that change; `ask(_body=...)` anything else."""
    numbers = iter(range(1000))

    def post(*, _body=None, _once=None, _key=key.secret, **changes):
        body = _body if _body is not None else json.dumps(ASKED | changes)
        headers = {"Authorization": f"Bearer {_key}", "Idempotency-Key": _once or f"once-{next(numbers)}"}
        return Client().post(URL, body, content_type="application/json", headers=headers)

    return post
