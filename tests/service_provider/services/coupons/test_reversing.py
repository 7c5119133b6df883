"""A redemption is taken back once; its coupon lives again where it may; an overbooked campaign honours everything."""

import coupon_makers as made
import make
import pytest
from coupon_moves import movements, reason, redeem, reverse
from shop_events import DAY, NOW

from engine.policy.discounts import PricedLine
from service_provider.models import Campaign, CampaignDay, Coupon, Redemption
from service_provider.queries.campaign_terms import cases_of
from service_provider.services import coupons
from service_provider.services.coupons import Issued, NotIssued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_books_balance")]


# ---- taken back ----------------------------------------------------------------------------------------


def test_taken_back_and_live_again(campaign: Campaign, coupon: Issued) -> None:
    assert reverse(redeem(coupon.code)) is True

    campaign.refresh_from_db()
    assert (campaign.committed_minor, campaign.reserved_minor, campaign.spent_minor) == (1_000, 500, 0)
    assert (campaign.issued, campaign.redeemed) == (1, 0)
    kinds = [("commit", 500), ("spend", 400), ("release", 100), ("reverse", 400), ("commit", 500)]
    assert movements() == kinds
    assert redeem(coupon.code).coupon_id == coupon.coupon_id
    assert Redemption.objects.count() == 2


def test_taken_back_for_good(campaign: Campaign, coupon: Issued) -> None:
    assert reverse(redeem(coupon.code), restores=False) is False

    campaign.refresh_from_db()
    assert (campaign.reserved_minor, campaign.spent_minor, campaign.released_minor) == (0, 0, 500)
    assert reason(lambda: redeem(coupon.code)) == "revoked"


def test_it_is_taken_back_once(coupon: Issued) -> None:
    redeemed = redeem(coupon.code)
    reverse(redeemed)

    assert reason(lambda: reverse(redeemed)) == "not_redeemed"
    redeem(coupon.code)
    assert reason(lambda: reverse(redeemed)) == "not_redeemed", "the second use is another redemption"


def test_it_does_not_live_again_when_its_time_is_over_or_its_money_is_promised(campaign: Campaign) -> None:
    late, poor = (made.issued(campaign, made.shopper(key)) for key in ("S1", "S2"))
    used = redeem(late.code), redeem(poor.code)
    Campaign.objects.filter(pk=campaign.pk).update(budget_minor=800)

    assert reverse(used[0], now_ms=NOW + DAY) is False
    assert reverse(used[1]) is True
    again = redeem(poor.code)
    Campaign.objects.filter(pk=campaign.pk).update(budget_minor=499)
    assert reverse(again) is False
    assert set(Coupon.objects.values_list("state", flat=True)) == {"reversed"}


def test_it_lives_again_though_the_campaign_has_ended_and_its_limits_are_reached(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(limit_total=1, day_budget_minor=500)
    redeemed = redeem(made.issued(campaign, made.shopper()).code)
    Campaign.objects.filter(pk=campaign.pk).update(ended_at=make.NOON)

    assert reverse(redeemed) is True
    assert CampaignDay.objects.get().issued == 1


# ---- overbooked ----------------------------------------------------------------------------------------


def test_an_overbooked_campaign_honours_everything_and_then_issues_no_more() -> None:
    campaign = made.campaign(budget_minor=1_000, overbooking_pct=200)
    issued = [made.issued(campaign, made.shopper(f"S{number}")) for number in range(4)]
    with pytest.raises(NotIssued):
        made.issued(campaign, made.shopper("S9"))
    dear = (PricedLine("P1", "Shoes", 90_000, 1),)

    for one in issued[:3]:
        redeem(one.code, lines=dear)

    campaign.refresh_from_db()
    assert campaign.spent_minor == 1_500
    coupons.revoke(issued[3].coupon_id, by_label="petra", now_ms=NOW)
    with pytest.raises(NotIssued) as caught:
        made.issued(campaign, made.shopper("S9"))
    assert caught.value.reason == "budget"


@pytest.mark.parametrize("pct", [100, 150, 333, 500])
def test_as_many_are_issued_as_its_state_says(pct: int) -> None:
    campaign, count = made.campaign(budget_minor=1_200, cap_minor=500, overbooking_pct=pct), 0
    while cases_of([campaign], {}, {})[0].budget_left_minor >= 500:
        made.issued(campaign, made.shopper(f"S{count}"))
        campaign.refresh_from_db()
        count += 1

    assert count == 1_200 * pct // 100 // 500
    with pytest.raises(NotIssued):
        made.issued(campaign, made.shopper("one more"))
