"""Books that do not balance are told apart from those that do: every way in which a coin could be lost."""

from typing import Any

import coupon_makers as made
import pytest
from django.db.models import F
from shop_events import NOW

from service_provider.models import Campaign, CampaignDay, Coupon, LedgerRow, Redemption
from service_provider.queries import ledger_check
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    """With one coupon in use and one that is not."""
    campaign = made.campaign()
    used = made.issued(campaign, made.shopper("S1"))
    made.issued(campaign, made.shopper("S2"))
    coupons.redeem(used.code, made.SHOES, at=At("a till"), now_ms=NOW)
    return campaign


def test_books_that_balance(campaign: Campaign) -> None:
    books = ledger_check.check(campaign.pk)

    assert (books.is_balanced, books.faults, books.over_redemptions) == (True, (), 0)
    assert (books.issued, books.redeemed, books.reserved_minor, books.spent_minor) == (2, 1, 500, 400)


@pytest.mark.parametrize(
    ("model", "where", "change", "told"),
    [
        (LedgerRow, {"kind": "spend"}, {"amount_minor": 399}, "spent is 400, by the ledger 399"),
        (LedgerRow, {"kind": "release"}, {"amount_minor": 0}, "released is 100, by the ledger 0"),
        (LedgerRow, {"kind": "release"}, {"kind": "reverse"}, "spent is 400, by the ledger 300"),
        (Coupon, {"state": "issued"}, {"reserved_minor": 499}, "reserved is 500, by the coupons 499"),
        (Coupon, {"state": "redeemed"}, {"state": "expired"}, "redeemed is 1, by the coupons in use 0"),
        (Coupon, {"state": "issued"}, {"state": "expired"}, "1 coupons hold money"),
        (CampaignDay, {}, {"reserved_minor": 0}, "reserved is 500, by the days 0"),
        (CampaignDay, {}, {"issued": 3}, "issued is 2, by the days 3"),
        (Campaign, {}, {"issued": 1}, "issued is 1, by the coupons 2"),
        (Campaign, {}, {"redeemed": 2}, "redeemed is 2, by the redemptions 1"),
        (Redemption, {}, {"discount_minor": 300}, "spent is 400, by the redemptions 300"),
        (Redemption, {}, {"reversed_ms": NOW}, "redeemed is 1, by the redemptions 0"),
    ],
    ids=range(12),
)
def test_what_does_not_fit_is_told(
    campaign: Campaign, model: Any, where: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    model.objects.filter(**where).update(**change)

    books = ledger_check.check(campaign.pk)

    assert not books.is_balanced
    assert any(fault.startswith(told) for fault in books.faults), books.faults


def test_money_that_two_coupons_changed_between_them_is_told(campaign: Campaign) -> None:
    one, other = Coupon.objects.order_by("pk").values_list("pk", flat=True)
    LedgerRow.objects.filter(coupon_id=one, kind="commit").update(amount_minor=F("amount_minor") + 1)
    LedgerRow.objects.filter(coupon_id=other, kind="commit").update(amount_minor=F("amount_minor") - 1)

    assert ledger_check.check(campaign.pk).faults == ("2 coupons do not hold what was moved for them",)


def test_a_coupon_in_use_twice_is_told(campaign: Campaign) -> None:
    row = Redemption.objects.get()
    row.pk, row.live_coupon = None, None
    row.save(force_insert=True)

    assert ledger_check.check(campaign.pk).over_redemptions == 1
    assert "1 redemptions too many" in ledger_check.check(campaign.pk).faults


def test_more_money_than_there_is_is_told(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(overbooking_pct=200, budget_minor=899)

    assert ledger_check.check(campaign.pk).is_balanced, "an overbooked campaign may promise more"
