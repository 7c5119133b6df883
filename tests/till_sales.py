"""A till that sells shoes, for tests of the API: its key, a running campaign, one of anna's coupons."""

import json
from types import SimpleNamespace
from typing import Any

import coupon_makers
import pytest
from api_door import problem
from django.test import Client
from django.utils import timezone
from shop_events import DAY

from service_provider.queries.access import COMMAND
from service_provider.services import coupons, keys

SHOES = [{"product_id": "P1", "category": "Shoes", "price": "20.00", "quantity": 2}]
TOYS = {"category": "Toys", "price": "5.00"}
WRONG = "AAAAAAAAAAAAAA"
NOT_USABLE = coupons.redeeming.SENTENCES["unknown"]


def key_in(mall: str, name: str = "till 1", scope: str = "till") -> Any:
    return keys.make(name, (scope,), by=COMMAND, now=timezone.now(), mall=mall)


@pytest.fixture
def till_key(db: None) -> Any:
    return key_in("Kanyon")


@pytest.fixture
def coupon(anna: Any) -> Any:
    """Ten percent off shoes, at most 5.00, alive now."""
    ends = int(timezone.now().timestamp() * 1000) + DAY
    return coupon_makers.issued(coupon_makers.campaign(), anna.shopper, expires_ms=ends)


@pytest.fixture
def till(till_key: Any) -> Any:
    """`till("redeem", code)` posts a sale of shoes; `_once`, `_key`, `_dry` and other values of the body as named."""
    numbers = iter(range(10_000))

    def post(
        verb: str, code: Any = None, /, *, _once: Any = None, _key: str = till_key.secret, _dry: bool = False,
        _body: Any = None, **changes: Any
    ) -> Any:  # fmt: skip
        body = {"code": code, "sale": "S1", "lines": SHOES} if code is not None else {}
        headers = {"Authorization": f"Bearer {_key}", "Idempotency-Key": _once or f"once-{next(numbers)}"}
        url = f"/api/pos/v1/{verb}" + ("?dry_run=true" if _dry else "")
        sent = json.dumps(body | changes) if _body is None else _body
        return Client().post(url, sent, content_type="application/json", headers=headers)

    return post


def refusal(response: Any, status: int = 409) -> Any:
    told = problem(response, status)
    return SimpleNamespace(reason=told.get("reason", ""), say=told.get("say", ""), detail=told["detail"])
