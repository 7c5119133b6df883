"""What every page knows of a shopper: the pieces in her basket, and whether she may be watched."""

from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.models import BasketLine, Consent
from service_provider.queries.people import at_page, consent

pytestmark = pytest.mark.django_db


def answer(user: Any, granted: bool, *, days: int = 0, purpose: str = "analytics") -> None:
    at = make.NOON + timedelta(days=days)
    Consent.objects.create(user=user, purpose=purpose, granted=granted, at=at)


def put(shopper: Any, product_id: str, quantity: int) -> None:
    BasketLine.objects.create(
        shopper=shopper, product=make.product(product_id), quantity=quantity, changed_at=make.NOON
    )


def test_who_did_nothing_has_nothing_and_is_not_watched(anna: Any) -> None:
    assert at_page.get(anna.pk) == at_page.AtPage(basket_pieces=0, is_watched=False)


def test_an_account_that_is_gone_has_nothing(db: None) -> None:
    assert at_page.get(4711) == at_page.AtPage()


def test_pieces_are_those_of_her_own_basket(anna: Any, bea: Any) -> None:
    put(anna.shopper, "P1", 2)
    put(anna.shopper, "P2", 3)
    put(bea.shopper, "P3", 7)

    assert at_page.get(anna.pk).basket_pieces == 5


def test_the_newest_answer_counts(anna: Any, bea: Any) -> None:
    answer(anna, True, days=2)
    answer(anna, False, days=1)
    answer(bea, True)

    assert at_page.get(anna.pk).is_watched
    answer(anna, False, days=3)
    answer(anna, True, days=4, purpose="offers")
    assert not at_page.get(anna.pk).is_watched
    assert consent.is_watched(anna.pk) == at_page.get(anna.pk).is_watched


def test_it_is_one_query(anna: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        at_page.get(anna.pk)
