"""What a campaign would have done yesterday: decisions once more, or visits walked through again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import DAY, HOUR, NOW

from service_provider.models import Campaign, Coupon, Decision, Event, Mall
from service_provider.queries import campaign_preview, preview_moments
from service_provider.queries.campaign_preview import Preview, preview
from service_provider.queries.campaign_values import CampaignValues
from service_provider.services import offers
from service_provider.services.offers import Knowledge

pytestmark = pytest.mark.django_db
TOMORROW = make.NOON + timedelta(days=1)
VALUES = CampaignValues(
    name="Summer",
    starts_on=made.TODAY,
    ends_on=made.TODAY,
    discount_kind="percent",
    depths=(1_000,),
    cap_minor=500,
    budget_minor=100_000,
    policy="random",
    parameters={"rate": 1.0},
)


@pytest.fixture(autouse=True)
def stocked() -> None:
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.nobody_held_out()


def told(campaign_id: int | None = None, **changed: Any) -> Preview:
    return preview(replace(VALUES, **changed), campaign_id=campaign_id, now=TOMORROW)


def decide(count: int) -> None:
    """Decisions of a campaign that offers nothing."""
    if not Campaign.objects.exists():
        made.campaign("nothing", policy="none", parameters={}, priority=-1)
    for number in range(count):
        made.decided(f"S{number}")


def come(count: int) -> None:
    """Visits without a decision."""
    for number in range(count):
        sending = made.hesitation(f"S{number}")
        offers.answer(sending, ask=lambda point: Knowledge(), clock=lambda: 0.0)


def test_nobody_came() -> None:
    found = told()

    assert (found.source, found.offers, found.total) == ("", 0, 0)
    assert found.day == made.TODAY


@pytest.mark.parametrize("prepare", [decide, come], ids=["decisions", "visits"])
def test_who_would_have_got_what(prepare: Any, request: Any) -> None:
    prepare(3)
    found = told()

    assert found.source == request.node.callspec.id
    assert (found.looked_at, found.total, found.points, found.offers) == (3, 3, 3, 3)
    assert (found.depths, found.categories) == ((("10 %", 3),), (("Shoes", 3),))
    assert found.most_minor == 1_500
    assert {one.shopper_key for one in found.first} == {"S0", "S1", "S2"}
    assert (found.first[0].at.hour, found.first[0].depth, found.first[0].category) == (14, "10 %", "Shoes")
    assert found.refusals == ()


def test_it_writes_nothing_and_gives_nothing_out() -> None:
    decide(2)
    before = (Decision.objects.count(), Event.objects.count(), list(Campaign.objects.values()))
    told()

    assert (Decision.objects.count(), Event.objects.count(), list(Campaign.objects.values())) == before
    assert not Coupon.objects.exists()


@pytest.mark.parametrize(
    ("changed", "offers", "why"),
    [
        ({"budget_minor": 1_000}, 2, "What is left of the budget"),
        ({"budget_minor": 1_000, "overbooking_pct": 200}, 3, ""),
        ({"day_budget_minor": 500}, 1, "What is left of the budget"),
        ({"limit_total": 1}, 1, "What is left of the budget"),
        ({"categories": ("Toys",)}, 0, "not in this campaign's categories"),
        ({"audience": "segments", "segments": ("segment-01",)}, 0, "not among those whom"),
        ({"policy": "published_rule", "parameters": {"threshold": 0.5}}, 0, "No model gave the score"),
        ({"parameters": {"rate": 1.0, "margin_floor": 0.3}}, 0, "too little of the category's margin"),
        ({"policy": "none", "parameters": {}}, 0, "offers no coupons"),
        ({"priority": -2}, 0, "A campaign of higher priority"),
    ],
    ids=["budget", "overbooked", "day", "limit", "category", "segment", "risk", "margin", "none", "priority"],
)
def test_it_is_held_to_its_own_terms(changed: dict[str, Any], offers: int, why: str) -> None:
    decide(3)
    found = told(**changed)

    assert found.offers == offers
    assert (why in found.refusals[0][0]) if why else not found.refusals


def test_the_held_out_are_counted_apart() -> None:
    decide(2)
    found = told(holdout_bp=10_000)

    assert (found.offers, found.held_out) == (0, 2)
    assert found.refusals[0][1] == 2


def test_the_malls_holdout_of_then_holds() -> None:
    Mall.objects.update(holdout_bp=10_000)
    decide(1)

    assert (told().offers, told().held_out) == (0, 1)


def test_nobody_gets_it_twice() -> None:
    decide(0)
    made.decided("S1", at=NOW - 3 * HOUR, tag="morning")
    made.decided("S1", at=NOW, tag="noon")
    found = told(cooldown_hours=0)
    assert (found.offers, found.refusals[0][1]) == (1, 1)
    assert told(cooldown_hours=0, limit_per_shopper=2).offers == 2
    assert told(cooldown_hours=24, limit_per_shopper=2).offers == 1


def test_only_yesterday_counts() -> None:
    decide(0)
    made.decided("S1", at=NOW - DAY)
    made.decided("S2", at=NOW)
    assert (told().total, told().offers) == (1, 1)


def test_a_campaign_takes_its_own_place() -> None:
    campaign = made.campaign("mine", policy="none", parameters={})
    made.decided("S1")
    assert told(campaign.pk).offers == 1


def test_a_stop_does_not_count() -> None:
    Mall.objects.update(coupons_stopped_at=make.NOON)
    decide(1)
    assert told().offers == 1


@pytest.mark.parametrize(("prepare", "bound"), [(decide, "MOST_DECISIONS"), (come, "MOST_VISITS")])
def test_a_part_stands_for_all_with_its_part_of_the_budget(
    prepare: Any, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_moments, bound, 2)
    prepare(4)
    found = told(budget_minor=1_000)

    assert (found.looked_at, found.total, found.is_sampled) == (2, 4, True)
    assert found.offers == 1


def test_a_state_of_another_release_is_passed_over() -> None:
    decide(2)
    Decision.objects.filter(pk=Decision.objects.latest("pk").pk).update(state=b"\xff")
    assert told().points == 1


def test_many_decisions_take_as_many_queries_as_few(django_assert_num_queries: Any) -> None:
    decide(2)
    with django_assert_num_queries(6):
        told()
    decide(6)
    with django_assert_num_queries(6):
        told()
    assert campaign_preview.SHOWN == 10
