"""A question is worded once and answered each time."""

from datetime import UTC, datetime

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Product, Shopper

pytestmark = pytest.mark.django_db
SINCE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_answers_are_of_now_and_of_the_values_that_were_given() -> None:
    question = Question(
        lambda key, least: Product.objects.filter(product_id=key, price_minor__gt=least).values_list("title"),
        str,
        int,
    )
    assert question.ask("P1", 0) == []
    make.product("P1", title="Boots", price_minor=500)
    make.product("P2", title="Coat", price_minor=900)

    assert question.ask("P1", 0) == [("Boots",)]
    assert question.ask("P2", 899) == [("Coat",)]
    assert question.ask("P2", 900) == []
    assert question.ask("P2' OR 1 = 1 --", 0) == []


def test_answers_have_the_types_of_the_orm() -> None:
    shopper = Shopper.objects.create(key="S1", created_at=SINCE)
    question = Question(lambda pk: Shopper.objects.filter(pk=pk).values_list("key", "created_at"), int)

    assert (
        question.ask(shopper.pk) == list(Shopper.objects.values_list("key", "created_at")) == [("S1", SINCE)]
    )


def test_a_values_own_constants_stay_in_the_question() -> None:
    make.product("P1", stock=3)
    make.product("P2", stock=4)
    question = Question(
        lambda key: Product.objects.filter(stock=4, product_id=key, is_active=True).values_list("pk"), str
    )
    assert (len(question.ask("P1")), len(question.ask("P2"))) == (0, 1)


def test_each_asking_is_one_query() -> None:
    question = Question(lambda pk: Shopper.objects.filter(pk=pk).values_list("key"), int)
    with CaptureQueriesContext(connection) as queries:
        question.ask(1)
        question.ask(2)
    assert len(queries) == 2


def test_a_value_that_would_not_arrive_is_a_defect() -> None:
    question = Question(lambda pk: Shopper.objects.filter(pk=pk % 7).values_list("key"), int)
    with pytest.raises(ValueError, match="do not arrive"):
        question.ask(1)
