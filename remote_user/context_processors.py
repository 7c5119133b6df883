"""What every template may know: the mall's settings, its aisles and who is looking."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from remote_user import access, visitor
from service_provider.queries import campaigns, storefront
from service_provider.queries import mall as mall_settings


def mall(request: HttpRequest) -> dict[str, Any]:
    return {
        "mall": SimpleLazyObject(mall_settings.get_settings),
        "demo": settings.DEMO,
        "actor": SimpleLazyObject(lambda: access.actor(request)),
        "basket_pieces": SimpleLazyObject(lambda: visitor.basket_pieces(request)),
        "standing_offer": SimpleLazyObject(lambda: visitor.standing_offer(request)),
        "stop": SimpleLazyObject(campaigns.find_stop),
        "aisles": SimpleLazyObject(lambda: storefront.signs(now=timezone.now())),
    }
