"""Django's admin: providers look at every table, nobody writes; staff change through their service only."""

from typing import Any

import make
import pytest
from django.urls import reverse

from service_provider import admin, models
from service_provider.models import AuditEntry, User

TABLES = [getattr(models, name) for name in models.__all__]


def _url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_table_is_there_and_no_other() -> None:
    assert set(admin.site._registry) == set(TABLES)


def test_only_providers_enter(anna: Any, petra: Any, alan: Any, door: Any) -> None:
    index = reverse("admin:index")
    assert door(petra).get(index).status_code == 200
    for person in (anna, alan):
        answer = door(person).get(index, follow=True)
        assert answer.status_code == 403
    assert door(None).get(index, follow=True).redirect_chain[-1][0] == "/provider/login/?next=/admin/"
    User.objects.filter(pk=petra.pk).update(is_active=False)
    assert door(petra).get(index).status_code == 302


def test_a_superuser_flag_opens_nothing(alan: Any, door: Any) -> None:
    User.objects.filter(pk=alan.pk).update(is_superuser=True)
    assert door(alan).get(_url(User, "changelist"), follow=True).status_code == 403


@pytest.mark.parametrize("model", TABLES, ids=lambda m: m.__name__)
def test_a_table_is_looked_at_and_never_added_to(petra: Any, door: Any, model: Any) -> None:
    client = door(petra)
    assert client.get(_url(model, "changelist")).status_code == 200
    assert client.get(_url(model, "add")).status_code == 403
    assert client.post(_url(model, "add"), {}).status_code == 403


def test_a_row_is_shown_and_neither_changed_nor_deleted(petra: Any, door: Any) -> None:
    row, client = make.data_set(), door(petra)
    change, delete = _url(type(row), "change", row.pk), _url(type(row), "delete", row.pk)
    assert "demo.csv" in client.get(change).content.decode()
    assert client.post(change, {"name": "changed"}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.name == "demo"


def test_secrets_and_big_fields_are_not_shown(petra: Any, alan: Any, door: Any) -> None:
    client, version = door(petra), make.model_version()
    for person in (petra, alan):
        assert person.password not in client.get(_url(User, "change", person.pk)).content.decode()
    assert "majority_rate" not in client.get(_url(type(version), "change", version.pk)).content.decode()
    job = make.job(checkpoint=b"0123456789")
    assert "checkpoint" not in client.get(_url(type(job), "change", job.pk)).content.decode().lower()


def test_staff_are_changed_through_their_service(petra: Any, alan: Any, door: Any) -> None:
    client, url = door(petra), _url(User, "change", alan.pk)
    assert client.post(url, {"role": "provider", "is_active": "on"}).status_code == 200
    assert User.objects.get(pk=alan.pk).role == "analyst"
    form = {"role": "provider", "is_active": "on", "reason": "She runs the office now", "username": "root"}
    assert client.post(url, form).status_code == 302
    alan.refresh_from_db()
    assert (alan.role, alan.username, alan.is_superuser) == ("provider", "alan", False)
    entry = AuditEntry.objects.get()
    assert (entry.actor_label, entry.verb, entry.reason) == (
        "petra",
        "change_staff",
        "She runs the office now",
    )


@pytest.mark.parametrize("name", ["anna", "petra"])
def test_shoppers_and_oneself_are_read_only(anna: Any, petra: Any, door: Any, name: str) -> None:
    user = User.objects.get(username=name)
    form = {"role": "analyst", "is_active": "on", "reason": "Trying it out"}
    client = door(petra)
    assert client.get(_url(User, "change", user.pk)).status_code == 200
    assert client.post(_url(User, "change", user.pk), form).status_code == 403
    assert User.objects.get(pk=user.pk).role == user.role


def test_its_log_out_logs_out_and_only_by_post(petra: Any, door: Any) -> None:
    client, url = door(petra), reverse("admin:logout")
    client.get(url)
    assert "_auth_user_id" in client.session
    assert client.post(url)["Location"] == "/provider/login/"
    assert "_auth_user_id" not in client.session
