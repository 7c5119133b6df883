"""A question is worded once and answered each time."""

from datetime import UTC, date, datetime

import make
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from service_provider.adapters.ledger.prepared import Change, Question
from service_provider.models import Product, SearchDay, Shopper

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


# ---- changes ----------------------------------------------------------------------------------------


def test_a_change_touches_the_rows_that_are_meant_and_says_how_many() -> None:
    make.product("P1", stock=3, price_minor=100)
    make.product("P2", stock=3, price_minor=200)
    sell = Change(
        lambda key, pieces: (
            Product.objects.filter(product_id=key, stock__gte=pieces),
            {"stock": F("stock") - pieces},
        ),
        str,
        int,
    )
    assert (sell.make("P1", 2), sell.make("P1", 2), sell.make("P1", 1), sell.make("nothing", 1)) == (
        1,
        0,
        1,
        0,
    )
    assert dict(Product.objects.values_list("product_id", "stock")) == {"P1": 0, "P2": 3}


def test_a_change_may_name_a_day() -> None:
    SearchDay.objects.create(day=date(2026, 3, 2), words="boots", count=1)
    SearchDay.objects.create(day=date(2026, 3, 3), words="boots", count=1)
    more = Change(
        lambda day, times: (SearchDay.objects.filter(day=day), {"count": F("count") + times}), date, int
    )
    assert more.make(date(2026, 3, 3), 4) == 1
    assert list(SearchDay.objects.order_by("day").values_list("count", flat=True)) == [1, 5]


def test_a_change_to_what_is_there_already_counts_its_row() -> None:
    make.product("P1", stock=3)
    assert (
        Change(lambda key, n: (Product.objects.filter(product_id=key), {"stock": n}), str, int).make("P1", 3)
        == 1
    )
