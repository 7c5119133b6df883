"""A shopper registers: form, mail, code; and what happens when something is not right."""

import re
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from service_provider.models import Account, AuditEntry, Consent, Shopper, User
from service_provider.services.people import registration

pytestmark = pytest.mark.django_db
CODE_PAGE = "/account/confirm-email/"


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "username": "carla", "email": "carla@example.test",
        "password1": "seven green bottles", "password2": "seven green bottles",
        "phone": "+49 (30) 12-34", "country": "Germany", "state": "Berlin", "city": "Berlin",
    } | changed  # fmt: skip


def register(client: Client, **changed: Any) -> Any:
    return client.post(reverse("account_signup"), typed(**changed))


def code_in_mail() -> str:
    found = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def test_she_registers_confirms_and_is_logged_in(client: Client) -> None:
    answer = register(client)
    assert answer.url == CODE_PAGE
    assert "_auth_user_id" not in client.session
    page = client.get(CODE_PAGE).content.decode()
    assert "carla@example.test" in page
    assert reverse("demo-mail") in page

    answer = client.post(CODE_PAGE, {"code": code_in_mail()})
    assert answer.url == reverse("shop:home")
    assert b"Good to see you, carla" in client.get(answer.url).content


def test_everything_is_made_together(client: Client) -> None:
    register(client, offers="on")
    user = User.objects.get(username="carla")
    assert user.role == "shopper"
    assert user.check_password("seven green bottles")
    assert re.fullmatch(r"[0-9a-f]{16}", user.shopper.key)
    account = Account.objects.get(user=user)
    assert (account.phone, account.country, account.state, account.city) == (
        "+49 (30) 12-34", "Germany", "Berlin", "Berlin",
    )  # fmt: skip
    assert dict(Consent.objects.filter(user=user).values_list("purpose", "granted")) == {
        "necessary": True, "analytics": False, "offers": True,
    }  # fmt: skip
    entry = AuditEntry.objects.get(verb="register")
    assert (entry.target_id, entry.actor_label) == (user.shopper.key, f"shopper {user.shopper_id}")


def test_a_failed_account_leaves_no_user_behind(client: Client) -> None:
    client.raise_request_exception = False
    with mock.patch.object(registration.Account.objects, "create", side_effect=RuntimeError("disk full")):
        assert register(client).status_code == 500
    assert not User.objects.exists()
    assert not Shopper.objects.exists()
    assert not mail.outbox


def test_a_wrong_code_may_be_tried_three_times(client: Client) -> None:
    register(client)
    for _ in range(2):
        assert b"Incorrect code" in client.post(CODE_PAGE, {"code": "AAA-AAA"}).content
    assert client.post(CODE_PAGE, {"code": "AAA-AAA"}).url == reverse("account_login")
    assert client.post(CODE_PAGE, {"code": code_in_mail()}).status_code == 302
    assert "_auth_user_id" not in client.session


def test_an_expired_code_is_refused(client: Client) -> None:
    register(client)
    session = client.session
    session["account_email_verification_code"] |= {"at": 0}
    session.save()
    client.post(CODE_PAGE, {"code": code_in_mail()})
    assert "_auth_user_id" not in client.session
    assert not User.objects.get().emailaddress_set.filter(verified=True).exists()


def test_a_new_code_replaces_the_old_one(client: Client) -> None:
    register(client)
    old = code_in_mail()
    client.post(CODE_PAGE, {"action": "resend"})
    new = code_in_mail()
    assert new != old
    client.post(CODE_PAGE, {"code": new})
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("username", ["anna", "ANNA"])
def test_a_user_name_is_taken_in_whatever_case(client: Client, anna: Any, username: str) -> None:
    answer = register(client, username=username)
    assert b"already exists" in answer.content
    assert User.objects.count() == 1


def test_a_user_name_is_no_email(client: Client) -> None:
    assert b"A user name has no @" in register(client, username="bea@example.test").content


def test_a_known_email_is_told_by_mail_only(client: Client, anna: Any) -> None:
    answer = register(client, email="anna@example.test")
    assert answer.url == CODE_PAGE
    assert b"anna@example.test" in client.get(CODE_PAGE).content
    assert User.objects.count() == 1
    assert "have an account with it already" in mail.outbox[-1].body


@pytest.mark.parametrize("verified", [True, False])
def test_an_email_taken_meanwhile_is_told_by_mail_only(client: Client, anna: Any, verified: bool) -> None:
    anna.emailaddress_set.update(verified=verified)
    with mock.patch(
        "allauth.account.forms.flows.manage_email.email_already_exists", lambda value: (value, False)
    ):
        answer = register(client, email="anna@example.test")
    assert answer.url == CODE_PAGE
    assert User.objects.count() == 1


def test_a_name_taken_meanwhile_is_said_beside_the_field(client: Client, anna: Any) -> None:
    with mock.patch(
        "remote_user.adapter.AccountAdapter.clean_username", lambda self, name, shallow=False: name
    ):
        answer = register(client, username="Anna")
    assert b"already exists" in answer.content
    assert b"carla@example.test" in answer.content


def test_a_weak_password_keeps_what_was_typed(client: Client) -> None:
    page = register(client, password1="1234", password2="1234").content.decode()
    assert "too short" in page
    for kept in (
        'value="carla"',
        'value="carla@example.test"',
        'value="+49 (30) 12-34"',
        'value="Germany" selected',
    ):
        assert kept in page
    assert '1234"' not in page
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phone": "call me"}, "Use 5 to 24 digits"),
        ({"phone": "+- () -"}, "at least 5 digits"),
        ({"phone": ""}, "required"),
        ({"country": "Atlantis"}, "Select a valid choice"),
        ({"city": ""}, "required"),
        ({"email": "carla"}, "valid email"),
        ({"password2": "another one here"}, "same password"),
    ],
)
def test_a_mistake_is_said_in_words(client: Client, changed: dict[str, str], said: str) -> None:
    page = register(client, **changed).content.decode()
    assert said in page
    assert 'aria-invalid="true"' in page
    assert not User.objects.exists()


def test_codes_by_mail_are_limited_by_address_of_mail(client: Client) -> None:
    register(client)
    answers = []
    for _ in range(7):
        again = Client()
        answers.append(
            again.post(reverse("account_login"), {"login": "carla", "password": "seven green bottles"})
        )
    assert answers[0].url == CODE_PAGE
    assert answers[-1].status_code == 429
    assert len(mail.outbox) == 6
