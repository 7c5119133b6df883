"""Staff accounts: invited, taken up, changed, shut. There is always one active provider left."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from service_provider.models.people import Invitation, User
from service_provider.queries import mall
from service_provider.queries.access import PROVIDER, Actor
from service_provider.queries.people import staff as known
from service_provider.services import audit, reasons

VALID_FOR = timedelta(days=7)


class StaffRefused(Exception):
    """Why a staff account cannot be made or changed, for people; `field` names the input it belongs to."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class MailNotSent(StaffRefused):
    """The mail server took no mail; nothing was written."""


def invite(email: str, role: str, *, link: Callable[[str], str], by: Actor, now: datetime) -> int:
    """Mails a one-time link, made by `link` from a fresh token, and returns the invitation's id.

    The mail goes before the row: one that cannot be sent leaves no invitation nobody has heard of.
    """
    email = _free_email(email)
    _check_role(role)
    token = secrets.token_urlsafe(32)
    _send("invitation", email, link=link(token), role=role, by=by.label, days=VALID_FOR.days)
    with transaction.atomic():
        known.open_invitations(now).filter(email=email).update(revoked_at=now)
        invitation = Invitation.objects.create(
            email=email, role=role, token_sha256=known.hash_of(token), invited_by_id=by.user_id,
            created_at=now, expires_at=now + VALID_FOR,
        )  # fmt: skip
        audit.record(by, "invite_staff", "invitation", invitation.pk, now=now, detail={"role": role})
    return invitation.pk


@transaction.atomic
def revoke(invitation_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Makes an open invitation's link useless. StaffRefused when it is open no more."""
    reason = reasons.check(reason)
    if not known.open_invitations(now).filter(pk=invitation_id).update(revoked_at=now):
        raise StaffRefused("This invitation is no longer open.")
    audit.record(by, "revoke_invitation", "invitation", invitation_id, now=now, reason=reason)


@transaction.atomic
def join(token: str, *, username: str, password: str, now: datetime) -> str:
    """Takes an invitation up, once, and returns the new user name. StaffRefused with the field at fault."""
    invitation = known.open_invitations(now).filter(token_sha256=known.hash_of(token)).first()
    if not invitation or not known.open_invitations(now).filter(pk=invitation.pk).update(accepted_at=now):
        raise StaffRefused("This invitation is no longer open. Ask a provider for a new one.")
    user = _create(username, _free_email(invitation.email), password, role=invitation.role, now=now)
    by = Actor(label=user.username, role=user.role, user_id=user.pk)
    audit.record(
        by,
        "join_staff",
        "staff",
        user.username,
        now=now,
        detail={"role": user.role, "invitation": invitation.pk},
    )
    return user.username


@transaction.atomic
def create_provider(username: str, email: str, password: str, *, by: Actor, now: datetime) -> int:
    """A provider made at the terminal; her e-mail counts as confirmed. StaffRefused names the field."""
    user = _create(username, _free_email(email), password, role=PROVIDER, now=now)
    audit.record(by, "create_provider", "staff", user.username, now=now)
    return user.pk


@transaction.atomic
def change(user_id: int, *, role: str, active: bool, reason: str, by: Actor, now: datetime) -> bool:
    """Gives a colleague another role, shuts or opens her account. False when nothing differs.

    The active providers are locked first, so that two of them cannot take each other's place away at once.
    """
    reason = reasons.check(reason)
    _check_role(role)
    providers = set(
        User.objects.select_for_update()
        .filter(role=PROVIDER, is_active=True, blocked_at=None)
        .values_list("pk", flat=True)
    )
    user = User.objects.select_for_update().filter(pk=user_id, role__in=known.STAFF).first()
    if user is None:
        raise StaffRefused("This is not a staff account.")
    detail = _differences(user, role=role, active=active)
    if not detail:
        return False
    if user.pk == by.user_id:
        raise StaffRefused("You cannot change your own account: another provider has to do it.")
    if (role != PROVIDER or not active) and providers == {user.pk}:
        raise StaffRefused("This is the last active provider. Make somebody else a provider first.")
    User.objects.filter(pk=user.pk).update(role=role, is_active=active)
    audit.record(by, "change_staff", "staff", user.username, now=now, reason=reason, detail=detail)
    return True


def _differences(user: User, **wanted: object) -> dict[str, list[object]]:
    """What would change: the name of each, with what is and what shall be."""
    present: dict[str, object] = {"role": user.role, "active": user.is_active}
    return {name: [present[name], value] for name, value in wanted.items() if present[name] != value}


def _create(username: str, email: str, password: str, *, role: str, now: datetime) -> User:
    user = User(username=username.strip(), email=email, role=role, is_staff=True, date_joined=now)
    _check(user, password)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # somebody took the name or the address since it was looked up
        raise StaffRefused("This user name or address has just been taken.", "username") from None
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _check(user: User, password: str) -> None:
    if "@" in user.username:  # it might be somebody's e-mail, which is also typed at the door
        raise StaffRefused("A user name has no @.", "username")
    if User.objects.filter(username__iexact=user.username).exists():
        raise StaffRefused("This user name is taken.", "username")
    try:
        User._meta.get_field("username").clean(user.username, user)
    except ValidationError as fault:
        raise StaffRefused(" ".join(fault.messages), "username") from None
    try:
        validate_password(password, user)
    except ValidationError as fault:
        raise StaffRefused(" ".join(fault.messages), "password") from None


def _free_email(email: str) -> str:
    """The address in small letters. StaffRefused when it is none, or somebody's already."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as fault:
        raise StaffRefused(" ".join(fault.messages), "email") from None
    taken = (
        User.objects.filter(email__iexact=email).exists()
        or EmailAddress.objects.filter(email__iexact=email).exists()
    )
    if taken:
        raise StaffRefused("This address already has an account. Invite another address.", "email")
    return email


def _check_role(role: str) -> None:
    if role not in known.STAFF:
        raise StaffRefused("Choose provider or analyst.", "role")


def _send(name: str, to: str, **context: object) -> None:
    context["mall"] = mall.get_settings().name
    subject = render_to_string(f"service_provider/mail/{name}_subject.txt", context).strip()
    text = render_to_string(f"service_provider/mail/{name}.txt", context)
    try:
        send_mail(subject, text, None, [to])
    except OSError as fault:  # smtplib's exceptions are among them
        raise MailNotSent(f"The mail could not be sent ({fault}). Nobody was invited.") from fault
