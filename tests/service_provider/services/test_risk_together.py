"""What models said of many visits at the same moment is written together, and each visit has its own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import coupon_makers as made
import make
import pytest
import risk_models
from django.db import connection

from service_provider.models import Miss, RiskScore, Visit
from service_provider.services import offers, risk, serving

pytestmark = pytest.mark.django_db(transaction=True)
SHOPPERS = 12


@pytest.fixture(autouse=True)
def shoes() -> None:
    serving.forget()
    make.product("P1", category="Shoes")


def hesitate(number: int) -> int:
    try:
        ask = partial(risk.ask, clock=lambda: 0.0)
        return offers.answer(made.hesitation(f"S{number}"), ask=ask, clock=lambda: 0.0).accepted
    finally:
        connection.close()


def at_once() -> list[int]:
    with ThreadPoolExecutor(SHOPPERS) as pool:
        return list(pool.map(hesitate, range(SHOPPERS)))


def test_each_visit_keeps_its_own_score() -> None:
    risk_models.version(live=True)

    assert at_once() == [5] * SHOPPERS
    assert set(RiskScore.objects.values_list("visit_id", "step", "churn_ppm")) == set(
        Visit.objects.values_list("pk", "risk_step", "risk_ppm")
    )
    assert RiskScore.objects.count() == SHOPPERS
    assert not Miss.objects.exists()


def test_every_miss_is_counted() -> None:
    assert at_once() == [5] * SHOPPERS
    assert Miss.objects.get().count == SHOPPERS
    assert not RiskScore.objects.exists()
