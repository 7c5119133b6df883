"""A coupon used at a till and taken back, for tests: what was refused and why, and what the ledger wrote down."""

from collections.abc import Callable
from typing import Any

import coupon_makers as made
import pytest
from shop_events import NOW

from service_provider.models import Coupon, LedgerRow, Redemption
from service_provider.services import coupons
from service_provider.services.coupons import At, Refused
from service_provider.services.coupons.redeeming import SENTENCES

TILL = At("till 1", token="till 1")


def redeem(code: str, *, at: At = TILL, now_ms: int = NOW, lines: Any = made.SHOES) -> coupons.Redeemed:
    return coupons.redeem(code, lines, at=at, now_ms=now_ms)


def reverse(redeemed: coupons.Redeemed, *, restores: bool = True, now_ms: int = NOW) -> bool:
    return coupons.reverse(
        redeemed.redemption_id, why="mistake", restores=restores, by_label="t", now_ms=now_ms
    )


def reason(call: Callable[[], object]) -> str:
    """Why it was refused; and nothing was written."""
    before = list(Coupon.objects.values()), LedgerRow.objects.count(), Redemption.objects.count()
    with pytest.raises(Refused) as caught:
        call()
    assert (list(Coupon.objects.values()), LedgerRow.objects.count(), Redemption.objects.count()) == before
    assert str(caught.value) == SENTENCES[caught.value.reason]
    return caught.value.reason


def movements() -> list[tuple[str, int]]:
    return list(LedgerRow.objects.order_by("pk").values_list("kind", "amount_minor"))
