"""What models of churn learn from: people's whole visits as they were known, the newest first."""

from datetime import timedelta
from typing import Any

import make
import pytest
from make import NOON

from engine.churn.windows import NEVER
from engine.contracts import KINDS
from service_provider.models import Decision, Event, Membership, Shopper, Visit
from service_provider.queries import training_data

pytestmark = pytest.mark.django_db

NOON_MS = int(NOON.timestamp() * 1000)
AS_OF = NOON + timedelta(hours=5)
SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000


def shopper(key: str = "s") -> Shopper:
    return Shopper.objects.create(key=key, created_at=NOON - timedelta(days=3))


def visit(who: Shopper, key: str, *kinds: str, at: int = NOON_MS, **fields: Any) -> Visit:
    made = Visit.objects.create(
        key=key,
        shopper=who,
        started_ms=at,
        last_ms=at + len(kinds) * SECOND,
        event_count=len(kinds),
        **fields,
    )
    for place, kind in enumerate(kinds):
        Event.objects.create(
            event_id=f"{key}-{place}",
            visit=made,
            occurred_ms=at + place * SECOND,
            received_ms=at + place * SECOND,
            kind=KINDS.index(kind),
            product_id="P1" if kind == "product_view" else "",
            category="Shoes" if kind == "product_view" else "",
            price_minor=8990 if kind == "product_view" else None,
        )
    return made


def decision(of: Visit, step: int, arm: int, propensities: list[float]) -> None:
    Decision.objects.create(
        visit=of, shopper=of.shopper, at_ms=of.started_ms + step * SECOND, step=step, state=b"", arm=arm,
        group="none", reasons=[], propensities=propensities, seed="", seen={}, micros=1,
    )  # fmt: skip


def test_events_stand_by_visit_in_the_order_of_receipt() -> None:
    who = shopper()
    visit(who, "b", "page_view", "product_view", at=NOON_MS + HOUR)
    visit(who, "a", "page_view", "purchase")
    found = training_data.read(AS_OF)

    assert (found.visits, found.events, found.left_out) == (2, 4, 0)
    assert sorted(found.log.kind.tolist()) == sorted(
        KINDS.index(k) for k in ("page_view", "product_view", "page_view", "purchase")
    )
    assert found.log.visit.tolist() == [0, 0, 1, 1]
    assert found.log.categories == ("Shoes",)
    assert sorted(found.log.price_minor.tolist()) == [-1, -1, -1, 8990]
    assert found.log.treated_at.tolist() == [NEVER, NEVER]


def test_robots_summed_visits_and_what_came_later_are_left_out() -> None:
    who = shopper()
    visit(who, "robot", "page_view", is_bot=True)
    visit(who, "summed", "page_view", is_summed=True)
    visit(who, "later", "page_view", at=NOON_MS + 6 * HOUR)
    visit(who, "kept", "page_view")

    assert training_data.read(AS_OF).visits == 1


def test_the_newest_visits_are_kept_where_there_are_too_many() -> None:
    who = shopper()
    for number in range(4):
        visit(who, f"v{number}", "page_view", "page_view", at=NOON_MS + number * HOUR)
    found = training_data.read(AS_OF, most_events=5)

    assert (found.visits, found.left_out) == (2, 2)
    assert found.log.at_ms.min() == NOON_MS + 2 * HOUR


def test_a_decision_for_a_coupon_treats_a_visit_and_the_chances_of_none_multiply() -> None:
    who = shopper()
    plain, treated = visit(who, "a", "page_view"), visit(who, "b", "page_view", at=NOON_MS + HOUR)
    decision(plain, 3, 0, [0.5, 0.5])
    decision(plain, 5, 0, [0.8, 0.2])
    decision(treated, 3, 1, [0.5, 0.5])
    log = training_data.read(AS_OF).log

    assert log.treated_at.tolist() == [NEVER, NOON_MS + HOUR + 3 * SECOND]
    assert log.untreated_chance.tolist() == [0.4, 0.5]


def test_a_standing_is_as_it_was_when_the_visit_began() -> None:
    who = shopper()
    version = make.model_version()
    Membership.objects.create(
        shopper=who, version=version, segment="low", spending_score=-1.0, behaviour_score=0.5,
        from_at=NOON - timedelta(hours=1), until_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    Membership.objects.create(
        shopper=who, live_shopper=who, version=version, segment="high", from_at=NOON + timedelta(hours=1)
    )
    visit(who, "before", "page_view", at=NOON_MS - 2 * HOUR)
    visit(who, "during", "page_view")
    visit(who, "after", "page_view", at=NOON_MS + 2 * HOUR)
    log = training_data.read(AS_OF).log

    assert log.standings is not None
    assert [one.segment for one in log.standings] == ["", "low", "high"]
    assert [one.spending for one in log.standings] == [0.0, -1.0, 0.0]
    assert [one.tenure_days for one in log.standings] == [2, 3, 3]


def test_an_empty_mall_has_an_empty_log() -> None:
    assert training_data.read(AS_OF).visits == 0


def test_the_number_of_queries_does_not_grow_with_the_events(django_assert_num_queries: Any) -> None:
    who = shopper()
    for number in range(5):
        visit(who, f"v{number}", *["page_view"] * 5, at=NOON_MS + number * HOUR)

    with django_assert_num_queries(4):
        training_data.read(AS_OF)
