"""Campaigns are made, edited, begun, paused and ended by the rules, and every change is in the audit log."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from campaign_steps import GOOD, LATER, PETRA, create, edit, last_entry, row, state, version, with_coupons
from shop_events import DAY, NOW

from service_provider.models import AuditEntry, Campaign, Coupon
from service_provider.queries.campaign_values import values_of
from service_provider.services import campaigns
from service_provider.services.campaigns import rules

pytestmark = pytest.mark.django_db


# ---- making one ---------------------------------------------------------------------------------------


def test_a_new_campaign_is_a_draft_with_a_salt_of_its_own() -> None:
    first, second = create(), create()

    assert state(first) == "draft"
    assert len({row(first).salt, row(second).salt}) == 2
    assert values_of(row(first)) == GOOD
    assert (last_entry().verb, last_entry().actor_label) == ("create_campaign", "petra")
    assert last_entry().detail["cap"] == "€5.00"


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        (date(2026, 5, 20), "2026-05-19T22:00", "2026-05-20T22:00"),
        (date(2026, 3, 29), "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        (date(2026, 10, 25), "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
    ],
    ids=["a plain day", "clocks go forward", "clocks go back"],
)
def test_a_day_is_the_malls_own_also_when_clocks_change(day: date, starts: str, ends: str) -> None:
    made_row = row(create(starts_on=day, ends_on=day))

    def ms(text: str) -> int:
        return int(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)

    assert (made_row.starts_ms, made_row.ends_ms) == (ms(starts), ms(ends))


AMOUNT = {"discount_kind": "amount", "depths": (500,), "cap_minor": 500, "min_basket_minor": 2_000}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"name": " "}, rules.NameMissing),
        ({"ends_on": made.TODAY - timedelta(days=1)}, rules.EndsBeforeItStarts),
        ({"valid_days": 0}, rules.ValidDaysUnsound),
        ({"valid_days": 367}, rules.ValidDaysUnsound),
        ({"depths": ()}, rules.DepthsUnsound),
        ({"depths": (0, 500)}, rules.DepthsUnsound),
        ({"depths": (500, 500)}, rules.DepthsUnsound),
        ({"depths": (1_000, 500)}, rules.DepthsUnsound),
        ({"depths": (10_001,)}, rules.DepthsUnsound),
        ({"depths": (1, 2, 3, 4, 5, 6, 7)}, rules.DepthsUnsound),
        ({"discount_kind": "gift"}, rules.DepthsUnsound),
        ({"cap_minor": 0}, rules.CapMissing),
        (AMOUNT | {"cap_minor": 499}, rules.CapBelowAmount),
        (AMOUNT | {"min_basket_minor": 499}, rules.BasketTooSmall),
        (AMOUNT | {"min_basket_minor": 0}, rules.BasketTooSmall),
        ({"min_basket_minor": -1}, rules.BasketTooSmall),
        ({"budget_minor": 499}, rules.BudgetBelowOneCoupon),
        ({"day_budget_minor": 499}, rules.DayBudgetBelowOneCoupon),
        ({"overbooking_pct": 99}, rules.OverbookingUnsound),
        ({"overbooking_pct": 501}, rules.OverbookingUnsound),
        ({"limit_per_shopper": 0}, rules.LimitUnsound),
        ({"limit_total": 0}, rules.LimitBelowIssued),
        ({"audience": "friends"}, rules.AudienceUnsound),
        ({"audience": "segments"}, rules.SegmentsMissing),
        ({"holdout_bp": -1}, rules.HoldoutUnsound),
        ({"holdout_bp": 10_001}, rules.HoldoutUnsound),
        ({"policy": "magic"}, rules.PolicyUnsound),
        ({"parameters": {}}, rules.RateUnsound),
        ({"parameters": {"rate": 1.01}}, rules.RateUnsound),
        ({"policy": "published_rule", "parameters": {"threshold": 1.5}}, rules.ThresholdUnsound),
        ({"policy": "published_rule", "parameters": {"arm": 3}}, rules.ArmUnsound),
        ({"policy": "published_rule", "parameters": {"arm": 0}}, rules.ArmUnsound),
        ({"parameters": {"rate": 1.0, "margin_floor": 2}}, rules.MarginFloorUnsound),
        ({"combines_with": (4711,)}, rules.CombinationUnsound),
    ],
    ids=lambda given: given.__name__ if isinstance(given, type) else "-".join(given),
)
def test_a_rule_that_is_broken_is_named_and_nothing_is_written(changed: dict[str, Any], refusal: Any) -> None:
    with pytest.raises(refusal) as told:
        create(**changed)

    assert told.value.field
    assert str(told.value)
    assert not Campaign.objects.exists()
    assert not AuditEntry.objects.exists()


def test_all_rules_that_are_broken_are_told_at_once() -> None:
    bad = replace(GOOD, name="", cap_minor=0, valid_days=0)

    assert [one.field for one in campaigns.broken(bad)] == ["name", "valid_days", "cap_minor"]


def test_a_sound_amount_is_taken() -> None:
    assert row(create(**AMOUNT)).depths == [500]


# ---- editing ------------------------------------------------------------------------------------------


def test_an_edit_tells_what_stood_there_before() -> None:
    number = create()

    assert edit(number, depths=(700,), budget_minor=20_000, restores_on_cancel=False) == (
        "depths", "budget_minor", "restores_on_cancel",
    )  # fmt: skip
    assert last_entry().detail == {
        "depths": {"before": "5 %, 10 %", "after": "7 %"},
        "budget": {"before": "€100.00", "after": "€200.00"},
        "restored on cancelling": {"before": "yes", "after": "no"},
    }


def test_an_edit_that_changes_nothing_writes_nothing() -> None:
    number = create()
    before = row(number).changed_at

    assert edit(number) == ()
    assert row(number).changed_at == before
    assert AuditEntry.objects.count() == 1


def test_who_edits_what_was_changed_meanwhile_is_told() -> None:
    number = create()
    seen = version(number)
    edit(number, name="Spring")

    with pytest.raises(campaigns.ChangedMeanwhile):
        campaigns.edit(number, replace(GOOD, name="Autumn"), version=seen, by=PETRA, now=LATER)
    assert row(number).name == "Spring"


def test_an_edit_of_nothing() -> None:
    with pytest.raises(campaigns.CampaignNotFound):
        campaigns.edit(4711, GOOD, version="", by=PETRA, now=LATER)


def test_two_changes_in_one_moment_are_two_versions() -> None:
    number = create()
    edit(number, name="A")
    before = version(number)
    edit(number, name="B")

    assert version(number) != before


def test_a_budget_stays_above_what_is_promised() -> None:
    campaign = with_coupons()

    with pytest.raises(rules.BudgetBelowPromised, match=r"€10\.00"):
        edit(campaign.pk, budget_minor=999)
    assert edit(campaign.pk, budget_minor=1_000) == ("budget_minor",)


def test_an_overbooked_budget_stays_above_its_part_of_the_promised() -> None:
    campaign = with_coupons(3, overbooking_pct=200, budget_minor=1_000)

    with pytest.raises(rules.BudgetBelowPromised):
        edit(campaign.pk, budget_minor=749)
    with pytest.raises(rules.OverbookingUnsound):
        edit(campaign.pk, overbooking_pct=149)
    assert edit(campaign.pk, budget_minor=750) == ("budget_minor",)


def test_a_limit_stays_above_what_was_given_out() -> None:
    campaign = with_coupons()

    with pytest.raises(rules.LimitBelowIssued):
        edit(campaign.pk, limit_total=1)
    edit(campaign.pk, limit_total=2)
    assert state(campaign.pk) == "exhausted"


def test_who_was_held_out_stays_so_once_coupons_were_given_out() -> None:
    fresh = made.campaign("fresh")
    edit(fresh.pk, holdout_bp=500)
    used = with_coupons()
    salt = used.salt

    with pytest.raises(rules.HoldoutFixed):
        edit(used.pk, holdout_bp=500)
    edit(used.pk, name="Another name")
    assert row(used.pk).salt == salt


def test_another_cap_and_depth_leave_issued_coupons_as_they_are() -> None:
    campaign = made.campaign(budget_minor=5_000)
    old = made.issued(campaign, made.shopper("S1"))
    edit(campaign.pk, depths=(2_000,), cap_minor=800)
    campaign.refresh_from_db()
    new = made.issued(campaign, made.shopper("S2"))

    caps = [Coupon.objects.get(pk=one.coupon_id).cap_minor for one in (old, new)]
    assert caps == [500, 800]
    assert row(campaign.pk).reserved_minor == 1_300


@pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "by its last day"])
def test_the_days_of_an_ended_campaign_stay(by_hand: bool) -> None:
    number = create(starts_on=made.TODAY - timedelta(days=9), ends_on=made.TODAY - timedelta(days=1))
    Campaign.objects.update(published_at=make.NOON - timedelta(days=9))
    if by_hand:
        Campaign.objects.update(ends_on=made.TODAY, ends_ms=NOW + DAY)
        campaigns.end(number, by=PETRA, now=make.NOON)

    with pytest.raises(rules.DatesFixed):
        edit(number, ends_on=made.TODAY + timedelta(days=5))
    assert edit(number, name="Last spring") == ("name",)


def test_coupons_of_one_campaign_are_not_combined_with_each_other() -> None:
    number, other = create(), create(name="Other")

    with pytest.raises(rules.CombinationUnsound):
        edit(number, combines_with=(number,))
    edit(number, combines_with=(other,))
    assert not row(number).is_exclusive
    assert values_of(row(other)).combines_with == (number,)
    edit(number, combines_with=())
    assert row(number).is_exclusive
