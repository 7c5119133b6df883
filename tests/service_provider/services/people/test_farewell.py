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
from service_provider.queries.people.profile import NoShopper, my_data
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


def test_her_feedback_stays_without_what_names_her(anna: Any, bea: Any) -> None:
    plain = make.feedback(anna.shopper, rating=2)
    naming = make.feedback(
        anna.shopper, 2, text="Anna here: +49 30 1234", answer="Dear anna!", answered_at=make.NOON,
        answered_by="petra",
    )  # fmt: skip
    of_bea = make.feedback(bea.shopper, text="Anna helped me")
    farewell.delete(actor_of(anna), now=make.NOON)
    for row in (plain, naming, of_bea):
        row.refresh_from_db()
    assert (plain.text, plain.rating, plain.shopper) == ("The lift is slow.", 2, anna.shopper)
    assert (naming.text, naming.answer) == ("[...] here: [...]", "Dear [...]!")
    assert of_bea.text == "Anna helped me"  # bea's words of another anna


def test_her_data_holds_her_feedback_with_its_answers(anna: Any, bea: Any) -> None:
    make.feedback(anna.shopper, answer="Soon", answered_at=make.NOON, answered_by="petra")
    make.feedback(bea.shopper, text="Mine")
    (row,) = my_data(actor_of(anna))["feedback"]
    assert (row["text"], row["answer"], row["topic"]) == ("The lift is slow.", "Soon", "shop")
    assert "petra" not in row.values()
