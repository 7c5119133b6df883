"""Accounts that are lent to simulated shoppers: the crowd's, with passwords of the demo's own key."""

from typing import Any

import make
import pytest

from service_provider.management.demo import cast
from service_provider.management.play import accounts
from service_provider.management.play.accounts import Account, Accounts
from service_provider.models import AuditEntry, User
from service_provider.queries.access import actor_of
from service_provider.services.people import profile

KEY = "k" * 32


@pytest.fixture
def crowd(db: None) -> None:
    """anna of the demo's cast, and two of the crowd of whom one lets nobody look."""
    for name, is_watched in (("anna", True), (cast.names()[2], True), (cast.names()[3], False)):
        user = make.user(name)
        profile.answer_consent(actor_of(user), {"analytics": is_watched, "offers": False}, now=make.NOON)


def test_who_lets_the_mall_look_is_lent_and_anna_is_not(crowd: Any) -> None:
    lent = accounts.open_some(9, key=KEY, now=make.NOON)
    account = lent.take()

    assert account is not None
    assert lent.take() is None
    assert account.name == cast.names()[2]
    assert User.objects.get(username=account.name).check_password(account.password)
    assert User.objects.get(username="anna").check_password(make.PASSWORD)
    assert User.objects.get(username=cast.names()[3]).check_password(make.PASSWORD)


def test_two_processes_of_one_demo_know_the_same_password(crowd: Any) -> None:
    first = accounts.open_some(9, key=KEY, now=make.NOON).take()
    kept = User.objects.get(username=cast.names()[2]).password

    assert accounts.open_some(9, key=KEY, now=make.NOON).take() == first
    assert User.objects.get(username=cast.names()[2]).password == kept  # her log ins go on
    assert AuditEntry.objects.filter(verb="give_passwords").count() == 1


def test_no_more_are_opened_than_are_wanted(crowd: Any) -> None:
    assert accounts.open_some(0, key=KEY, now=make.NOON).take() is None


def test_another_demo_has_other_passwords(crowd: Any) -> None:
    first = accounts.open_some(9, key=KEY, now=make.NOON).take()
    assert accounts.open_some(9, key="another", now=make.NOON).take() != first


def test_where_no_demo_is_loaded_nothing_is_lent(db: None) -> None:
    assert accounts.open_some(9, key=KEY, now=make.NOON).take() is None
    assert not AuditEntry.objects.exists()


def test_whoever_bought_longest_ago_is_next_and_nobody_twice() -> None:
    lent = Accounts([Account("a", ""), Account("b", "")])
    first, second = lent.take(), lent.take()
    assert lent.take() is None
    assert first is not None
    assert second is not None
    lent.give_back(second)
    lent.give_back(first)

    assert (lent.take(), lent.take()) == (second, first)
