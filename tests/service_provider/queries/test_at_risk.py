"""How likely visits are to end without a purchase: by the model where it spoke, else by a simple rate."""

from datetime import timedelta
from typing import Any

import make
import pytest
import risk_models

from service_provider.models import Shopper, Visit
from service_provider.queries.reports import at_risk
from service_provider.queries.reports.at_risk import MODEL, RATE, STEPS, LiveVisit, Risk
from service_provider.queries.reports.shares import Share

pytestmark = pytest.mark.django_db


def past(count: int, *, events: int, bought: int = 0, **fields: Any) -> None:
    shopper, _ = Shopper.objects.get_or_create(key="S", defaults={"created_at": make.NOON})
    start = Visit.objects.count()
    Visit.objects.bulk_create(
        Visit(
            key=f"v{start + n}", shopper=shopper, started_ms=1, last_ms=1, event_count=events, is_buying=n < bought,
            **fields,
        )
        for n in range(count)
    )  # fmt: skip


def now(events: int = 1, *, risk: int | None = None, buying: bool = False, bot: bool = False) -> LiveVisit:
    return LiveVisit(1, events, buying, bot, risk, 0, 0)


def judge(*visits: LiveVisit, enough: int = 1, after: int = 0) -> Risk:
    return at_risk.judge(visits, enough=enough, now=make.NOON + timedelta(seconds=after))


def test_nothing_is_known_in_an_empty_mall() -> None:
    found = judge(now(3))

    assert (found.source, found.visits, found.judged, found.likely, found.expected) == (RATE, 1, 0, 0, 0.0)
    assert found.past == Share(0, 0, 1)


def test_the_rate_is_of_past_visits_that_came_as_far() -> None:
    past(6, events=1)
    past(4, events=5, bought=3)
    found = judge(now(1), now(2), now(7))

    assert (found.source, found.past.rate) == (RATE, 0.7)
    assert [(step.step, step.visits, step.mean) for step in found.steps[:4]] == [
        (1, 1, 0.7),
        (2, 1, 0.25),
        (3, 0, 0.25),
        (5, 1, 0.25),
    ]
    assert (found.judged, found.likely, found.expected) == (3, 1, pytest.approx(1.2))


def test_who_has_bought_and_robots_are_at_no_risk() -> None:
    past(4, events=1)

    assert judge(now(buying=True), now(bot=True)).visits == 0


def test_robots_teach_nothing() -> None:
    past(4, events=1)
    past(9, events=1, bought=9, is_bot=True)

    assert judge().past == Share(4, 4, 1)


def test_too_few_past_visits_say_nothing() -> None:
    past(30, events=1)
    past(29, events=10)
    found = judge(now(1), now(10), enough=30)

    assert (found.visits, found.judged) == (2, 1)
    assert found.steps[STEPS.index(10)].mean is None


def test_the_model_is_believed_once_it_has_spoken() -> None:
    past(4, events=1)
    found = judge(now(1, risk=400_000), now(1, risk=600_000), now(8))

    assert (found.source, found.visits, found.judged, found.likely) == (MODEL, 3, 2, 1)
    assert (found.expected, found.steps[0].mean) == (pytest.approx(1.0), pytest.approx(0.5))
    assert found.steps[STEPS.index(5)].mean is None, "the rate does not stand in for the model"


@pytest.mark.parametrize(
    ("events", "step"), [(0, 1), (1, 1), (2, 2), (4, 3), (5, 5), (19, 10), (20, 20), (999, 50)]
)
def test_a_visit_stands_at_the_last_step_that_it_reached(events: int, step: int) -> None:
    assert STEPS[at_risk.place_of(events)] == step


def test_rates_are_learnt_once_a_minute(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        judge()
    past(4, events=1)
    with django_assert_num_queries(0):
        assert judge(after=59).past.total == 0
    with django_assert_num_queries(2):
        assert judge(after=60).past.total == 4


@pytest.mark.parametrize(("threshold", "likely"), [(0.95, 1), (0.7, 2)], ids=["high", "low"])
def test_by_the_model_the_top_tenth_is_at_risk(threshold: float, likely: int) -> None:
    risk_models.version(live=True, report={"threshold": threshold})
    found = judge(now(4, risk=960_000), now(4, risk=800_000), now(4, risk=600_000))

    assert (found.source, found.threshold, found.likely, found.judged) == (MODEL, threshold, likely, 3)


def test_a_threshold_is_the_models_and_no_rates() -> None:
    risk_models.version(live=True, report={"threshold": 0.95})
    assert judge(now(4)).threshold == at_risk.LIKELY
