"""An invitation: mailed once, taken up once, useless when old, altered, revoked or used."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from make import NOON, PASSWORD

from service_provider.models import AuditEntry, Invitation, User
from service_provider.queries.access import Actor, actor_of
from service_provider.services.people import staff


class Post:
    """Keeps the tokens that were mailed."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def link(self, token: str) -> str:
        self.tokens.append(token)
        return f"https://mall.test/join/{token}/"

    def invite(self, by: Actor, email: str = "ines@example.test", role: str = "analyst") -> str:
        staff.invite(email, role, link=self.link, by=by, now=NOON)
        return self.tokens[-1]


@pytest.fixture
def by(petra: Any) -> Actor:
    return actor_of(petra)


@pytest.fixture
def token(by: Actor) -> str:
    return Post().invite(by, "Ines@Example.test")


def _join(token: str, *, now: Any = NOON, username: str = "ines", password: str = PASSWORD) -> str:
    return staff.join(token, username=username, password=password, now=now)


def test_the_mail_carries_the_link_and_the_row_only_its_hash(token: str) -> None:
    (sent,) = mail.outbox
    assert sent.to == ["ines@example.test"]
    assert f"https://mall.test/join/{token}/" in sent.body
    assert "petra invites you" in sent.body
    row = Invitation.objects.get()
    assert token not in str(row.__dict__)
    assert row.expires_at == NOON + timedelta(days=7)


def test_who_joins_is_staff_with_a_confirmed_address(token: str) -> None:
    assert _join(token) == "ines"
    ines = User.objects.get(username="ines")
    assert (ines.role, ines.is_staff, ines.is_superuser, ines.shopper) == ("analyst", True, False, None)
    assert ines.check_password(PASSWORD)
    address = EmailAddress.objects.get(user=ines)
    assert (address.email, address.verified, address.primary) == ("ines@example.test", True, True)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "invite_staff",
        "join_staff",
    ]


@pytest.mark.parametrize(
    ("alter", "late"),
    [
        (lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), timedelta()),
        (lambda t: t.swapcase(), timedelta()),
        (lambda t: t, timedelta(days=7)),
    ],
    ids=["one letter altered", "case altered", "a week old"],
)
def test_an_altered_or_old_link_is_refused(token: str, alter: Any, late: timedelta) -> None:
    with pytest.raises(staff.StaffRefused, match="no longer open"):
        _join(alter(token), now=NOON + late)
    assert not User.objects.filter(username="ines").exists()
    assert _join(token, now=NOON + timedelta(days=6)) == "ines"


def test_a_link_works_once(token: str) -> None:
    _join(token)
    with pytest.raises(staff.StaffRefused, match="no longer open"):
        _join(token, username="ines2")
    assert User.objects.filter(role="analyst").count() == 1


def test_a_revoked_link_is_refused(token: str, by: Actor) -> None:
    staff.revoke(Invitation.objects.get().pk, reason="She took another job", by=by, now=NOON)
    with pytest.raises(staff.StaffRefused, match="no longer open"):
        _join(token)
    assert AuditEntry.objects.get(verb="revoke_invitation").reason == "She took another job"
    with pytest.raises(staff.StaffRefused, match="no longer open"):
        staff.revoke(Invitation.objects.get().pk, reason="Once more", by=by, now=NOON)


def test_a_new_invitation_replaces_the_open_one(by: Actor) -> None:
    post = Post()
    first, second = post.invite(by), post.invite(by, role="provider")
    with pytest.raises(staff.StaffRefused, match="no longer open"):
        _join(first)
    _join(second)
    assert User.objects.get(username="ines").role == "provider"


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("PETRA", PASSWORD, "username"),
        ("a name with blanks", PASSWORD, "username"),
        ("", PASSWORD, "username"),
        ("anna@example.test", PASSWORD, "username"),
        ("ines", "short", "password"),
        ("ines", "1234567890123", "password"),
        ("inesbergmann", "inesbergmann", "password"),
    ],
)
def test_a_bad_name_or_password_leaves_the_link_open(
    token: str, username: str, password: str, field: str
) -> None:
    with pytest.raises(staff.StaffRefused) as refused:
        _join(token, username=username, password=password)
    assert refused.value.field == field
    assert _join(token) == "ines"


@pytest.mark.parametrize("email", ["anna@example.test", "ANNA@example.test"])
def test_an_address_with_an_account_is_not_invited(anna: Any, by: Actor, email: str) -> None:
    with pytest.raises(staff.StaffRefused, match="already has an account"):
        Post().invite(by, email)
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_nobody_is_invited_as_shopper(by: Actor) -> None:
    with pytest.raises(staff.StaffRefused, match="provider or analyst"):
        Post().invite(by, role="shopper")


def test_a_mail_that_cannot_be_sent_leaves_no_invitation(by: Actor, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(staff.MailNotSent):
        Post().invite(by)
    assert not Invitation.objects.exists()
