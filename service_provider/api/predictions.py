"""POST /api/v1/predictions/ and what it answered before."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Router

from service_provider.api.auth import Key, KeyRequest, actor_of
from service_provider.api.once import IdempotencyKey, answered
from service_provider.api.problems import Problem, ProblemDetails
from service_provider.api.schemas import (
    AskedTransaction,
    NewPrediction,
    Prediction,
    new_prediction_of,
    prediction_of,
)
from service_provider.queries import own_predictions
from service_provider.services import idempotency, predictions

router = Router(tags=["Predictions"])
REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 500, 503})
LARGEST_ID = 2**63 - 1


@router.post(
    "/predictions/",
    auth=Key("predict"),
    response={201: NewPrediction, REFUSALS - {404}: ProblemDetails},
    summary="Ask for a prediction",
    operation_id="predict",
)
def predict(
    request: KeyRequest,
    asked: AskedTransaction,
    idempotency_key: IdempotencyKey,
) -> HttpResponse:
    """High or Low for one transaction. Sent again under the same Idempotency-Key it gives the same answer
    (with the header Idempotent-Replayed) and writes nothing twice."""
    now, key = timezone.now(), request.auth

    def work() -> Callable[[], idempotency.Answer]:
        weighed = predictions.weigh_machine(asked.transaction(), price=asked.price, now=now)
        return lambda: write(weighed)

    def write(weighed: predictions.Weighed) -> idempotency.Answer:
        row = predictions.record(weighed, by=actor_of(key), source="api", now=now, api_key_id=key.id)
        return idempotency.Answer(201, new_prediction_of(row, weighed.unseen).model_dump_json())

    try:
        return answered(request, idempotency_key, work=work)
    except predictions.BadTransaction as fault:
        error = {"where": "body", "name": fault.column, "detail": str(fault)}
        raise Problem(422, "Some values cannot be used.", errors=[error]) from None
    except predictions.NoModel as reason:
        raise Problem(503, str(reason), headers={"Retry-After": "60"}) from None


@router.get(
    "/predictions/{int:prediction_id}",
    auth=Key("predict"),
    response={200: Prediction, REFUSALS - {400, 409, 413, 503}: ProblemDetails},
    summary="Read a prediction again",
    operation_id="get_prediction",
)
def prediction(request: KeyRequest, prediction_id: int) -> Prediction:
    """A prediction that this very key has asked for."""
    if prediction_id > LARGEST_ID:
        raise Http404
    found = own_predictions.find_of_key(request.auth.id, prediction_id)
    if found is None:
        raise Http404
    return prediction_of(found)
