"""A person keeps her group when she logs in."""

from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import HOUR, NOW

from engine.experiments.assign import HOLDOUT, TREATED, group_of
from service_provider.models import Decision, Mall
from service_provider.queries import arms, replays
from service_provider.services import visitors

pytestmark = pytest.mark.django_db
OTHER = {HOLDOUT: TREATED, TREATED: HOLDOUT}


def key_in(group: str, prefix: str) -> str:
    """A key that falls into this group where half of all are held out."""
    keys = (f"{prefix}-{number}" for number in range(99))
    return next(key for key in keys if group_of(key, holdout_bp=5_000) == group)


@pytest.fixture
def account(anna: Any) -> Any:
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.campaign(budget_minor=10**6, limit_per_shopper=9)
    Mall.objects.update_or_create(pk=1, defaults={"holdout_bp": 5_000})
    return anna.shopper


def named(shopper: Any, group: str) -> None:
    type(shopper).objects.filter(pk=shopper.pk).update(key=key_in(group, "account"))
    shopper.refresh_from_db()


def groups() -> list[str]:
    return list(Decision.objects.order_by("at_ms").values_list("group", flat=True))


@pytest.mark.parametrize("group", [HOLDOUT, TREATED])
def test_a_visitor_who_logs_in_stays_where_she_is(account: Any, group: str) -> None:
    """Also where the key of her account belongs to the other group."""
    named(account, OTHER[group])
    visitor = key_in(group, "visitor")
    made.decided(visitor, tag="before")
    visitors.merge(visitor, account.pk, now=make.NOON)
    made.decided(account.key, at=NOW + HOUR, tag="after")

    assert groups() == [group, group]
    assert Decision.objects.filter(shopper=account).count() == 2
    for decision in Decision.objects.all():
        assert replays.replay(decision.pk).is_identical


def test_whom_nothing_was_decided_on_has_the_group_of_her_own_key(account: Any) -> None:
    assert arms.key_of(account.pk, own=account.key) == account.key
    named(account, HOLDOUT)
    made.decided(account.key)

    assert groups() == [HOLDOUT]


def test_an_account_that_was_met_before_keeps_its_own_whatever_a_new_visitor_was(account: Any) -> None:
    named(account, HOLDOUT)
    made.decided(account.key, tag="first")
    visitor = key_in(TREATED, "visitor")
    made.decided(visitor, at=NOW + HOUR, tag="then")
    visitors.merge(visitor, account.pk, now=make.NOON)
    made.decided(account.key, at=NOW + 2 * HOUR, tag="after")

    assert groups() == [HOLDOUT, TREATED, HOLDOUT]
