"""What a shopper may see of herself."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from engine.contracts import LABEL_NAMES
from service_provider.models import Account, AuditEntry, Consent, Feedback, RevenuePrediction, Shopper, User
from service_provider.queries import own_trail
from service_provider.queries.access import Actor

CHANNELS = (("shop", "In the shop"), ("email", "E-mail"), ("sms", "Text message"))


@dataclass(frozen=True, slots=True)
class Profile:
    username: str
    full_name: str
    email: str
    email_verified: bool
    key: str
    joined_at: datetime
    phone: str
    country: str
    state: str
    city: str
    gender: str
    birth_year: int | None
    favourite_categories: tuple[str, ...]
    favourite_malls: tuple[str, ...]
    channels: tuple[str, ...]
    coupon_mail: bool
    two_factor: bool

    @property
    def channel_names(self) -> tuple[str, ...]:
        return tuple(name for channel, name in CHANNELS if channel in self.channels)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    purpose: str
    name: str
    granted: bool
    at: datetime


class NoShopper(Exception):
    """Only a shopper has a profile."""


def ids_of(who: Actor) -> tuple[int, int]:
    """The ids of a shopper's user and of her key. NoShopper for anybody else."""
    if who.user_id is None or who.shopper_id is None:
        raise NoShopper(who.label)
    return who.user_id, who.shopper_id


def get(who: Actor) -> Profile:
    """The shopper's own profile."""
    user_id, shopper_id = ids_of(who)
    user = User.objects.get(pk=user_id)
    account = Account.objects.filter(user=user).first() or Account()
    addresses = EmailAddress.objects.filter(user=user, email=user.email)
    second_factors = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
    return Profile(
        username=user.username,
        full_name=user.get_full_name(),
        email=user.email,
        email_verified=addresses.filter(verified=True).exists(),
        key=Shopper.objects.get(pk=shopper_id).key,
        joined_at=user.date_joined,
        phone=account.phone,
        country=account.country,
        state=account.state,
        city=account.city,
        gender=account.gender,
        birth_year=account.birth_year,
        favourite_categories=tuple(account.favourite_categories),
        favourite_malls=tuple(account.favourite_malls),
        channels=tuple(account.channels),
        coupon_mail=account.coupon_mail,
        two_factor=second_factors.exists(),
    )


def list_consents(who: Actor) -> tuple[ConsentRow, ...]:
    """Every answer given, newest first."""
    rows = Consent.objects.filter(user_id=ids_of(who)[0]).order_by("-at", "-pk")
    return tuple(ConsentRow(row.purpose, row.get_purpose_display(), row.granted, row.at) for row in rows)


def consents_in_force(who: Actor) -> dict[str, bool]:
    """The newest answer to each question; what was never answered is a no, what is necessary a yes."""
    answers = {row.purpose: row.granted for row in reversed(list_consents(who))}
    return {
        purpose: answers.get(purpose, False) or purpose == Consent.Purpose.NECESSARY
        for purpose in Consent.Purpose.values
    }


_USER = (
    *("username", "first_name", "last_name", "email", "date_joined", "last_login"),
    *("blocked_at", "blocked_reason"),
)
_ACCOUNT = (
    *("phone", "country", "state", "city", "gender", "birth_year"),
    *("favourite_categories", "favourite_malls", "channels", "coupon_mail"),
)
_PREDICTION = (
    *("tid", "coupon_no", "customer_id", "gender", "age", "category", "quantity", "price_minor"),
    *("payment_method", "invoice_date", "shopping_mall", "result", "votes", "created_at", "actual"),
)
_FEEDBACK = ("created_at", "topic", "rating", "text", "answer", "answered_at", "closed_at")


def my_data(who: Actor) -> dict[str, Any]:
    """Everything kept about a shopper as plain values: account, answers, what she asked, where she
    was, what she bought, what was changed."""
    user_id, shopper_id = ids_of(who)
    user, shopper = User.objects.get(pk=user_id), Shopper.objects.get(pk=shopper_id)
    addresses = EmailAddress.objects.filter(user=user)
    second_factors = Authenticator.objects.filter(user=user)
    predictions = RevenuePrediction.objects.filter(shopper=shopper).order_by("pk").values(*_PREDICTION)
    feedback = Feedback.objects.filter(shopper=shopper).order_by("pk").values(*_FEEDBACK)
    changes = AuditEntry.objects.filter(target_kind="shopper", target_id=shopper.key).order_by("pk")
    return {
        "user": {name: getattr(user, name) for name in _USER} | {"shopper_key": shopper.key},
        "account": Account.objects.filter(user=user).values(*_ACCOUNT).first(),
        "email_addresses": list(addresses.values("email", "verified", "primary")),
        "two_factor": list(second_factors.values("type", "created_at", "last_used_at")),
        "consents": [asdict(row) for row in list_consents(who)],
        "predictions": [row | {"result": LABEL_NAMES[row["result"]]} for row in predictions],
        "visits": own_trail.list_visits(shopper_id),
        "orders": own_trail.list_orders(shopper_id),
        "basket": own_trail.list_basket(shopper_id),
        "coupons": own_trail.list_coupons(shopper_id),
        "feedback": list(feedback),
        "changes": list(changes.values("at", "verb", "reason", "detail")),
    }
