"""A write under an Idempotency-Key happens once: the row is the guard, the stored answer is given again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from service_provider.models import IdempotencyRecord
from service_provider.services import deadlocks

KEPT = timedelta(hours=24)
STALE = timedelta(seconds=60)  # in flight for longer: its process is gone
PURGE_EVERY, PURGE_ROWS = 100, 500


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    replayed: bool = False


class InFlight(Exception):
    """The first request under this key is still being answered."""


class OtherBody(Exception):
    """The key was used before with another request."""


@dataclass(frozen=True, slots=True)
class _Claim:
    row_id: int
    at: datetime


def once(
    api_key_id: int, key: str, *, request: bytes, now: datetime, work: Callable[[], Callable[[], Answer]]
) -> Answer:
    """Does `work` and gives its answer, or the answer stored before.

    `work` reads and computes, outside any transaction; what it returns writes, in one transaction with the
    stored answer. So the database is held for the writing only.

    An exception of `work` is passed on and leaves nothing behind, so that the caller may try again.
    InFlight or OtherBody where the key is taken.
    """
    claim = _claim(api_key_id, _hash(key.encode()), _hash(request), now)
    if isinstance(claim, Answer):
        return claim
    try:
        answer = _written(work(), claim)
    except BaseException:
        IdempotencyRecord.objects.filter(pk=claim.row_id, status__isnull=True, created_at=claim.at).delete()
        raise
    return answer


@deadlocks.atomic
def _written(write: Callable[[], Answer], claim: _Claim) -> Answer:
    answer = write()
    _store(claim, answer)
    return answer


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _claim(api_key_id: int, key: str, body: str, now: datetime) -> _Claim | Answer:
    try:
        with transaction.atomic():
            row = IdempotencyRecord.objects.create(
                api_key_id=api_key_id, idempotency_key=key, body_sha256=body, created_at=now
            )
    except IntegrityError:
        return _known(api_key_id, key, body, now)
    if row.pk % PURGE_EVERY == 0:
        purge(now=now)
    return _Claim(row.pk, now)


def _known(api_key_id: int, key: str, body: str, now: datetime) -> _Claim | Answer:
    """What the row that was there before means: its answer, a refusal, or a claim that may be taken over."""
    row = IdempotencyRecord.objects.filter(api_key_id=api_key_id, idempotency_key=key).first()
    if row is None:
        raise InFlight  # it failed this moment and was taken away: the caller tries again
    in_flight = row.status is None
    if row.created_at <= now - (STALE if in_flight else KEPT):
        return _take_over(row, body, now)
    if row.body_sha256 != body:
        raise OtherBody
    if row.status is None:
        raise InFlight
    return Answer(row.status, row.response, replayed=True)


def _take_over(row: IdempotencyRecord, body: str, now: datetime) -> _Claim:
    mine = IdempotencyRecord.objects.filter(pk=row.pk, created_at=row.created_at, status=row.status).update(
        created_at=now, body_sha256=body, status=None, response=""
    )
    if not mine:
        raise InFlight
    return _Claim(row.pk, now)


def _store(claim: _Claim, answer: Answer) -> None:
    """Keeps the answer; where another request took the claim over meanwhile, this one's work is undone."""
    kept = IdempotencyRecord.objects.filter(pk=claim.row_id, status__isnull=True, created_at=claim.at).update(
        status=answer.status, response=answer.body
    )
    if not kept:
        raise InFlight


def purge(*, now: datetime) -> int:
    """Forgets answers older than a day, some hundreds at a time. Returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:PURGE_ROWS])
    return IdempotencyRecord.objects.filter(pk__in=ids).delete()[0]
