"""When a policy may act."""

import pytest
from visit_events import HOUR, MINUTE, SECOND, TEN, event, state

from engine import visit
from engine.contracts import KINDS, Terms
from engine.policy.moments import is_decision_point

TERMS = Terms()


@pytest.mark.parametrize(
    ("kind", "acts"), [(k, k in {"add_to_cart", "cart_view", "exit_intent", "idle"}) for k in KINDS]
)
def test_the_kinds_that_open_a_decision(kind, acts):
    assert is_decision_point(state("page_view", "page_view", kind, every=MINUTE), TERMS) is acts


@pytest.mark.parametrize(("events", "acts"), [(1, False), (2, False), (3, True), (4, True)])
def test_not_before_the_first_event_that_counts(events, acts):
    assert is_decision_point(state(*["cart_view"] * events), TERMS) is acts


@pytest.mark.parametrize(("events", "acts"), [(4, False), (5, True), (6, False), (10, True)])
def test_every_fifth_event(events, acts):
    assert is_decision_point(state(*["page_view"] * events), TERMS) is acts


def test_every_event_or_none_by_number():
    made = state(*["page_view"] * 5)

    assert not is_decision_point(made, Terms(every=0))
    assert is_decision_point(state(*["page_view"] * 3), Terms(every=1))


@pytest.mark.parametrize(("gap", "acts"), [(19_999, False), (20_000, True)])
def test_an_idle_counts_from_twenty_seconds(gap, acts):
    assert is_decision_point(state("page_view", "page_view", "idle", every=gap), TERMS) is acts


def test_a_late_event_is_no_moment():
    made = state(*["page_view"] * 4, every=MINUTE)

    assert is_decision_point(visit.fold(made, event("cart_view", TEN + HOUR)), TERMS)
    assert not is_decision_point(visit.fold(made, event("cart_view", TEN + SECOND)), TERMS)


def test_before_the_first_event_there_is_no_moment():
    assert not is_decision_point(visit.empty("visit-1", "anna"), Terms(first_event=0))
