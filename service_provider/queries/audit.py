"""The audit log as the provider reads it: who did what to which thing, when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import QuerySet

from service_provider.models import AuditEntry
from service_provider.queries import mall
from service_provider.queries import page as pages
from service_provider.queries.page import Page

# What happened, with the thing it happened to in its place. A verb that is missing here is shown as it is.
SENTENCES = {
    "block_shopper": "blocked {thing}",
    "unblock_shopper": "unblocked {thing}",
    "correct_shopper": "corrected the profile of {thing}",
    "invite_staff": "invited somebody to the staff ({thing})",
    "revoke_invitation": "took back {thing}",
    "join_staff": "took up an invitation and became {thing}",
    "change_staff": "changed the account of {thing}",
    "create_provider": "made the provider {thing}",
    "unlock": "lifted the lock-out of {thing}",
    "register": "registered as {thing}",
    "edit_profile": "changed the profile of {thing}",
    "edit_preferences": "changed the preferences of {thing}",
    "answer_consent": "answered what may be done with the data of {thing}",
    "delete_account": "deleted the account of {thing}",
    "start_job": "started {thing}",
    "cancel_job": "asked to cancel {thing}",
    "add_data_set": "added {thing}",
    "delete_data_set": "deleted {thing}",
    "add_entry": "added a transaction to {thing}",
    "record_transactions": "imported {id} transactions",
    "record_model": "recorded {thing}",
    "promote": "promoted {thing}",
    "roll_back": "rolled back to {thing}",
    "promote_refused": "was refused to promote {thing}",
    "roll_back_refused": "was refused to roll back to {thing}",
    "download": "downloaded {thing}",
    "edit_product": "edited {thing}",
    "set_margin": "set the margin of {thing}",
    "give_feedback": "wrote {thing}",
    "answer_feedback": "answered {thing}",
    "close_feedback": "closed {thing}",
    "reopen_feedback": "opened {thing} again",
    "change_settings": "changed the mall's settings",
    "make_key": "made {thing}",
    "revoke_key": "revoked {thing}",
    "make_till": "made {thing}",
    "pair_till": "paired {thing} with its phone",
    "revoke_till": "revoked {thing}",
    "create_campaign": "made {thing}",
    "edit_campaign": "edited {thing}",
    "duplicate_campaign": "made {thing} as a copy",
    "publish_campaign": "published {thing}",
    "pause_campaign": "paused {thing}",
    "resume_campaign": "let {thing} go on",
    "end_campaign": "ended {thing}",
    "stop_coupons": "stopped all coupons",
    "allow_coupons": "allowed coupons again",
    "load_demo": "filled the mall with the demo",
    "load_demo_campaign": "began the demo mall's first campaign ({thing})",
    "load_demo_history": "gave the demo mall its catalogue and three months of visits",
}


_PAIRS = ("role", "active")


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: datetime
    actor: str
    sentence: str
    target_kind: str
    target_id: str
    reason: str
    details: tuple[str, ...]


def _choices(column: str) -> list[tuple[str, str]]:
    used = AuditEntry.objects.order_by(column).values_list(column, flat=True).distinct()
    return [(value, value.replace("_", " ").capitalize()) for value in used]


def _verbs() -> list[tuple[str, str]]:
    return _choices("verb")


def _kinds() -> list[tuple[str, str]]:
    return _choices("target_kind")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(mall.get_settings().zone))


def _from(rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
    return rows.filter(at__gte=_midnight(day))


def _until(rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
    return rows.filter(at__lt=_midnight(day + timedelta(days=1)))


def _day(label: str, method: Any) -> Any:
    widget = forms.DateInput(attrs={"type": "date"})
    return django_filters.DateFilter(label=label, method=method, widget=widget)


def _choice(label: str, column: str, choices: Any) -> Any:
    return django_filters.ChoiceFilter(
        label=label, field_name=column, choices=choices, empty_label="Anything"
    )


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]
    actor = django_filters.CharFilter(label="Who", field_name="actor_label", lookup_expr="icontains")
    verb = _choice("Did what", "verb", _verbs)
    kind = _choice("To what", "target_kind", _kinds)
    since = _day("From", _from)
    until = _day("To", _until)

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()


def _filter(params: Mapping[str, str]) -> AuditFilter:
    return AuditFilter(dict(params), queryset=AuditEntry.objects.order_by("-at", "-pk"))


def filtered(params: Mapping[str, str]) -> QuerySet[AuditEntry]:
    """Entries, newest first; days are the mall's own. Values that mean nothing are left out of account."""
    return _filter(params).qs


def filter_form(params: Mapping[str, str]) -> forms.Form:
    return _filter(params).form


def list_entries(params: Mapping[str, str], page: int = 1) -> Page[AuditRow]:
    return pages.cut(filtered(params), page, row_of)


def row_of(entry: AuditEntry) -> AuditRow:
    sentence = told(entry, f"{entry.target_kind.replace('_', ' ')} {entry.target_id}")
    details = tuple(_detail(name, value) for name, value in sorted(entry.detail.items()))
    return AuditRow(
        entry.at, entry.actor_label, sentence, entry.target_kind, entry.target_id, entry.reason, details
    )


def told(entry: AuditEntry, thing: str) -> str:
    """What was done, as a sentence about `thing` without its subject."""
    sentence = SENTENCES.get(entry.verb, f"{entry.verb.replace('_', ' ')}: {{thing}}")
    return sentence.format(thing=thing, id=entry.target_id)


def _detail(name: str, value: Any) -> str:
    """One fact of an entry in words; a pair is what was and what is."""
    if isinstance(value, dict) and value.keys() == {"before", "after"}:
        value = f"{value['before']} → {value['after']}"
    elif isinstance(value, list):
        value = (
            " → ".join(map(str, value)) if name in _PAIRS else ", ".join(map(str, value)).replace("_", " ")
        )
    return f"{name.replace('_', ' ')}: {value}"
