"""A shopper goes: everything personal is deleted, what is left knows only her key."""

from datetime import datetime
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction

from service_provider.models import RevenuePrediction, User
from service_provider.queries.access import Actor
from service_provider.services import audit
from service_provider.services.people import profile

TYPED = {"tid": "", "coupon_no": "", "customer_id": ""}  # what a shopper may have typed to name herself


def delete(by: Actor, *, now: datetime) -> None:
    """Deletes the actor's account, answers, addresses and sessions; her key and predictions stay, unnamed."""
    with transaction.atomic():
        user, shopper = profile.take(by)
        RevenuePrediction.objects.filter(shopper=shopper).update(**TYPED)
        audit.record(by, "delete_account", "shopper", shopper.key, now=now)
        for attempts in (AccessAttempt, AccessLog, AccessFailureLog):
            attempts.objects.filter(username=user.username).delete()
        _end_sessions(user)
        user.delete()


def _end_sessions(user: User) -> None:
    # A session's content is one signed text, so the rows must be opened to see whose they are.
    theirs = [row.pk for row in Session.objects.iterator(chunk_size=500) if _is_of(row.get_decoded(), user)]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[start : start + 500]).delete()


def _is_of(session: dict[str, Any], user: User) -> bool:
    """Whether the session is hers: logged in, half logged in, or waiting for the code of her e-mail."""
    half_way = session.get("account_login") or {}
    waiting = session.get("account_email_verification_code") or {}
    owners = (
        session.get("_auth_user_id"),
        session.get("account_authentication_methods_user"),
        waiting.get("user_id"),
    )
    return str(user.pk) in owners or half_way.get("user_pk") == user_pk_to_url_str(user)
