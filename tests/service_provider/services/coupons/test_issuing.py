"""A coupon comes to a shopper: what stands in its row, and everything that refuses it, with nothing written."""

from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import DAY, NOW

from engine.policy import codes
from service_provider.models import Campaign, CampaignDay, CampaignShopper, Coupon, LedgerRow, Mall
from service_provider.queries import ledger_check
from service_provider.services import codes as new_codes
from service_provider.services import coupons
from service_provider.services.coupons import NotIssued

pytestmark = pytest.mark.django_db


def refusal(of: Campaign, whose: Any = None, **fields: Any) -> str:
    """The reason; and nothing may have been written."""
    before = LedgerRow.objects.count(), Coupon.objects.count(), CampaignShopper.objects.count()
    with pytest.raises(NotIssued) as caught:
        made.issued(of, whose or made.shopper(), **fields)
    assert (LedgerRow.objects.count(), Coupon.objects.count(), CampaignShopper.objects.count()) == before
    assert ledger_check.check(of.pk).faults == ()
    return caught.value.reason


def test_a_coupon_holds_its_worst_case() -> None:
    campaign = made.campaign()

    issued = made.issued(campaign, made.shopper())

    row = Coupon.objects.get(pk=issued.coupon_id)
    assert (row.state, row.reserved_minor, row.spent_minor, row.issued_day) == ("issued", 500, 0, made.TODAY)
    assert codes.read(issued.code) == issued.code == row.code
    campaign.refresh_from_db()
    assert (campaign.issued, campaign.committed_minor, campaign.reserved_minor) == (1, 500, 500)
    assert list(LedgerRow.objects.values_list("kind", "amount_minor", "coupon_id")) == [
        ("commit", 500, row.pk)
    ]
    assert list(CampaignDay.objects.values_list("day", "reserved_minor", "issued")) == [(made.TODAY, 500, 1)]
    assert ledger_check.check(campaign.pk).faults == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"published_at": None}, "not_running"),
        ({"paused_at": make.NOON}, "not_running"),
        ({"ended_at": make.NOON}, "not_running"),
        ({"starts_ms": NOW + 1}, "not_running"),
        ({"starts_ms": NOW}, ""),
        ({"ends_ms": NOW}, "not_running"),
        ({"ends_ms": NOW + 1}, ""),
        ({"budget_minor": 499}, "budget"),
        ({"budget_minor": 500}, ""),
        ({"day_budget_minor": 499}, "day_budget"),
        ({"day_budget_minor": 500}, ""),
        ({"limit_total": 0}, "limit_total"),
        ({"limit_total": 1}, ""),
        ({"limit_per_shopper": 0}, "limit_per_shopper"),
    ],
)  # fmt: skip
def test_what_refuses_it(fields: dict[str, Any], reason: str) -> None:
    campaign = made.campaign(**fields)

    if reason:
        assert refusal(campaign) == reason
    else:
        assert made.issued(campaign, made.shopper()).code


def test_the_budget_is_for_so_many_and_no_more() -> None:
    campaign = made.campaign(budget_minor=1_499)

    made.issued(campaign, made.shopper("S1"))
    made.issued(campaign, made.shopper("S2"))

    assert refusal(campaign, made.shopper("S3")) == "budget"


def test_the_budget_of_a_day_is_new_on_the_next_day() -> None:
    campaign = made.campaign(day_budget_minor=500, budget_minor=5_000)
    made.issued(campaign, made.shopper("S1"))

    assert refusal(campaign, made.shopper("S2")) == "day_budget"
    assert made.issued(campaign, made.shopper("S2"), day=made.TODAY + timedelta(days=1)).code


def test_a_shopper_gets_as_many_of_a_campaign_as_one_may_have_even_when_they_have_ended() -> None:
    campaign, anna = made.campaign(limit_per_shopper=2, budget_minor=5_000), made.shopper()
    for _ in range(2):
        coupons.revoke(made.issued(campaign, anna).coupon_id, by_label="petra", now_ms=NOW)

    assert refusal(campaign, anna) == "limit_per_shopper"
    assert made.issued(campaign, made.shopper("S2")).code


def test_a_shopper_holds_so_many_live_coupons_and_one_whose_time_is_over_is_none() -> None:
    campaign, anna = made.campaign(limit_per_shopper=9, budget_minor=5_000), made.shopper()
    made.issued(campaign, anna, expires_ms=NOW + DAY)
    made.issued(campaign, anna, expires_ms=NOW + 1)

    assert refusal(campaign, anna) == "live_coupons"
    later = made.wanted(campaign, anna, expires_ms=NOW + DAY)
    assert coupons.issue(later, by_label="a test", now_ms=NOW + 1).code


def test_what_was_decided_before_she_got_another_coupon_is_overtaken() -> None:
    campaign, anna = made.campaign(limit_per_shopper=9, budget_minor=5_000), made.shopper()
    made.issued(campaign, anna, last_known_ms=0)

    assert refusal(campaign, anna, last_known_ms=0) == "overtaken"
    assert made.issued(campaign, anna, last_known_ms=NOW).code


def test_nobody_gets_one_while_all_are_stopped() -> None:
    campaign = made.campaign()
    Mall.objects.update_or_create(pk=1, defaults={"coupons_stopped_at": make.NOON})

    assert refusal(campaign) == "stopped"


def test_a_visitor_who_has_become_somebody_else_gets_none() -> None:
    anna, visitor = made.shopper("anna"), made.shopper("visitor")
    visitor.merged_into = anna
    visitor.save()

    assert refusal(made.campaign(), visitor) == "merged"


def test_a_code_that_is_there_already_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = made.campaign()
    first = made.issued(campaign, made.shopper("S1"))
    fresh = new_codes.draw()
    draws = iter([first.code, first.code, fresh])
    monkeypatch.setattr(new_codes, "draw", lambda: next(draws))

    assert made.issued(campaign, made.shopper("S2")).code == fresh
    assert ledger_check.check(campaign.pk).faults == ()


def test_seen_dismissed_and_rated_by_its_owner_alone() -> None:
    anna, bea = made.shopper("anna"), made.shopper("bea")
    coupon_id = made.issued(made.campaign(), anna).coupon_id

    assert not coupons.mark_seen(coupon_id, shopper_id=bea.pk, now_ms=NOW)
    assert not coupons.dismiss(coupon_id, shopper_id=bea.pk, now_ms=NOW)
    assert not coupons.rate(coupon_id, shopper_id=bea.pk, rating=1, comment="")
    for verb in (coupons.mark_seen, coupons.dismiss):
        assert [verb(coupon_id, shopper_id=anna.pk, now_ms=NOW) for _ in range(2)] == [True, False]
    assert coupons.rate(coupon_id, shopper_id=anna.pk, rating=5, comment="x" * 600)
    row = Coupon.objects.get()
    assert (row.state, row.seen_ms, row.dismissed_ms, row.rating, len(row.comment)) == (
        "seen",
        NOW,
        NOW,
        5,
        500,
    )


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_from_one_to_five(rating: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        coupons.rate(1, shopper_id=1, rating=rating, comment="")
