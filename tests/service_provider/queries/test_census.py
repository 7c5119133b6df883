"""Whose visits may be looked at, by what she answered last."""

from datetime import timedelta

import make
import pytest

from service_provider.models import Account, Consent
from service_provider.queries.people import census
from service_provider.queries.people.census import Inhabitant

pytestmark = pytest.mark.django_db


def answer(user: object, granted: bool, *, days: int = 0, purpose: str = "analytics") -> None:
    at = make.NOON + timedelta(days=days)
    Consent.objects.create(user=user, purpose=purpose, granted=granted, at=at)


def test_who_said_yes_is_told_in_the_order_of_the_names() -> None:
    for name in ("anna", "bea"):
        answer(make.user(name, date_joined=make.NOON), True)
    Account.objects.filter(user__username="bea").update(gender="Female", birth_year=1990)

    assert census.list_watched(["bea", "nobody", "anna"]) == (
        Inhabitant("bea", "key-bea", "Female", 1990, make.NOON),
        Inhabitant("anna", "key-anna", "", None, make.NOON),
    )


@pytest.mark.parametrize("answers", [[], [False], [True, False]])
def test_who_said_no_at_last_or_nothing_is_left_out(answers: list[bool]) -> None:
    anna = make.user("anna")
    answer(anna, True, purpose="offers", days=9)
    for day, granted in enumerate(answers):
        answer(anna, granted, days=day)

    assert census.list_watched(["anna"]) == ()


def test_who_changed_her_mind_to_yes_is_told() -> None:
    anna = make.user("anna")
    answer(anna, False)
    answer(anna, True, days=1)

    assert [one.key for one in census.list_watched(["anna"])] == ["key-anna"]


def test_staff_are_not_shoppers() -> None:
    answer(make.user("petra", role="provider"), True)

    assert census.list_watched(["petra"]) == ()
