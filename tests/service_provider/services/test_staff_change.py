"""Changing a colleague's account: never one's own, never the last provider's."""

from typing import Any

import make
import pytest
from make import NOON

from service_provider.models import AuditEntry, User
from service_provider.queries.access import COMMAND, actor_of
from service_provider.services.people import staff

REASON = "She moved to another office"


def _change(user: Any, by: Any, **to: Any) -> bool:
    to = {"role": user.role, "active": user.is_active} | to
    return staff.change(user.pk, reason=REASON, by=by, now=NOON, **to)


@pytest.fixture
def paula(db: None) -> Any:
    return make.user("paula", role="provider")


def test_a_role_changes_and_is_written_down(petra: Any, alan: Any) -> None:
    assert _change(alan, actor_of(petra), role="provider")
    assert User.objects.get(pk=alan.pk).role == "provider"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.reason) == ("change_staff", "alan", REASON)
    assert entry.detail == {"role": ["analyst", "provider"]}


def test_a_shut_account_ends_its_sessions_and_opens_again(petra: Any, alan: Any, door: Any) -> None:
    browser = door(alan)
    _change(alan, actor_of(petra), active=False)
    assert "_auth_user_id" in browser.session
    assert browser.get("/").wsgi_request.user.is_anonymous
    alan.refresh_from_db()
    assert _change(alan, actor_of(petra), active=True)
    assert User.objects.get(pk=alan.pk).is_active


@pytest.mark.parametrize("to", [{"role": "analyst"}, {"active": False}])
def test_the_last_active_provider_stays(petra: Any, paula: Any, to: dict[str, Any]) -> None:
    assert _change(paula, actor_of(petra), **to)
    with pytest.raises(staff.StaffRefused, match="last active provider"):
        _change(petra, COMMAND, **to)
    assert User.objects.filter(pk=petra.pk, role="provider", is_active=True).exists()


def test_nobody_changes_herself(petra: Any, paula: Any) -> None:
    with pytest.raises(staff.StaffRefused, match="your own account"):
        _change(petra, actor_of(petra), role="analyst")
    assert _change(petra, actor_of(paula), role="analyst")


def test_a_shopper_is_no_staff(petra: Any, anna: Any) -> None:
    with pytest.raises(staff.StaffRefused, match="not a staff account"):
        _change(anna, actor_of(petra), role="provider")
    with pytest.raises(staff.StaffRefused, match="provider or analyst"):
        _change(petra, COMMAND, role="shopper")


def test_no_difference_is_no_entry(petra: Any, alan: Any) -> None:
    assert not _change(alan, actor_of(petra))
    assert not AuditEntry.objects.exists()
