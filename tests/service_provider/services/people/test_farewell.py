"""What is left of a shopper who went."""

from typing import Any

import make
import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from service_provider.models import User
from service_provider.queries.access import actor_of
from service_provider.queries.people.profile import NoShopper
from service_provider.services.people import farewell

pytestmark = pytest.mark.django_db


def test_sessions_half_way_through_the_door_go_too(anna: Any, bea: Any) -> None:
    anna.emailaddress_set.update(verified=False)
    half_way = Client()
    half_way.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    somebody = SessionStore()
    somebody["basket"] = ["shoes"]
    somebody.create()
    assert Session.objects.count() == 2

    assert half_way.session["account_login"]
    farewell.delete(actor_of(anna), now=make.NOON)
    assert list(Session.objects.values_list("pk", flat=True)) == [somebody.session_key]


def test_failed_log_ins_under_her_name_go(anna: Any, bea: Any) -> None:
    for name in ("anna", "bea"):
        Client().post(reverse("account_login"), {"login": name, "password": "wrong"})
    farewell.delete(actor_of(anna), now=make.NOON)
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["bea"]


def test_staff_are_not_deleted_here(petra: Any) -> None:
    with pytest.raises(NoShopper):
        farewell.delete(actor_of(petra), now=make.NOON)
    assert User.objects.filter(pk=petra.pk).exists()
