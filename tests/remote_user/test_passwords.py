"""A password is forgotten, reset and changed."""

import re
from typing import Any

import make
import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
NEW = "eight blue bottles"


def ask(client: Client, email: str) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email})


def test_the_link_in_the_mail_gives_a_new_password(client: Client, anna: Any) -> None:
    ask(client, "anna@example.test")
    link = re.search(r"http://\S+", str(mail.outbox[-1].body))[0]  # type: ignore[index]
    elsewhere = Client()
    form = elsewhere.get(link, follow=True)
    assert form.status_code == 200
    done = elsewhere.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert done.status_code == 302
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    assert "_auth_user_id" not in elsewhere.session
    again = Client().get(link, follow=True)
    assert b"no longer good" in again.content


def test_an_unknown_address_gets_the_same_page(client: Client, anna: Any) -> None:
    known = client.get(ask(client, "anna@example.test").url).content
    unknown = client.get(ask(client, "nobody@example.test").url).content
    assert known == unknown
    assert "no account" in mail.outbox[-1].body


def test_reset_mails_are_limited_by_address_of_mail(client: Client, anna: Any, bea: Any) -> None:
    answers = [ask(Client(), "anna@example.test").status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5
    assert ask(client, "bea@example.test").status_code == 302


def test_she_changes_her_password_and_other_devices_are_logged_out(anna: Any, door: Any) -> None:
    here, there = door(anna), door(anna)
    data = {"oldpassword": make.PASSWORD, "password1": NEW, "password2": NEW}
    here.post(reverse("account_change_password"), data)
    assert here.get(reverse("shop:profile")).status_code == 200
    assert there.get(reverse("shop:profile")).status_code == 302
    assert mail.outbox[-1].to == ["anna@example.test"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"oldpassword": "wrong"}, "current password"),
        ({"password1": "short", "password2": "short"}, "too short"),
    ],
)
def test_a_password_is_not_changed_on_a_mistake(
    anna: Any, door: Any, changed: dict[str, str], said: str
) -> None:
    data = {"oldpassword": make.PASSWORD, "password1": NEW, "password2": NEW} | changed
    assert said in door(anna).post(reverse("account_change_password"), data).content.decode()
    anna.refresh_from_db()
    assert anna.check_password(make.PASSWORD)
