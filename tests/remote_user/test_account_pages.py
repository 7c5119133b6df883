"""What every page of the account promises."""

import re
from typing import Any

import make
import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

FOR_ALL = (
    "shop:home",
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
)
HERS = (
    "shop:home", "shop:profile", "shop:profile-edit", "shop:preferences", "shop:consent", "shop:account-delete",
    "account_email", "account_change_password", "account_logout", "account_reauthenticate", "mfa_index",
)  # fmt: skip


def check(page: str) -> None:
    assert page.count("<h1") == 1
    title = page.split("<title>", 1)[1].split("</title>", 1)[0]
    assert title.split("·")[0].strip()
    assert "style=" not in page
    assert re.search(r'<script(?! src="/static/)', page) is None  # none in the page itself
    assert "onclick" not in page


@pytest.mark.parametrize("name", FOR_ALL)
def test_a_page_for_all(door: Any, name: str) -> None:
    check(door(None).get(reverse(name)).content.decode())


@pytest.mark.parametrize("name", HERS)
def test_a_page_of_hers(anna: Any, door: Any, name: str) -> None:
    answer = door(anna).get(reverse(name))
    assert answer.status_code == 200
    check(answer.content.decode())


def test_the_policy_of_content_is_this_host_only(door: Any) -> None:
    policy = door(None).get(reverse("shop:home"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


def test_a_blocked_shopper_is_out_at_her_next_click(anna: Any, door: Any) -> None:
    client = door(anna)
    assert client.get(reverse("shop:profile")).status_code == 200
    anna.blocked_at = make.NOON
    anna.save()
    assert client.get(reverse("shop:profile")).url == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_an_email_is_changed_by_a_code(anna: Any, bea: Any, door: Any, mailoutbox: Any) -> None:
    client = door(anna)
    client.post(reverse("account_email"), {"email": "new@example.test", "action_add": ""})
    if not mailoutbox:  # asked to show that it is her
        client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
        client.post(reverse("account_email"), {"email": "new@example.test", "action_add": ""})
    code = client.session["account_email_verification_code"]["code"]
    assert code in mailoutbox[-1].body
    client.post("/account/confirm-email/", {"code": code})
    anna.refresh_from_db()
    assert anna.email == "new@example.test"
    assert list(anna.emailaddress_set.values_list("email", "verified")) == [("new@example.test", True)]


def test_an_email_that_another_holds_unconfirmed_is_not_taken(anna: Any, bea: Any, door: Any) -> None:
    bea.emailaddress_set.update(verified=False)
    client = door(anna)
    client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    client.post(reverse("account_email"), {"email": "bea@example.test", "action_add": ""})
    code = client.session["account_email_verification_code"]["code"]
    answer = client.post("/account/confirm-email/", {"code": code}, follow=True)
    assert answer.status_code == 200
    anna.refresh_from_db()
    assert anna.email == "anna@example.test"
    assert anna.emailaddress_set.get().email == "anna@example.test"
