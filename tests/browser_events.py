"""What a browser sends to /capture/, for tests, and what it is told when that is refused."""

import json
from typing import Any

from django.test import Client

from service_provider.models import Event

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
OURS = "http://testserver"
SENT_AT = 1_779_278_400_000


def event(name: str = "e-1", kind: str = "page_view", **fields: Any) -> dict[str, Any]:
    return {"event_id": name, "kind": kind, "occurred_at": SENT_AT} | fields


def send(client: Client, *events: Any, content_type: str = "application/json", **headers: str) -> Any:
    body = {"sent_at": SENT_AT, "events": events}
    return client.post("/capture/", json.dumps(body), content_type=content_type, headers=headers)


def post(client: Client, body: str | bytes) -> Any:
    return client.post("/capture/", body, content_type="application/json")


def refused(answer: Any, status: int, words: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert words in answer.json()["detail"]
    assert not Event.objects.exists()
