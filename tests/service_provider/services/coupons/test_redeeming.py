"""A coupon is used once, taken back once, and each refusal has its reason; the books balance after all of it."""

from typing import Any

import coupon_makers as made
import pytest
from coupon_moves import TILL, movements, reason, redeem
from shop_events import DAY, NOW

from engine.policy.discounts import PricedLine
from service_provider.models import Campaign, CampaignDay, Coupon, Redemption
from service_provider.services import coupons
from service_provider.services.coupons import At, Issued
from service_provider.services.coupons.redeeming import HOLD_MS, SENTENCES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_books_balance")]
OTHER = At("till 2", token="till 2")


def test_it_books_the_true_cost_and_gives_the_rest_back(campaign: Campaign, coupon: Issued) -> None:
    found = redeem(coupon.code)

    campaign.refresh_from_db()
    assert found.discount.total_minor == 400
    assert (campaign.reserved_minor, campaign.spent_minor, campaign.released_minor) == (0, 400, 100)
    assert movements() == [("commit", 500), ("spend", 400), ("release", 100)]
    row = Redemption.objects.get()
    assert (row.basket_minor, row.discount_minor, row.lines[0]["discount_minor"]) == (4_000, 400, 400)
    assert list(CampaignDay.objects.values_list("reserved_minor", "spent_minor")) == [(0, 400)]


def test_all_of_its_cap_leaves_no_rest_to_write_down(coupon: Issued) -> None:
    redeem(coupon.code, lines=(PricedLine("P1", "Shoes", 90_000, 1),))

    assert movements() == [("commit", 500), ("spend", 500)]


def test_it_is_used_once(coupon: Issued) -> None:
    redeem(coupon.code)

    assert reason(lambda: redeem(coupon.code)) == "redeemed"
    assert reason(lambda: coupons.quote(coupon.code, made.SHOES, at=TILL, now_ms=NOW)) == "redeemed"


@pytest.mark.parametrize("code", ["", "no code", "23456-789AB-CDEF", "2" * 14])
def test_a_code_that_is_none_is_unknown(code: str) -> None:
    assert reason(lambda: redeem(code)) == "unknown"


def test_a_guesser_learns_nothing() -> None:
    assert SENTENCES["unknown"] == SENTENCES["not_yours"] == SENTENCES["revoked"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((PricedLine("P1", "Shoes", 99, 1),), "min_basket"),
        ((PricedLine("P1", "Toys", 9_999, 1),), "no_match"),
        ((PricedLine("P1", "Toys", 9_999, 1), PricedLine("P2", "Shoes", 4, 1)), "no_match"),
        ((), "min_basket"),
    ],
)  # fmt: skip
def test_the_basket_must_fit(campaign: Campaign, lines: Any, why: str) -> None:
    coupon = made.issued(campaign, made.shopper(), min_basket_minor=100)

    assert reason(lambda: redeem(coupon.code, lines=lines)) == why


def test_in_the_shop_it_is_its_owners(coupon: Issued) -> None:
    anna, bea = made.shopper(), made.shopper("bea")

    assert reason(lambda: redeem(coupon.code, at=At("shop", shopper_id=bea.pk))) == "not_yours"
    assert redeem(coupon.code, at=At("shop", shopper_id=anna.pk)).coupon_id == coupon.coupon_id


def test_at_a_till_the_campaigns_malls_count() -> None:
    coupon = made.issued(made.campaign(malls=["Kanyon"]), made.shopper())

    assert reason(lambda: redeem(coupon.code, at=At("t", mall="Metrocity"))) == "wrong_mall"
    assert reason(lambda: redeem(coupon.code)) == "no_match", "in the shop every line has a mall of its own"
    assert redeem(coupon.code, at=At("t", mall="Kanyon")).discount.total_minor == 400


def test_it_ends_with_the_last_millisecond_of_its_time(coupon: Issued) -> None:
    assert reason(lambda: redeem(coupon.code, now_ms=NOW + DAY)) == "expired"
    assert redeem(coupon.code, now_ms=NOW + DAY - 1).coupon_id == coupon.coupon_id


# ---- held at a till ------------------------------------------------------------------------------------


def hold(coupon: Issued, *, at: At = TILL, now_ms: int = NOW) -> None:
    coupons.hold(coupon.code, made.SHOES, at=at, now_ms=now_ms)


def test_who_holds_it_may_use_it_and_nobody_else(coupon: Issued) -> None:
    hold(coupon)

    assert reason(lambda: redeem(coupon.code, at=OTHER)) == "held"
    assert reason(lambda: redeem(coupon.code, at=At("shop", shopper_id=made.shopper().pk))) == "held"
    assert reason(lambda: hold(coupon, at=OTHER)) == "held"
    assert redeem(coupon.code).coupon_id == coupon.coupon_id
    assert Coupon.objects.values_list("held_until_ms", "held_by").get() == (0, "")


def test_a_hold_ends(coupon: Issued) -> None:
    hold(coupon)

    assert reason(lambda: redeem(coupon.code, at=OTHER, now_ms=NOW + HOLD_MS - 1)) == "held"
    assert redeem(coupon.code, at=OTHER, now_ms=NOW + HOLD_MS).coupon_id == coupon.coupon_id


def test_what_was_held_in_time_may_be_used_a_little_later_but_holding_it_again_adds_nothing(
    coupon: Issued,
) -> None:
    end = NOW + DAY
    hold(coupon, now_ms=end - 1)
    hold(coupon, now_ms=end + HOLD_MS - 2)

    assert reason(lambda: redeem(coupon.code, at=OTHER, now_ms=end)) == "expired"
    assert reason(lambda: redeem(coupon.code, now_ms=end - 1 + HOLD_MS)) == "expired"
    assert redeem(coupon.code, now_ms=end + HOLD_MS - 2).coupon_id == coupon.coupon_id


def test_a_hold_needs_somebody_who_holds(coupon: Issued) -> None:
    with pytest.raises(ValueError, match="token"):
        hold(coupon, at=At("nobody"))


def test_a_coupon_that_is_held_neither_expires_nor_is_revoked(coupon: Issued) -> None:
    hold(coupon, now_ms=NOW + DAY - 1)

    assert coupons.expire(by_label="t", now_ms=NOW + DAY) == 0
    assert not coupons.revoke(coupon.coupon_id, by_label="petra", now_ms=NOW + DAY)
    assert coupons.expire(by_label="t", now_ms=NOW + DAY - 1 + HOLD_MS) == 1


# ---- ended ---------------------------------------------------------------------------------------------


def test_expiry_gives_everything_back(campaign: Campaign, coupon: Issued) -> None:
    assert coupons.expire(by_label="t", now_ms=NOW + DAY - 1) == 0
    assert coupons.expire(by_label="t", now_ms=NOW + DAY) == 1

    campaign.refresh_from_db()
    assert (campaign.reserved_minor, campaign.released_minor) == (0, 500)
    assert movements() == [("commit", 500), ("release", 500)]
    assert reason(lambda: redeem(coupon.code, now_ms=NOW)) == "expired"
    assert coupons.expire(by_label="t", now_ms=NOW + DAY) == 0


def test_many_expire_in_several_goes() -> None:
    campaign = made.campaign(budget_minor=60 * 500)
    for number in range(60):
        made.issued(campaign, made.shopper(f"S{number}"))

    assert [coupons.expire(by_label="t", now_ms=NOW + DAY) for _ in range(3)] == [50, 10, 0]


def test_revoking_gives_everything_back_once(campaign: Campaign, coupon: Issued) -> None:
    assert [coupons.revoke(coupon.coupon_id, by_label="petra", now_ms=NOW) for _ in range(2)] == [True, False]
    assert reason(lambda: redeem(coupon.code)) == "revoked"
    assert movements() == [("commit", 500), ("release", 500)]


def test_a_used_coupon_neither_expires_nor_is_revoked(coupon: Issued) -> None:
    redeem(coupon.code)

    assert coupons.expire(by_label="t", now_ms=NOW + DAY) == 0
    assert not coupons.revoke(coupon.coupon_id, by_label="petra", now_ms=NOW)
