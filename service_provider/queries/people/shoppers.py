"""Shoppers with their names, for the provider alone (verb `see_people`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

import django_filters
from django import forms
from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest, Lower

from service_provider.models import AuditEntry, RevenuePrediction
from service_provider.models.people import Consent, User
from service_provider.queries import audit
from service_provider.queries import page as pages
from service_provider.queries.page import Page

SORTS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-joined": "Newest first",
    "joined": "Oldest first",
    "-seen": "Seen last first",
    "seen": "Not seen for longest",
    "-predictions": "Most predictions",
    "predictions": "Fewest predictions",
}
_COLUMNS = {"name": "lower_name", "joined": "date_joined", "seen": "seen_at", "predictions": "predictions"}
LATEST = 10


@dataclass(frozen=True, slots=True)
class ShopperRow:
    key: str
    username: str
    full_name: str
    email: str
    phone: str
    country: str
    state: str
    city: str
    joined_at: datetime
    seen_at: datetime | None
    predictions: int
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PredictionLine:
    created_at: datetime
    category: str
    shopping_mall: str
    price_minor: int
    is_high: bool
    actual_is_high: bool | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    at: datetime
    actor: str
    told: str
    reason: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    purpose: str
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ShopperDetail:
    row: ShopperRow
    first_name: str
    last_name: str
    blocked_reason: str
    latest_predictions: tuple[PredictionLine, ...]
    consents: tuple[ConsentLine, ...]
    history: tuple[AuditLine, ...]


class ShopperNotFound(Exception):
    """No shopper with an account has this key."""


def _countries() -> list[tuple[str, str]]:
    named = User.objects.filter(role=User.Role.SHOPPER, account__country__gt="")
    return [
        (c, c)
        for c in named.order_by("account__country").values_list("account__country", flat=True).distinct()
    ]


def _choice(label: str, choices: Any, method: Callable[..., QuerySet] | None = None, **options: Any) -> Any:
    return django_filters.ChoiceFilter(label=label, choices=choices, method=method, **options)


def _search(rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
    """Every word must be found somewhere in the user name, the e-mail, the phone or the city."""
    columns = ("username", "email", "account__phone", "account__city")
    words = (
        reduce(lambda q, c: q | Q(**{f"{c}__icontains": word}), columns, Q()) for word in value.split()[:6]
    )
    return rows.filter(reduce(and_, words, Q()))


def _status(rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
    return rows.filter(blocked_at__isnull=value == "active")


def _has_predictions(rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
    made = Exists(RevenuePrediction.objects.filter(shopper=OuterRef("shopper")))
    return rows.filter(made if value == "yes" else ~made)


def _sort(rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
    sign, column = ("-", value[1:]) if value.startswith("-") else ("", value)
    return rows.order_by(f"{sign}{_COLUMNS[column]}", f"{sign}pk")


class ShopperFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(
        label="Search",
        method=_search,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, e-mail, phone, city"}),
    )
    country = _choice("Country", _countries, field_name="account__country", empty_label="Any")
    state = django_filters.CharFilter(label="State", field_name="account__state", lookup_expr="istartswith")
    city = django_filters.CharFilter(label="City", field_name="account__city", lookup_expr="istartswith")
    status = _choice("Status", [("active", "Active"), ("blocked", "Blocked")], _status, empty_label="Any")
    predicted = _choice(
        "Predictions", [("yes", "Has some"), ("no", "Has none")], _has_predictions, empty_label="Any"
    )
    sort = _choice("Sort by", list(SORTS.items()), _sort, empty_label=None)

    class Meta:
        model = User
        fields: tuple[str, ...] = ()


def _annotated() -> QuerySet[User]:
    """Shoppers with `predictions` (how many) and `seen_at` (last log in or prediction, null for never)."""
    hers = RevenuePrediction.objects.filter(shopper=OuterRef("shopper")).order_by().values("shopper")
    last = Subquery(hers.annotate(last=Max("created_at")).values("last"), output_field=DateTimeField())
    made = Subquery(hers.annotate(made=Count("pk")).values("made"), output_field=IntegerField())
    people = User.objects.filter(role=User.Role.SHOPPER, shopper__isnull=False)
    return people.select_related("account", "shopper").annotate(
        lower_name=Lower("username", output_field=CharField()),
        predictions=Coalesce(made, 0),
        seen_at=Greatest(Coalesce("last_login", last), Coalesce(last, "last_login")),
    )  # fmt: skip


def _filter(params: Mapping[str, str]) -> ShopperFilter:
    given = dict(params)
    given["sort"] = given.get("sort", "") if given.get("sort", "") in SORTS else "name"
    return ShopperFilter(given, queryset=_annotated())


def filtered(params: Mapping[str, str]) -> QuerySet[User]:
    """Shoppers as filtered and sorted on the screen; values it does not know are left out of account."""
    return _filter(params).qs


def filter_form(params: Mapping[str, str]) -> forms.Form:
    return _filter(params).form


def row_of(user: Any) -> ShopperRow:
    account = getattr(user, "account", None)
    phone, country, state, city = (
        (account.phone, account.country, account.state, account.city) if account else ("", "", "", "")
    )
    return ShopperRow(
        user.shopper.key, user.username, user.get_full_name(), user.email, phone, country, state, city,
        user.date_joined, user.seen_at, user.predictions, user.blocked_at,
    )  # fmt: skip


def list_shoppers(params: Mapping[str, str], page: int = 1) -> Page[ShopperRow]:
    return pages.cut(filtered(params), page, row_of)


def get_shopper(key: str) -> ShopperDetail:
    """One shopper with her latest predictions, consents and account history, or ShopperNotFound."""
    user = _annotated().filter(shopper__key=key).first()
    if user is None:
        raise ShopperNotFound(key)
    return ShopperDetail(
        row=row_of(user),
        first_name=user.first_name,
        last_name=user.last_name,
        blocked_reason=user.blocked_reason,
        latest_predictions=_latest_predictions(user.shopper_id),
        consents=_consents(user.pk),
        history=_history(key),
    )


def _latest_predictions(shopper_id: int | None) -> tuple[PredictionLine, ...]:
    rows = RevenuePrediction.objects.filter(shopper=shopper_id).order_by("-created_at", "-pk")[:LATEST]
    return tuple(
        PredictionLine(
            r.created_at,
            r.category,
            r.shopping_mall,
            r.price_minor,
            r.result == 1,
            None if r.actual is None else r.actual == 1,
        )  # fmt: skip
        for r in rows
    )


def _consents(user_id: int) -> tuple[ConsentLine, ...]:
    """The newest answer to each question, in the questions' order."""
    newest: dict[str, Consent] = {}
    for answer in Consent.objects.filter(user_id=user_id).order_by("at", "pk"):
        newest[answer.purpose] = answer
    return tuple(
        ConsentLine(str(label), newest[purpose].granted, newest[purpose].at)
        for purpose, label in Consent.Purpose.choices
        if purpose in newest
    )


def _history(key: str) -> tuple[AuditLine, ...]:
    entries = AuditEntry.objects.filter(target_kind="shopper", target_id=key).order_by("-at", "-pk")[:LATEST]
    return tuple(
        AuditLine(e.at, e.actor_label, audit.told(e, "this shopper"), e.reason, _fields(e)) for e in entries
    )


def _fields(entry: AuditEntry) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in entry.detail.get("fields", ()))
