"""/api/pos/v1/: a till checks a coupon, redeems it, takes a redemption back.

A refusal of the coupon is an answer like any other: it is kept under its Idempotency-Key and given again.
"""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel

from service_provider.api.auth import Key, KeyRequest, actor_of
from service_provider.api.once import IdempotencyKey, answered, give
from service_provider.api.problems import Problem, Refusal
from service_provider.api.till_schemas import (
    AskedReversal,
    AskedUse,
    RedeemedCoupon,
    Reversed,
    Validated,
    redeemed_of,
    reversed_of,
    validated_of,
)
from service_provider.queries import mall
from service_provider.queries.keys import KeyCard
from service_provider.services import counter
from service_provider.services.counter import BadAmount, Counter, Effect, NotUsable
from service_provider.services.idempotency import Answer
from service_provider.services.wrong_codes import TooManyWrong

router = Router(tags=["Tills"])
SCOPE = "till"
REFUSALS = frozenset({400, 401, 403, 409, 413, 422, 429, 500})
DryRun = Annotated[bool, Query(description="Only say what would happen: nothing is written or held.")]


@router.post(
    "/validate",
    auth=Key(SCOPE),
    response={200: Validated, REFUSALS: Refusal},
    summary="Check a coupon and hold it",
    operation_id="validate_coupon",
)
def validate(
    request: KeyRequest, asked: AskedUse, idempotency_key: IdempotencyKey, dry_run: DryRun = False
) -> HttpResponse:
    """What the code takes off this basket, line by line. The coupon is held five minutes for this sale: nobody else
    can use it, and it is honoured although it ends meanwhile."""
    does = counter.quote if dry_run else counter.validate
    return _use(request, asked, does, validated_of, key=idempotency_key, dry_run=dry_run)


@router.post(
    "/redeem",
    auth=Key(SCOPE),
    response={200: RedeemedCoupon, REFUSALS: Refusal},
    summary="Redeem a coupon",
    operation_id="redeem_coupon",
)
def redeem(
    request: KeyRequest, asked: AskedUse, idempotency_key: IdempotencyKey, dry_run: DryRun = False
) -> HttpResponse:
    """Uses the coupon, once, on the lines as they are charged. It need not have been checked before."""
    does = counter.quote if dry_run else counter.redeem
    return _use(request, asked, does, redeemed_of, key=idempotency_key, dry_run=dry_run)


@router.post(
    "/reverse",
    auth=Key(SCOPE),
    response={200: Reversed, REFUSALS: Refusal},
    summary="Take a redemption back",
    operation_id="reverse_redemption",
)
def reverse(
    request: KeyRequest, asked: AskedReversal, idempotency_key: IdempotencyKey, dry_run: DryRun = False
) -> HttpResponse:
    """A redemption at a till of the same mall. Whether the coupon lives again is its campaign's rule."""
    at, now_ms = _counter_of(request.auth), _now_ms()

    def work() -> BaseModel:
        if dry_run:
            back = counter.look_back(asked.redemption_id, at=at, now_ms=now_ms)
        else:
            back = counter.take_back(asked.redemption_id, why=asked.why, at=at, now_ms=now_ms)
        return reversed_of(back, mall.get_settings(), dry_run=dry_run)

    return _answer(request, idempotency_key, work, dry_run=dry_run)


def _use(
    request: KeyRequest,
    asked: AskedUse,
    does: Callable[..., Effect],
    told: Callable[..., BaseModel],
    *,
    key: str,
    dry_run: bool,
) -> HttpResponse:
    """What `does` with the coupon, as it is `told`."""
    at, now_ms = _counter_of(request.auth), _now_ms()

    def work() -> BaseModel:
        effect = does(asked.code, asked.sold(), at=at, sale=asked.sale, now_ms=now_ms)
        return told(effect, mall.get_settings(), dry_run=dry_run)

    return _answer(request, key, work, dry_run=dry_run)


def _answer(request: KeyRequest, key: str, work: Callable[[], BaseModel], *, dry_run: bool) -> HttpResponse:
    """A dry run leaves its Idempotency-Key unused."""

    def write() -> Answer:
        try:
            return Answer(200, work().model_dump_json())
        except NotUsable as refusal:
            problem = Problem(409, str(refusal), reason=refusal.reason, say=refusal.say)
            return Answer(problem.status, problem.body())

    try:
        return give(write()) if dry_run else answered(request, key, work=lambda: write)
    except BadAmount as bad:
        error = {"where": "body", "name": "lines", "detail": str(bad)}
        raise Problem(422, "Some values cannot be used.", errors=[error], reason="bad_values") from None
    except TooManyWrong as wrong:
        wait = {"Retry-After": str(wrong.retry_after)}
        raise Problem(429, str(wrong), headers=wait, reason="too_many_wrong_codes", say=SAY_WAIT) from None


SAY_WAIT = "We cannot look at coupons here for a few minutes. Please ask the mall's office."


def _counter_of(key: KeyCard) -> Counter:
    if not key.mall:
        raise Problem(
            403, "This key stands in no mall. Make another one and choose its mall.", reason="no_mall"
        )
    return Counter(actor_of(key).label, f"key:{key.id}", key.mall, api_key_id=key.id)


def _now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)
