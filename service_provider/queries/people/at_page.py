"""What every page of the shop must know of a shopper who is logged in."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum

from service_provider.models import BasketLine, Coupon
from service_provider.models.people import Consent, User


@dataclass(frozen=True, slots=True)
class AtPage:
    basket_pieces: int = 0
    is_watched: bool = False  # as `consent.is_watched`
    coupon_until_ms: int = 0  # when the last of the coupons ends that she saw and did not put away


def get(user_id: int) -> AtPage:
    """All in one query, for every page asks it; nothing of an account that is gone."""
    answers = Consent.objects.filter(user_id=OuterRef("pk"), purpose=Consent.Purpose.ANALYTICS)
    lines = BasketLine.objects.filter(shopper_id=OuterRef("shopper_id")).order_by().values("shopper_id")
    seen = Coupon.objects.filter(
        shopper_id=OuterRef("shopper_id"), state=Coupon.State.SEEN, dismissed_ms=None
    )
    found = (
        User.objects.filter(pk=user_id)
        .values_list(
            Subquery(lines.annotate(pieces=Sum("quantity")).values("pieces")),
            Subquery(answers.order_by("-at", "-pk").values("granted")[:1]),
            Subquery(seen.order_by("-expires_ms").values("expires_ms")[:1]),
        )
        .first()
    )
    pieces, granted, until_ms = found or (0, False, 0)
    return AtPage(pieces or 0, bool(granted), until_ms or 0)
