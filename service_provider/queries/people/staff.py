"""Who works here, and who has been asked to (verb `manage_staff`)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from service_provider.models.people import Invitation, User
from service_provider.queries.access import ANALYST, PROVIDER

ROLES = ((PROVIDER, "Provider (everything)"), (ANALYST, "Analyst (reads and downloads)"))
STAFF = (PROVIDER, ANALYST)


@dataclass(frozen=True, slots=True)
class StaffRow:
    id: int
    username: str
    email: str
    role: str
    is_active: bool
    has_second_step: bool
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: int
    email: str
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Office:
    """All staff, active first, and the invitations still open; an office is small enough for one page."""

    staff: tuple[StaffRow, ...]
    invitations: tuple[InvitationRow, ...]


class StaffNotFound(Exception):
    """No member of staff, or no open invitation, has this id."""


def _row(user: Any) -> StaffRow:
    return StaffRow(
        user.pk, user.username, user.email, user.role, user.is_active, user.has_second_step, user.last_login
    )  # fmt: skip


def _invitation(row: Invitation) -> InvitationRow:
    invited_by = row.invited_by.username if row.invited_by else ""
    return InvitationRow(row.pk, row.email, row.role, invited_by, row.created_at, row.expires_at)


def _staff() -> QuerySet[User]:
    second = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.filter(role__in=STAFF).annotate(has_second_step=Exists(second))


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    """Invitations that may still be taken up."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    return waiting.select_related("invited_by").order_by("-created_at", "-pk")


def get_office(*, now: datetime) -> Office:
    staff = tuple(_row(user) for user in _staff().order_by("-is_active", "username"))
    return Office(staff, tuple(_invitation(row) for row in open_invitations(now)))


def get_staff(user_id: int) -> StaffRow:
    user = _staff().filter(pk=user_id).first()
    if user is None:
        raise StaffNotFound(user_id)
    return _row(user)


def get_invitation(invitation_id: int, *, now: datetime) -> InvitationRow:
    row = open_invitations(now).filter(pk=invitation_id).first()
    if row is None:
        raise StaffNotFound(invitation_id)
    return _invitation(row)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str, *, now: datetime) -> InvitationRow | None:
    """The open invitation behind a link's token."""
    row = open_invitations(now).filter(token_sha256=hash_of(token)).first()
    return _invitation(row) if row else None


def has_active_provider() -> bool:
    return User.objects.filter(role=PROVIDER, is_active=True, blocked_at=None).exists()
