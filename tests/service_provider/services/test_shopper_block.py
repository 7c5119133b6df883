"""Blocking, unblocking and correcting a shopper: a reason each time, a line in the log each time."""

from typing import Any

import pytest
from make import NOON

from service_provider.models import Account, AuditEntry, User
from service_provider.queries.access import actor_of
from service_provider.services import reasons
from service_provider.services.people import shoppers

REASON = "Used stolen cards"
NEW = shoppers.Correction(
    first_name="Anna", last_name="Berg", phone="+49 30 9999", country="Germany", state="Berlin", city="Berlin"
)


def _entries() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "target_id", "reason"))


def test_block_and_unblock_are_written_down(anna: Any, petra: Any) -> None:
    by = actor_of(petra)
    assert shoppers.block("key-anna", reason=f"  {REASON} ", by=by, now=NOON)
    blocked = User.objects.get(pk=anna.pk)
    assert (blocked.blocked_at, blocked.blocked_reason) == (NOON, REASON)
    assert shoppers.unblock("key-anna", reason="It was a mistake", by=by, now=NOON)
    free = User.objects.get(pk=anna.pk)
    assert (free.blocked_at, free.blocked_reason) == (None, "")
    assert _entries() == [
        ("block_shopper", "key-anna", REASON),
        ("unblock_shopper", "key-anna", "It was a mistake"),
    ]


def test_a_second_block_changes_nothing(anna: Any, petra: Any) -> None:
    by = actor_of(petra)
    assert shoppers.block("key-anna", reason=REASON, by=by, now=NOON)
    assert not shoppers.block("key-anna", reason="Another reason", by=by, now=NOON)
    assert User.objects.get(pk=anna.pk).blocked_reason == REASON
    assert len(_entries()) == 1


@pytest.mark.parametrize(
    ("reason", "accepted"), [("", False), ("    a   ", False), ("x" * 301, False), ("x" * 300, True)]
)
def test_a_reason_has_5_to_300_characters(anna: Any, petra: Any, reason: str, accepted: bool) -> None:
    if accepted:
        shoppers.block("key-anna", reason=reason, by=actor_of(petra), now=NOON)
    else:
        with pytest.raises(reasons.BadReason, match="5 to 300"):
            shoppers.block("key-anna", reason=reason, by=actor_of(petra), now=NOON)
    assert (User.objects.get(pk=anna.pk).blocked_at is not None) is accepted


def test_a_correction_logs_names_of_fields_and_never_values(anna: Any, petra: Any) -> None:
    changed = shoppers.correct("key-anna", NEW, reason="She rang us up", by=actor_of(petra), now=NOON)
    assert changed == ("first_name", "last_name", "phone")
    assert Account.objects.get(user=anna).phone == "+49 30 9999"
    assert User.objects.get(pk=anna.pk).get_full_name() == "Anna Berg"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.reason) == ("correct_shopper", "key-anna", "She rang us up")
    assert entry.detail == {"fields": ["first_name", "last_name", "phone"]}


def test_a_correction_that_changes_nothing_is_no_entry(anna: Any, petra: Any) -> None:
    for _ in range(2):
        shoppers.correct("key-anna", NEW, reason="She rang us up", by=actor_of(petra), now=NOON)
    assert AuditEntry.objects.count() == 1


def test_staff_cannot_be_blocked_as_shoppers(petra: Any) -> None:
    with pytest.raises(shoppers.ShopperNotFound):
        shoppers.block("petra", reason=REASON, by=actor_of(petra), now=NOON)
