"""What a browser tells of an offer: that it was really shown, or that it is not wanted."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from remote_user import visitor
from remote_user.capture import gate
from service_provider.queries.orders import milliseconds
from service_provider.services import coupons

MOST_BYTES = 200
SEEN, DISMISSED = "seen", "dismissed"


@csrf_exempt  # as the door of events: JSON from our own pages only (docs/decisions/0118)
@require_POST
def offer_told(request: HttpRequest) -> HttpResponse:
    """204 whether or not it was news, or hers: nobody learns here which coupons there are."""
    if not gate.is_ours(request) or request.content_type != "application/json":
        return HttpResponse(status=403)
    length = request.META.get("CONTENT_LENGTH") or "0"
    told = _read(request) if length.isdecimal() and int(length) <= MOST_BYTES else None
    if told is None:
        return HttpResponse(status=400)
    coupon_id, what = told
    shopper_id, now_ms = visitor.shopper_id(request), milliseconds(timezone.now())
    if shopper_id is not None:
        coupons.mark_seen(coupon_id, shopper_id=shopper_id, now_ms=now_ms)
        if what == DISMISSED:
            coupons.dismiss(coupon_id, shopper_id=shopper_id, now_ms=now_ms)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> tuple[int, str] | None:
    try:
        told: Any = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or type(told.get("coupon_id")) is not int:
        return None
    coupon_id, what = told["coupon_id"], told.get("what")
    return (coupon_id, what) if what in (SEEN, DISMISSED) and 0 < coupon_id < 2**63 else None
