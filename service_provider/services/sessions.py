"""Sessions of browsers that have ended: Django keeps their rows until somebody sweeps them out."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

AT_ONCE = 2_000


def count_ended(*, now: datetime) -> int:
    return Session.objects.filter(expire_date__lt=now).count()


@transaction.atomic
def clear_some(*, now: datetime) -> int:
    """Removes some of those that have ended, so that others may write in between; how many those were."""
    ended = Session.objects.filter(expire_date__lt=now)
    keys = list(ended.values_list("pk", flat=True)[:AT_ONCE])
    return ended.filter(pk__in=keys).delete()[0]
