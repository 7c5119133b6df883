"""A batch is answered with the offer that follows from it, and every decision is written down with its reasons."""

from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import NOW, SECOND, sent

from engine.contracts import Scores, VisitState
from service_provider.models import Coupon, Decision, Event, Mall, Miss
from service_provider.queries import replays
from service_provider.services import offers
from service_provider.services.intake import Batch, Sending
from service_provider.services.offers import Answer, Knowledge

pytestmark = pytest.mark.django_db


class Says:
    """A model that is always sure of the same risk."""

    def __init__(self, risk: float | None) -> None:
        self.risk = risk

    def score(self, state: VisitState) -> Scores:
        return Scores(risk=self.risk)


@pytest.fixture
def stocked() -> None:
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.nobody_held_out()


def answer(sending: Sending, knowledge: Knowledge = Knowledge(), clock: Any = lambda: 0.0) -> Answer:  # noqa: B008
    return offers.answer(sending, ask=lambda point: knowledge, clock=clock)


def reasons() -> list[str]:
    return list(Decision.objects.get().reasons)


def test_who_hesitates_gets_one_coupon_and_is_told_why(stocked: None) -> None:
    made.campaign()
    offer = answer(made.hesitation()).offer

    assert offer is not None
    assert (offer.what, offer.why) == (
        "10 % off Shoes, at most €5.00", "because you looked at Shoes 4 times",
    )  # fmt: skip
    coupon = Coupon.objects.get()
    decision = Decision.objects.get()
    assert (coupon.pk, coupon.decision_id, coupon.state) == (offer.coupon_id, decision.pk, "issued")
    assert (decision.arm, decision.group, decision.reasons) == (1, "treated", ["drawn by chance"])
    assert (offer.until.hour, offer.until.minute, offer.until.second) == (23, 59, 59)


def test_a_batch_that_comes_again_gets_the_same_offer_again(stocked: None) -> None:
    made.campaign()
    first = answer(made.hesitation())
    again = answer(made.hesitation())

    assert (first.accepted, again.accepted) == (5, 0)
    assert again.offer == first.offer
    assert (Coupon.objects.count(), Decision.objects.count()) == (1, 1)


def test_without_a_campaign_nothing_is_decided(stocked: None) -> None:
    assert answer(made.hesitation()) == Answer(5)
    assert not Decision.objects.exists()


def test_an_event_that_is_no_decision_point_decides_nothing(stocked: None) -> None:
    made.campaign()
    batch = Batch(
        (sent("a", "product_view", product_id="P1"), sent("b", "add_to_cart", product_id="P1")), NOW
    )

    assert answer(Sending(batch, "S1", NOW)) == Answer(2)
    assert not Decision.objects.exists()


def test_one_coupon_a_visit(stocked: None) -> None:
    made.campaign(limit_per_shopper=5, cooldown_hours=0, budget_minor=10_000)
    answer(made.hesitation())
    later = made.hesitation(at=NOW + 60 * SECOND, tag="later")

    assert answer(later).offer is None
    assert "coupon this visit" in Decision.objects.latest("pk").reasons


def test_the_published_rule_needs_a_risk_and_a_threshold(stocked: None) -> None:
    made.campaign(policy="published_rule", parameters={"threshold": 0.9})
    assert answer(made.hesitation("S1")).offer is None
    assert answer(made.hesitation("S2"), Knowledge(Says(0.85))).offer is None
    assert answer(made.hesitation("S3"), Knowledge(Says(0.95))).offer is not None
    assert [row.reasons[0] for row in Decision.objects.order_by("pk")] == [
        "no score", "risk below threshold", "risk above threshold",
    ]  # fmt: skip


def test_the_models_own_threshold_stands_in_and_none_picks_nobody(stocked: None) -> None:
    made.campaign(policy="published_rule", parameters={}, audience="at_risk")
    assert answer(made.hesitation("S1"), Knowledge(Says(0.99))).offer is None
    assert answer(made.hesitation("S2"), Knowledge(Says(0.99), risk_threshold=0.97)).offer is not None
    assert Decision.objects.order_by("pk").first().reasons == ["other audience"]


def test_the_higher_priority_decides_and_the_other_is_named(stocked: None) -> None:
    low, high = made.campaign("low"), made.campaign("high", priority=1, depths=[500])
    answer(made.hesitation())
    decision = Decision.objects.get()

    assert decision.campaign_id == high.pk
    assert decision.seen["refused"] == {str(low.pk): "another campaign"}


def test_of_equals_the_older_decides_and_who_had_it_comes_to_the_next(stocked: None) -> None:
    first = made.campaign("first", cooldown_hours=0, budget_minor=5_000)
    second = made.campaign("second", cooldown_hours=0, budget_minor=5_000)
    answer(made.hesitation())
    answer(made.hesitation(at=NOW + 3 * 3_600 * SECOND, tag="next visit"))

    assert list(Coupon.objects.order_by("pk").values_list("campaign_id", flat=True)) == [first.pk, second.pk]
    assert Decision.objects.latest("pk").seen["refused"] == {str(first.pk): "had it"}


def test_the_held_out_get_nothing_and_what_they_would_have_got_is_kept(stocked: None) -> None:
    made.campaign()
    Mall.objects.update(holdout_bp=10_000)
    assert answer(made.hesitation()).offer is None

    decision = Decision.objects.get()
    assert (decision.arm, decision.group, decision.seen["wanted_arm"]) == (0, "holdout", 1)
    assert decision.reasons == ["held out", "drawn by chance"]
    assert decision.propensities == [1.0, 0.0]


def test_a_campaign_may_have_a_holdout_of_its_own(stocked: None) -> None:
    made.campaign(holdout_bp=10_000)
    answer(made.hesitation())

    assert Decision.objects.get().group == "own_holdout"


def test_after_an_emergency_stop_nothing_is_issued(stocked: None) -> None:
    made.campaign()
    Mall.objects.update(coupons_stopped_at=make.NOON)
    assert answer(made.hesitation()).offer is None
    assert reasons()[0] == "stopped"


def test_robots_get_nothing(stocked: None) -> None:
    made.campaign()
    robot = made.hesitation()
    answer(Sending(robot.batch, robot.shopper_key, robot.now_ms, is_robot=True))

    assert reasons() == ["bot"]


def test_a_used_up_budget_is_a_reason(stocked: None) -> None:
    made.campaign(budget_minor=499)
    assert answer(made.hesitation()).offer is None
    assert reasons() == ["budget used up"]


def test_never_below_the_margin_floor(stocked: None) -> None:
    made.campaign(depths=[3_000], parameters={"rate": 1.0, "margin_floor": 0.1})
    assert answer(made.hesitation()).offer is None
    assert reasons() == ["drawn by chance", "margin floor"]


def test_never_for_what_was_just_bought(stocked: None) -> None:
    made.campaign()
    make.order(made.shopper(), placed_ms=NOW - 1)
    assert answer(made.hesitation()).offer is None
    assert reasons() == ["drawn by chance", "just bought"]


class Slow:
    """A clock that only a model moves."""

    def __init__(self) -> None:
        self.at, self.calls = 0.0, 0

    def __call__(self) -> float:
        return self.at

    def score(self, state: VisitState) -> Scores:
        self.calls += 1
        self.at += 0.051
        return Scores(risk=0.99)


def test_a_slow_model_is_asked_once_and_there_is_no_coupon(stocked: None) -> None:
    made.campaign(policy="published_rule", parameters={"threshold": 0.5})
    slow = Slow()
    found = answer(made.hesitation(), Knowledge(slow), clock=slow)

    assert (found, slow.calls) == (Answer(5), 1)
    assert (Miss.objects.get().reason, Miss.objects.get().count) == ("deadline", 1)
    assert not Coupon.objects.exists()
    assert Event.objects.count() == 5


class Broken:
    def score(self, state: VisitState) -> Scores:
        raise ZeroDivisionError


def test_a_broken_model_is_no_coupon_and_a_counter(stocked: None) -> None:
    made.campaign(policy="published_rule", parameters={"threshold": 0.5})
    assert answer(made.hesitation(), Knowledge(Broken())) == Answer(5)
    assert Miss.objects.get().reason == "policy"


def test_a_broken_policy_is_no_coupon_and_a_counter(stocked: None) -> None:
    made.campaign(policy="no such policy")
    assert answer(made.hesitation("S1")) == answer(made.hesitation("S2")) == Answer(5)
    assert Miss.objects.get().count == 2


@pytest.mark.parametrize("holdout", [0, 10_000], ids=["treated", "held out"])
def test_every_decision_is_computed_again_alike(stocked: None, holdout: int) -> None:
    Mall.objects.update(holdout_bp=holdout)
    made.campaign("first", parameters={"rate": 0.5}, depths=[500, 1_000, 1_500], budget_minor=3_000)
    made.campaign("second", priority=-1)
    for number in range(12):
        answer(made.hesitation(f"S{number}"))

    assert Decision.objects.count() == 12
    assert all(replays.replay(row.pk).is_identical for row in Decision.objects.all())


def test_a_changed_row_does_not_replay(stocked: None) -> None:
    made.campaign()
    answer(made.hesitation())
    Decision.objects.update(propensities=[0.5, 0.5])
    found = replays.replay(Decision.objects.get().pk)

    assert [one.what for one in found.differences] == ["propensities"]
