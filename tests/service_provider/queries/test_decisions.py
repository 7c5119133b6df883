"""Decisions are listed, filtered and explained, those that withheld a coupon too."""

from datetime import timedelta

import coupon_makers as made
import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import DAY, NOW

from service_provider.models import Campaign, Decision, Mall
from service_provider.queries import decision_page, decisions
from service_provider.queries.decision_words import AT_ISSUE, GROUPS, list_reasons, sentence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stocked() -> None:
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.nobody_held_out()


def found(**params: str) -> set[str]:
    listing = decisions.search(params, 1, now=make.NOON)
    return {row.shopper_key for row in listing.page.rows}


def several() -> Campaign:
    """A coupon, one that is refused for want of money, one of a machine that is withheld yesterday."""
    campaign = made.campaign(budget_minor=500)
    made.decided("late", at=NOW - DAY)
    made.decided("got")
    made.decided("poor")
    return campaign


def test_they_are_filtered() -> None:
    campaign = several()

    assert found() == {"late", "got", "poor"}
    assert found(arm="offered") == {"late"}
    assert found(arm="withheld") == {"got", "poor"}
    assert found(reason="budget used up") == {"got", "poor"}
    assert found(reason="bot") == set()
    assert found(day="2026-05-19") == {"late"}
    assert found(day="2026-05-20") == {"got", "poor"}
    assert found(campaign=str(campaign.pk), group="treated") == {"late", "got", "poor"}
    assert found(group="holdout") == set()


@pytest.mark.parametrize(
    "params", [{"campaign": "4711"}, {"arm": "x"}, {"reason": "x"}, {"day": "x"}], ids=str
)
def test_a_filter_that_means_nothing_shows_nothing(params: dict[str, str]) -> None:
    several()
    assert found(**params) == set()
    assert decisions.filtered(params).count() == 0


def test_a_row_tells_what_followed() -> None:
    several()
    row = next(row for row in decisions.search({}, 1, now=make.NOON).page.rows if row.shopper_key == "late")

    assert (row.coupon, row.coupon_state, row.category, row.arm) == ("10 % off", "issued", "Shoes", 1)
    assert (row.campaign, row.group, row.reasons) == ("Ten off", "treated", ("drawn by chance",))


def test_many_take_as_many_queries_as_few() -> None:
    made.campaign(budget_minor=10**6)
    counts = []
    for known, wanted in ((0, 3), (3, 30)):
        for number in range(known, wanted):
            made.decided(f"S{number}")
        with CaptureQueriesContext(connection) as queries:
            decisions.search({}, 1, now=make.NOON)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ---- one of them --------------------------------------------------------------------------------------


def page(row: Decision) -> decision_page.DecisionPage:
    shown = decision_page.find(row.pk)
    assert shown is not None
    return shown


def test_it_tells_what_she_did_and_who_decided_and_why() -> None:
    low = made.campaign("low", depths=[500, 1_500], priority=-1)
    high = made.campaign("high", depths=[500, 1_000], parameters={"rate": 1.0})
    shown = page(made.decided("S1", risk=0.75))

    assert shown.did is not None
    assert (shown.did.events, shown.did.seconds) == (5, 4)
    assert shown.did.kinds == (("product view", 4), ("add to cart", 1))
    assert shown.did.categories == (("Shoes", 4, 1),)
    assert [(line[0], line[2]) for line in shown.did.basket] == [("P1", 1)]
    assert shown.campaign is not None
    assert (shown.campaign.campaign_id, shown.campaign.left) == (high.pk, "€10.00")
    assert [(one.campaign_id, one.why) for one in shown.others] == [
        (low.pk, "A campaign of higher priority decided on this visit.")
    ]
    assert shown.reasons == ("The coupon was drawn by chance.",)
    assert [(arm.what, arm.chance) for arm in shown.arms] == [
        ("no coupon", 0.0), ("5 % off", 0.5), ("10 % off", 0.5),
    ]  # fmt: skip
    assert [arm.is_chosen for arm in shown.arms].count(True) == 1
    assert (shown.risk, shown.group) == (0.75, "may get coupons")
    assert shown.coupon is not None
    assert shown.coupon.state == "Issued"
    assert (shown.again.differences, shown.again.fault) == ((), "")


def test_arms_are_those_of_then() -> None:
    campaign = made.campaign(discount_kind="amount", depths=[300], cap_minor=300, min_basket_minor=2_000)
    row = made.decided()
    Campaign.objects.filter(pk=campaign.pk).update(depths=[100])

    assert [arm.what for arm in page(row).arms] == ["no coupon", "€3.00 off"]


def test_who_is_held_out_is_told_with_what_she_would_have_got() -> None:
    Mall.objects.update(holdout_bp=10_000)
    made.campaign()
    shown = page(made.decided())

    assert (shown.is_held_out, shown.wanted, shown.coupon) == (True, "10 % off", None)
    assert "the mall's holdout" in shown.group
    assert "never get this coupon" in shown.reasons[0]


def test_a_changed_row_differs_when_it_is_computed_again() -> None:
    made.campaign()
    row = made.decided()
    Decision.objects.filter(pk=row.pk).update(propensities=[0.5, 0.5])

    assert [one[0] for one in page(row).again.differences] == ["propensities"]


def test_a_state_of_another_release_cannot_be_read() -> None:
    made.campaign()
    row = made.decided()
    Decision.objects.filter(pk=row.pk).update(state=b"\xff")
    shown = page(row)

    assert shown.did is None
    assert "another release" in shown.again.fault


def test_one_that_is_not_there() -> None:
    assert decision_page.find(4711) is None


def test_no_campaign_was_for_her() -> None:
    made.campaign(categories=["Toys"])
    shown = page(made.decided())

    assert shown.campaign is None
    assert (shown.arms, shown.policy) == ((), "")
    assert shown.others[0].why == "What the shopper looks for is not in this campaign's categories."


def test_every_reason_has_its_sentence() -> None:
    assert all(sentence(reason).endswith(".") for reason, _ in list_reasons())
    assert set(AT_ISSUE) <= {reason for reason, _ in list_reasons()}
    assert sentence("something new") == "something new"
    assert set(GROUPS) == {"treated", "holdout", "own_holdout", "none"}


def test_days_are_the_malls_own() -> None:
    Mall.objects.update_or_create(pk=1, defaults={"zone": "Asia/Tokyo", "holdout_bp": 0})
    made.campaign()
    late = int((make.NOON + timedelta(hours=4)).timestamp() * 1000)
    made.decided("S1", at=late)

    assert found(day="2026-05-21") == {"S1"}
    assert found(day="2026-05-20") == set()
