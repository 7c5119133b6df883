"""Log in with an authenticator app as the second step."""

import re
import time
from typing import Any

import make
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def password_step() -> Client:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    return client


def show_it_is_her(client: Client) -> None:
    """Whoever changes the second step is asked for the password once more."""
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})


@pytest.fixture
def secret(anna: Any) -> str:
    """anna's secret, after she switched the second step on through the pages."""
    client = Client()
    client.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    show_it_is_her(client)
    page = client.get(reverse("mfa_activate_totp"))
    assert b"data:image/svg" in page.content
    found = re.search(r"Secret: <code>(\w+)</code>", page.content.decode())
    assert found
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(found[1], steps=-1)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert client.get(answer.url).status_code == 200
    return found[1]


def test_she_logs_in_with_a_code(secret: str) -> None:
    client = password_step()
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert "_auth_user_id" in client.session


def test_a_recovery_code_opens_once(secret: str) -> None:
    kept = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().get_unused_codes()[0]
    client = password_step()
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert "_auth_user_id" in client.session
    client = password_step()
    assert b"Incorrect code" in client.post(reverse("mfa_authenticate"), {"code": code}).content


def test_wrong_codes_are_limited(secret: str) -> None:
    for _ in range(6):
        assert (
            b"Incorrect code" in password_step().post(reverse("mfa_authenticate"), {"code": "000000"}).content
        )
    client = password_step()
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert b"Too many" in answer.content
    assert "_auth_user_id" not in client.session


def test_she_switches_it_off_again(secret: str) -> None:
    client = password_step()
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.exists()
    show_it_is_her(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()


def test_every_page_has_one_heading_and_no_inline_script(secret: str) -> None:
    client = password_step()
    assert client.get(reverse("mfa_authenticate")).content.count(b"<h1") == 1
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    for name in ("account_reauthenticate", "mfa_reauthenticate"):
        assert client.get(reverse(name)).content.count(b"<h1") == 1, name
    show_it_is_her(client)
    for name in (
        "mfa_index",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    ):
        page = client.get(reverse(name)).content
        assert page.count(b"<h1") == 1, name
        assert b"<script" not in page
        assert b"style=" not in page
