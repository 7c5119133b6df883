"""A shopper goes: everything personal is deleted, what is left knows only her key."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.http import int_to_base36

from service_provider.models import BasketLine, RevenuePrediction
from service_provider.queries.access import Actor
from service_provider.queries.orders import milliseconds
from service_provider.queries.people.profile import ids_of
from service_provider.services import audit, coupons, feedback
from service_provider.services.people import profile

TYPED = {"tid": "", "coupon_no": "", "customer_id": ""}  # what a shopper may have typed to name herself


def delete(by: Actor, *, now: datetime) -> None:
    """Deletes the actor's account, answers, addresses, sessions and basket, and ends her coupons; the rest stays
    under her key, unnamed."""
    sessions = _list_sessions(by)  # opening them takes a while, so it is done before anything is locked
    with transaction.atomic():
        user, shopper = profile.take(by)
        BasketLine.objects.filter(shopper=shopper).delete()
        RevenuePrediction.objects.filter(shopper=shopper).update(**TYPED)
        feedback.unname(shopper)
        ended = coupons.leave(shopper.pk, by_label="a deleted account", now_ms=milliseconds(now))
        detail = {"coupons_revoked": ended} if ended else None
        audit.record(by, "delete_account", "shopper", shopper.key, now=now, detail=detail)
        for attempts in (AccessAttempt, AccessLog, AccessFailureLog):
            attempts.objects.filter(username=user.username).delete()
        for start in range(0, len(sessions), 500):
            Session.objects.filter(pk__in=sessions[start : start + 500]).delete()
        user.delete()


def _list_sessions(by: Actor) -> list[str]:
    """The keys of the actor's sessions. Each is one signed text, so all are opened to see whose they are."""
    user_id, _ = ids_of(by)
    rows = Session.objects.iterator(chunk_size=500)
    return [row.pk for row in rows if _is_of(row.get_decoded(), user_id)]


def _is_of(session: dict[str, Any], user_id: int) -> bool:
    """Whether the session is hers: logged in, half logged in, or waiting for the code of her e-mail."""
    half_way = session.get("account_login") or {}
    waiting = session.get("account_email_verification_code") or {}
    owners = (
        session.get("_auth_user_id"),
        session.get("account_authentication_methods_user"),
        waiting.get("user_id"),
    )
    return str(user_id) in owners or half_way.get("user_pk") == int_to_base36(user_id)
