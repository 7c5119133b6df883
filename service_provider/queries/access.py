"""What a person may do: the one choke point. Each face has one thin door to it."""

from dataclasses import dataclass
from typing import Any

PROVIDER = "provider"
ANALYST = "analyst"
SHOPPER = "shopper"
CASHIER = "cashier"  # a paired phone, see models/tills.py
NOBODY = "nobody"

_PROVIDER_ONLY = frozenset({PROVIDER})
_STAFF = frozenset({PROVIDER, ANALYST})

PERMISSIONS: dict[str, frozenset[str]] = {
    # reading and downloading
    "see_dashboard": _STAFF,
    "download": _STAFF,
    "see_feedback": _STAFF,
    "see_people": _PROVIDER_ONLY,  # names and contacts
    "download_people": _PROVIDER_ONLY,
    # writing
    "add_data": _PROVIDER_ONLY,
    "train": _PROVIDER_ONLY,
    "promote": _PROVIDER_ONLY,
    "rehearse": _PROVIDER_ONLY,
    "change_catalogue": _PROVIDER_ONLY,
    "manage_campaigns": _PROVIDER_ONLY,
    "correct_shopper": _PROVIDER_ONLY,
    "change_settings": _PROVIDER_ONLY,
    "see_audit": _PROVIDER_ONLY,
    "manage_keys": _PROVIDER_ONLY,
    "manage_tills": _PROVIDER_ONLY,
    "manage_staff": _PROVIDER_ONLY,
    "answer_feedback": _PROVIDER_ONLY,
    # at a counter
    "use_till": frozenset({CASHIER}),
    # the shopper's own
    "predict": frozenset({SHOPPER}),
    "own_profile": frozenset({SHOPPER}),
    "give_feedback": frozenset({SHOPPER}),
    "shop": frozenset({SHOPPER, NOBODY}),  # fill a basket
    "own_coupons": frozenset({SHOPPER, NOBODY}),  # a visitor has a wallet; using it needs an account
    "check_out": frozenset({SHOPPER}),  # and with a confirmed e-mail, see services/orders.py
    "own_orders": frozenset({SHOPPER}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `user_id` is None for commands and the schedule."""

    label: str
    role: str = NOBODY
    user_id: int | None = None
    shopper_id: int | None = None
    is_blocked: bool = False

    @property
    def is_staff(self) -> bool:
        return self.role in _STAFF


ANONYMOUS = Actor(label="nobody")
COMMAND = Actor(label="command", role=PROVIDER)
SCHEDULE = Actor(label="schedule", role=PROVIDER)


@dataclass(frozen=True, slots=True)
class Permission:
    allowed: bool
    reason: str = ""


def actor_of(user: Any) -> Actor:
    """The actor behind a request's user; staff are labelled by name, shoppers by their key only."""
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    label = user.username if user.role != SHOPPER else f"shopper {user.shopper_id}"
    return Actor(
        label=label,
        role=user.role,
        user_id=user.pk,
        shopper_id=user.shopper_id,
        is_blocked=user.blocked_at is not None,
    )


def may(actor: Actor, verb: str) -> Permission:
    """Whether `actor` may do `verb`. KeyError for a verb nobody has thought about."""
    roles = PERMISSIONS[verb]
    if actor.is_blocked:
        return Permission(False, "This account is blocked. Ask the mall's office.")
    if actor.role in roles:
        return Permission(True)
    if actor.role == NOBODY:
        return Permission(False, "Please log in first.")
    return Permission(False, f"This needs the role {' or '.join(sorted(roles))}.")


class Refused(Exception):
    """Raised by `require`; its text is the reason, for people."""


def require(actor: Actor, verb: str) -> None:
    permission = may(actor, verb)
    if not permission.allowed:
        raise Refused(permission.reason)
