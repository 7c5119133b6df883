"""The shopper's door: who comes in, who is sent elsewhere, who has to wait."""

from typing import Any

import make
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


def log_in(
    login: str, password: str = make.PASSWORD, *, address: str = HERE, **extra: Any
) -> tuple[Client, Any]:
    client = Client(REMOTE_ADDR=address)
    return client, client.post(reverse("account_login"), {"login": login, "password": password, **extra})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["anna", "ANNA", "anna@example.test", "Anna@Example.test"])
def test_by_name_or_email(anna: Any, login: str) -> None:
    client, answer = log_in(login)
    assert is_in(client)
    assert answer.url == reverse("shop:home")


def test_a_wrong_password_keeps_the_name(anna: Any) -> None:
    client, answer = log_in("anna", "wrong")
    assert not is_in(client)
    assert b'value="anna"' in answer.content
    assert b"not correct" in answer.content


@pytest.mark.parametrize(
    ("next_url", "leads_to"),
    [("/profile/consent/", "/profile/consent/"), ("https://evil.example/", "/"), ("//evil.example/", "/")],
)
def test_next_leads_to_this_site_only(anna: Any, next_url: str, leads_to: str) -> None:
    assert log_in("anna", next=next_url)[1].url == leads_to


def test_a_page_of_hers_asks_to_log_in_first(client: Client) -> None:
    assert client.get(reverse("shop:profile")).url == f"{reverse('account_login')}?next=/profile/"


@pytest.mark.parametrize("password", [make.PASSWORD, "wrong"])
def test_staff_are_shown_their_own_door_only_after_the_right_password(petra: Any, password: str) -> None:
    client, answer = log_in("petra", password)
    assert not is_in(client)
    said = answer.content.decode().split("<main", 1)[1].split("<form", 1)[1].split("</form>")[0]
    assert (reverse("provider:login") in said) == (password == make.PASSWORD)


def test_a_blocked_shopper_is_refused_politely(anna: Any) -> None:
    anna.blocked_at = make.NOON
    anna.save()
    client, answer = log_in("anna")
    assert not is_in(client)
    assert b"This account is blocked" in answer.content


def test_she_logs_out(anna: Any, door: Any) -> None:
    client = door(anna)
    assert client.post(reverse("account_logout")).url == reverse("shop:home")
    assert not is_in(client)


def test_the_first_page_leads_nobody_to_the_log_in(client: Client) -> None:
    page = client.get(reverse("shop:home")).content.decode()
    assert f'href="{reverse("account_login")}"' in page
    assert f'href="{reverse("account_signup")}"' in page


# ---- lock-out -----------------------------------------------------------------------------------------


def fail(login: str, times: int, *, address: str = HERE) -> Any:
    for _ in range(times):
        answer = log_in(login, "wrong", address=address)[1]
    return answer


def test_six_wrong_tries_lock_the_account_from_that_address_alone(anna: Any, bea: Any) -> None:
    assert fail("anna", 5).status_code == 200
    locked = fail("anna", 1)
    assert locked.status_code == 429
    assert b"30 minutes" in locked.content
    client, answer = log_in("anna")
    assert answer.status_code == 429
    assert not is_in(client)
    assert is_in(log_in("anna", address=ELSEWHERE)[0])
    assert is_in(log_in("bea")[0])


def test_spelling_the_account_otherwise_gives_no_further_tries(anna: Any) -> None:
    for login in ("anna", "anna@example.test", "ANNA", "Anna@example.test", " anna "):
        assert fail(login, 1).status_code == 200
    assert fail("anna@example.test", 1).status_code == 429


def test_another_browser_gives_no_further_tries(anna: Any) -> None:
    fail("anna", 5)
    client = Client(REMOTE_ADDR=HERE, headers={"user-agent": "another"})
    answer = client.post(reverse("account_login"), {"login": "anna", "password": "wrong"})
    assert answer.status_code == 429


def test_a_success_forgets_the_wrong_tries(anna: Any) -> None:
    fail("anna", 5)
    assert is_in(log_in("anna")[0])
    assert fail("anna", 5).status_code == 200


def test_a_spoofed_header_is_no_other_address(anna: Any) -> None:
    fail("anna", 6)
    client = Client(REMOTE_ADDR=HERE, headers={"x-forwarded-for": "10.9.9.9"})
    answer = client.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    assert answer.status_code == 429


def test_behind_a_proxy_its_own_entry_counts_and_not_what_the_visitor_wrote(anna: Any, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(6):
        client = Client(REMOTE_ADDR="10.5.5.5", headers={"x-forwarded-for": f"1.1.1.{number}, {HERE}"})
        answer = client.post(reverse("account_login"), {"login": "anna", "password": "wrong"})
    assert answer.status_code == 429
    other = Client(REMOTE_ADDR="10.5.5.5", headers={"x-forwarded-for": ELSEWHERE})
    other.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    assert is_in(other)


def test_a_network_of_ipv6_is_one_address(anna: Any) -> None:
    for number in range(6):
        answer = fail("anna", 1, address=f"2001:db8::{number + 1}")
    assert answer.status_code == 429


def test_unknown_names_are_counted_too_and_never_crash(anna: Any) -> None:
    assert fail("x" * 254, 6).status_code == 429
    assert fail("nobody\0", 1).status_code == 200


def test_no_limit_looks_at_the_address_alone() -> None:
    from allauth.account import app_settings
    from allauth.mfa import app_settings as mfa_settings

    limits = [*app_settings.RATE_LIMITS.values(), *mfa_settings.RATE_LIMITS.values()]
    rates = [rate for limit in limits if limit for rate in limit.split(",")]
    assert rates
    assert all(rate.rsplit("/", 1)[1] in ("key", "user") for rate in rates), rates
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]
