"""Stretches of membership: a new one begins when the segment changes, and only then."""

from datetime import timedelta
from typing import Any

import make
import numpy as np
import pytest
from make import NOON

from engine.contracts import NEWCOMERS, ShopperStanding
from engine.segments.serve import Assigned
from service_provider.models import AuditEntry, Membership, ModelVersion, Shopper
from service_provider.queries import segments as rows
from service_provider.queries.access import COMMAND
from service_provider.services import segments
from service_provider.services.segments import NotLive, Written

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def live() -> ModelVersion:
    return make.model_version(kind="segments", live_kind="segments")


@pytest.fixture
def three() -> np.ndarray:
    made = [Shopper.objects.create(key=f"S{n}", created_at=NOON - n * DAY) for n in range(3)]
    return np.array([one.pk for one in made])


def say(ids: Any, *codes: str, version: ModelVersion, day: int = 0, score: float = 1.0) -> Written:
    new = np.array([code == NEWCOMERS for code in codes])
    scores = np.where(new, np.nan, score)
    at = NOON + day * DAY
    return segments.record(
        ids, Assigned(np.array(codes), scores, -scores), version_id=version.pk, at=at, by=COMMAND, now=at
    )


def stretches(shopper_id: int) -> list[tuple[str, int, int | None]]:
    """Segment, first day, and day after the last."""
    return [
        (m.segment, (m.from_at - NOON).days, m.until_at and (m.until_at - NOON).days)
        for m in Membership.objects.filter(shopper=shopper_id).order_by("from_at")
    ]


def test_everybody_begins_somewhere(live: ModelVersion, three: np.ndarray) -> None:
    assert say(three, "a", "b", NEWCOMERS, version=live) == Written(began=3, moved=0, stayed=0, ended=0)
    assert rows.sizes() == {"a": 1, "b": 1, NEWCOMERS: 1}
    assert Membership.objects.get(segment=NEWCOMERS).spending_score is None
    assert AuditEntry.objects.get().detail == {"began": 3, "moved": 0, "stayed": 0, "ended": 0}


def test_a_stretch_ends_where_another_begins(live: ModelVersion, three: np.ndarray) -> None:
    say(three, "a", "b", NEWCOMERS, version=live)
    assert say(three, "a", "a", NEWCOMERS, version=live, day=5).moved == 1

    assert stretches(three[1]) == [("b", 0, 5), ("a", 5, None)]
    assert stretches(three[0]) == [("a", 0, None)]


def test_said_twice_it_changes_nothing(live: ModelVersion, three: np.ndarray) -> None:
    say(three, "a", "b", "b", version=live)
    before = list(Membership.objects.order_by("pk").values())
    assert say(three, "a", "b", "b", version=live) == Written(began=0, moved=0, stayed=3, ended=0)
    assert list(Membership.objects.order_by("pk").values()) == before


def test_scores_are_brought_up_to_date_within_a_stretch(live: ModelVersion, three: np.ndarray) -> None:
    say(three, "a", "b", "b", version=live)
    say(three, "a", "b", "b", version=live, day=1, score=2.0)

    assert set(Membership.objects.values_list("spending_score", "behaviour_score")) == {(2.0, -2.0)}
    assert Membership.objects.count() == 3


def test_what_is_known_of_a_later_day_stays(live: ModelVersion, three: np.ndarray) -> None:
    say(three, "a", "b", "b", version=live, day=3)
    say(three, "b", "a", "a", version=live, day=1)

    assert stretches(three[0]) == [("a", 3, None)]


def test_who_is_not_there_any_more_belongs_nowhere(live: ModelVersion, three: np.ndarray) -> None:
    say(three, "a", "b", "b", version=live)
    assert say(three[:2], "a", "b", version=live, day=2).ended == 1

    assert stretches(three[2]) == [("b", 0, 2)]


def test_another_version_is_not_written(live: ModelVersion, three: np.ndarray) -> None:
    ModelVersion.objects.update(live_kind=None)
    with pytest.raises(NotLive):
        say(three, "a", "b", "b", version=live)
    assert not Membership.objects.exists()


def test_a_standing_is_one_question(
    live: ModelVersion, three: np.ndarray, django_assert_num_queries: Any
) -> None:
    say(three, "a", NEWCOMERS, "b", version=live)
    with django_assert_num_queries(1):
        assert rows.find_standing("S0", now=NOON + 9 * DAY) == ShopperStanding("a", 1.0, -1.0, 9)
    assert rows.find_standing("S1", now=NOON) == ShopperStanding(NEWCOMERS, 0.0, 0.0, 1)
    assert rows.find_standing("nobody", now=NOON) == ShopperStanding()


def test_a_shopper_without_a_segment_has_her_tenure(three: np.ndarray) -> None:
    assert rows.standings(["S2", "nobody"], now=NOON) == {"S2": ShopperStanding(tenure_days=2)}


def test_who_went_where(live: ModelVersion, three: np.ndarray) -> None:
    say(three[:2], "a", "b", version=live)
    say(three, "a", "a", "b", version=live, day=4)

    assert rows.migration(NOON, NOON + 4 * DAY) == {("a", "a"): 1, ("b", "a"): 1, ("", "b"): 1}
    assert rows.migration(NOON, NOON + 3 * DAY) == {("a", "a"): 1, ("b", "b"): 1}
    assert rows.previous_codes(three.tolist(), at=NOON) == ["a", "b", ""]
    assert rows.first_day() == NOON
