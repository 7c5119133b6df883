"""The API's thin door: a bearer key, what it may do, how often."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from service_provider.api.problems import Problem
from service_provider.queries import keys as key_queries
from service_provider.queries.access import Actor
from service_provider.queries.keys import KeyCard
from service_provider.services import keys


class KeyRequest(HttpRequest):
    """A request that passed the door."""

    auth: KeyCard


class Key(HttpBearer):
    """Lets a live key with the scope pass, and counts the request."""

    openapi_description = "A key that the mall's office made: Authorization: Bearer mall_..."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        card = key_queries.find_by_hash(keys.sha256_of(token))
        if card is None:
            return None
        try:
            keys.admit(card.id, now=timezone.now())
        except keys.TooMany as refusal:
            wait = {"Retry-After": str(refusal.retry_after)}
            raise Problem(429, str(refusal), headers=wait) from None
        if self.scope not in card.scopes:
            raise Problem(403, f"This key lacks the scope {self.scope}.")
        return card


def actor_of(card: KeyCard) -> Actor:
    return Actor(label=f"key {card.name}", role="key")
