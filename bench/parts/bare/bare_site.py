"""The same Django server with one door more: it stores a batch with a bare `bulk_create` and does nothing else."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

VISIT = 1


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    from service_provider.models import Event

    now_ms = int(timezone.now().timestamp() * 1000)
    events = orjson.loads(request.body)["events"]
    Event.objects.bulk_create(
        Event(
            event_id=event["event_id"],
            visit_id=VISIT,
            occurred_ms=event["occurred_at"],
            received_ms=now_ms,
            kind=1,
            product_id=event.get("product_id", ""),
        )
        for event in events
    )
    return HttpResponse(orjson.dumps({"accepted": len(events)}), content_type="application/json")


urlpatterns = [path("bare/", bare), path("", include("shopping_mall.urls"))]
