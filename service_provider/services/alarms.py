"""Alarms: raised once by a watch, closed by it when all is well again, or by a person who says why."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from service_provider.models import Alarm
from service_provider.queries.access import Actor, require
from service_provider.services import audit

MOST_WORDS = 150


class NoReason(Exception):
    def __init__(self) -> None:
        super().__init__("Say in a few words why this alarm may be closed.")


def raise_alarm(
    kind: str, *, text: str, detail: dict[str, Any], cost_minor: int | None, by: Actor, now: datetime
) -> bool:
    """False where the same thing is known already: then its words and figures are renewed, its beginning stays."""
    news = {"text": text, "detail": detail, "cost_minor": cost_minor}
    if Alarm.objects.filter(live_kind=kind).update(**news):
        return False
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(kind=kind, live_kind=kind, raised_at=now, **news)
            audit.record(by, "raise_alarm", "alarm", alarm.pk, now=now, detail={"kind": kind})
    except IntegrityError:  # another watch was quicker
        return False
    return True


@transaction.atomic
def settle(kind: str, *, by: Actor, now: datetime) -> bool:
    """All is well again; False where no such alarm stood."""
    standing = Alarm.objects.filter(live_kind=kind).values_list("pk", flat=True).first()
    if standing is None:
        return False
    Alarm.objects.filter(pk=standing).update(live_kind=None, closed_at=now, closed_by="well again")
    audit.record(by, "settle_alarm", "alarm", standing, now=now, detail={"kind": kind})
    return True


@transaction.atomic
def close(alarm_id: int, *, reason: str, by: Actor, now: datetime) -> bool:
    """A person closes it; what is wrong still raises it anew the next day. False: it was closed before. NoReason."""
    require(by, "change_settings")
    words = " ".join(reason.split())[:300]
    if not words:
        raise NoReason
    closed = Alarm.objects.filter(pk=alarm_id, closed_at=None).update(
        live_kind=None, closed_at=now, closed_by=by.label[:MOST_WORDS]
    )
    if closed:
        audit.record(by, "close_alarm", "alarm", alarm_id, now=now, reason=words)
    return bool(closed)
