"""The provider's own door: staff enter, everybody else is told what a wrong password is told."""

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.conf import settings
from django.test import Client
from django.urls import reverse
from make import PASSWORD

from service_provider.dashboard.office_forms import MISMATCH
from service_provider.models import User

DOOR = "/provider/login/"


def _enter(login: str, password: str = PASSWORD, *, client: Client | None = None, **more: str) -> Any:
    return (client or Client()).post(DOOR, {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["petra", "petra@example.test"])
def test_a_provider_enters_to_the_overview(petra: Any, login: str) -> None:
    client = Client()
    answer = _enter(login, client=client)
    assert (answer.status_code, answer["Location"]) == (302, reverse("provider:overview"))
    assert client.session.get_expire_at_browser_close()
    assert client.get(DOOR)["Location"] == reverse("provider:overview")


def test_an_analyst_enters(alan: Any) -> None:
    assert _enter("alan").status_code == 302


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/provider/staff/", "/provider/staff/"),
        ("https://evil.test/", "/provider/"),
        ("//evil.test", "/provider/"),
    ],
)
def test_next_is_followed_when_it_stays_here(petra: Any, asked: str, led: str) -> None:
    assert _enter("petra", next=asked)["Location"] == led


def _refusal(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return list(answer.context["form"].non_field_errors())


@pytest.mark.parametrize(
    ("login", "password"), [("petra", "wrong"), ("nobody", PASSWORD), ("anna", PASSWORD)]
)
def test_the_refusal_tells_nothing(petra: Any, anna: Any, login: str, password: str) -> None:
    client = Client()
    assert _refusal(_enter(login, password, client=client)) == [MISMATCH]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "shopper"}])
def test_who_has_left_is_refused_alike(petra: Any, change: dict[str, Any]) -> None:
    assert _enter("petra").status_code == 302
    User.objects.filter(pk=petra.pk).update(**change)
    assert _refusal(_enter("petra")) == [MISMATCH]


@pytest.mark.parametrize(("login", "password"), [("petra", "wrong"), ("anna", PASSWORD)])
def test_six_failures_lock_out_whatever_their_kind(petra: Any, anna: Any, login: str, password: str) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert _enter(login, password).status_code == 200
    assert _enter(login, password).status_code in (403, 429)
    assert _enter(login, PASSWORD).status_code in (403, 429)


def test_a_second_step_is_asked_for_where_it_is_switched_on(petra: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(petra, secret)
    client = Client()
    answer = _enter("petra", client=client, next="/provider/staff/")
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/provider/staff/")


def test_a_shopper_at_the_door_is_told_to_log_out(anna: Any, door: Any) -> None:
    client = door(anna)
    answer = client.get(f"{DOOR}?next=/admin/")
    assert answer.status_code == 403
    assert "logged in as a shopper" in answer.content.decode()


def test_log_out_is_a_post(petra: Any, door: Any) -> None:
    client = door(petra)
    assert client.get(reverse("provider:logout")).status_code == 405
    assert client.post(reverse("provider:logout"))["Location"] == DOOR
    assert "_auth_user_id" not in client.session
