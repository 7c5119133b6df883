"""The pages of staff: inviting, joining, changing; for providers, but for the invited person's own page."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from make import PASSWORD

from service_provider.models import Invitation, User


def _invite(client: Client, email: str = "ines@example.test", role: str = "analyst") -> Any:
    return client.post(reverse("provider:staff-invite"), {"email": email, "role": role})


def _mailed_link() -> str:
    found = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def _join(link: str, **fields: str) -> Any:
    given = {"username": "ines", "password": PASSWORD, "password_again": PASSWORD}
    return Client().post(link, given | fields)


@pytest.mark.parametrize("name", ["staff", "staff-invite", "audit"])
def test_providers_only(anna: Any, petra: Any, alan: Any, door: Any, name: str) -> None:
    url = reverse(f"provider:{name}")
    assert door(petra).get(url).status_code == 200
    assert door(alan).get(url).status_code == 403
    assert door(anna).get(url).status_code == 403
    assert door(None).get(url)["Location"].startswith("/provider/login/")


def test_from_invitation_to_log_in(petra: Any, door: Any) -> None:
    office = door(petra)
    assert _invite(office)["Location"] == reverse("provider:staff")
    assert "ines@example.test" in office.get(reverse("provider:staff")).content.decode()
    link = _mailed_link()
    assert "ines@example.test" in Client().get(link).content.decode()
    assert _join(link)["Location"] == reverse("provider:login")
    answer = Client().post(reverse("provider:login"), {"login": "ines", "password": PASSWORD})
    assert answer["Location"] == reverse("provider:overview")
    assert Client().get(link).status_code == 410
    assert _join(link, username="other").status_code == 410
    assert not User.objects.filter(username="other").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password_again": "something else"}, "password_again"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"username": "petra"}, "username"),
        ({"username": ""}, "username"),
    ],
)
def test_errors_stand_beside_the_field_and_keep_the_link(
    petra: Any, door: Any, wrong: dict[str, str], field: str
) -> None:
    _invite(door(petra))
    answer = _join(_mailed_link(), **wrong)
    assert list(answer.context["form"].errors) == [field]
    assert Invitation.objects.get().accepted_at is None


def test_a_made_up_link_is_closed(db: None) -> None:
    assert Client().get(reverse("provider:staff-join", args=["made-up"])).status_code == 410


def test_an_address_with_an_account_is_refused_beside_the_field(petra: Any, anna: Any, door: Any) -> None:
    answer = _invite(door(petra), "anna@example.test")
    assert "already has an account" in str(answer.context["form"].errors["email"])
    assert 'value="anna@example.test"' in answer.content.decode()


def test_an_invitation_is_taken_back_with_a_reason(petra: Any, alan: Any, door: Any) -> None:
    office = door(petra)
    _invite(office)
    url = reverse("provider:staff-revoke", args=[Invitation.objects.get().pk])
    assert door(alan).post(url, {"reason": "She took another job"}).status_code == 403
    assert office.post(url, {"reason": ""}).status_code == 200
    assert Client().get(_mailed_link()).status_code == 200
    office.post(url, {"reason": "She took another job"})
    assert Client().get(_mailed_link()).status_code == 410
    assert office.get(url).status_code == 404


def test_a_colleague_is_changed_with_a_reason(petra: Any, alan: Any, door: Any) -> None:
    office = door(petra)
    url = reverse("provider:staff-change", args=[alan.pk])
    assert (
        door(alan).post(url, {"role": "provider", "active": "on", "reason": "I want it"}).status_code == 403
    )
    assert "reason" in office.post(url, {"role": "provider", "active": "on"}).context["form"].errors
    office.post(url, {"role": "provider", "reason": "On leave for a year"})
    alan.refresh_from_db()
    assert (alan.role, alan.is_active) == ("provider", False)


def test_the_last_provider_and_oneself_stay(petra: Any, anna: Any, door: Any) -> None:
    url = reverse("provider:staff-change", args=[petra.pk])
    answer = door(petra).post(url, {"role": "analyst", "active": "on", "reason": "I am tired of it"})
    assert "cannot change your own" in str(answer.context["form"].errors)
    assert User.objects.get(pk=petra.pk).role == "provider"
    assert door(petra).get(reverse("provider:staff-change", args=[anna.pk])).status_code == 404
