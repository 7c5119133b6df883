"""The states of a campaign, and what is left of its money."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy.campaigns import (
    CampaignFacts,
    budget_left_minor,
    has_budget,
    promises_left_minor,
    state_of,
)

RUNS = CampaignFacts(
    is_published=True, is_paused=False, is_ended=False, starts_ms=1_000, ends_ms=2_000, budget_minor=1_000,
    reserved_minor=0, spent_minor=0, cap_minor=500, overbooking_pct=100, limit_total=None, issued=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "now_ms", "state"),
    [
        ({}, 1_000, "running"),
        ({}, 1_999, "running"),
        ({}, 2_000, "ended"),
        ({}, 999, "scheduled"),
        ({"is_published": False}, 1_500, "draft"),
        ({"is_published": False}, 5_000, "draft"),
        ({"is_published": False, "is_ended": True}, 1_500, "ended"),
        ({"is_paused": True}, 1_500, "paused"),
        ({"is_paused": True}, 999, "paused"),
        ({"is_paused": True}, 2_000, "ended"),
        ({"is_ended": True}, 1_500, "ended"),
        ({"reserved_minor": 500}, 1_500, "running"),
        ({"reserved_minor": 501}, 1_500, "exhausted"),
        ({"spent_minor": 501}, 1_500, "exhausted"),
        ({"spent_minor": 501}, 999, "scheduled"),
        ({"limit_total": 1}, 1_500, "running"),
        ({"limit_total": 1, "issued": 1}, 1_500, "exhausted"),
        ({"reserved_minor": 1_500, "overbooking_pct": 200}, 1_500, "running"),
        ({"reserved_minor": 1_501, "overbooking_pct": 200}, 1_500, "exhausted"),
        ({"spent_minor": 1_200, "overbooking_pct": 500}, 1_500, "exhausted"),
    ],
)  # fmt: skip
def test_the_state(changed, now_ms, state):
    assert state_of(replace(RUNS, **changed), now_ms=now_ms) == state


money = st.integers(0, 10**9)


@given(money, money, money, st.integers(1, 10**6), st.integers(100, 500))
def test_what_may_be_promised_is_exactly_what_the_guard_lets_through(budget, spent, reserved, cap, pct):
    facts = replace(
        RUNS,
        budget_minor=budget,
        spent_minor=spent,
        reserved_minor=reserved,
        cap_minor=cap,
        overbooking_pct=pct,
    )
    left = promises_left_minor(budget, spent_minor=spent, reserved_minor=reserved, overbooking_pct=pct)

    assert has_budget(facts) == (cap <= left) == (spent * pct + (reserved + cap) * 100 <= budget * pct)
    assert left >= 0


@given(money, money, money, st.integers(100, 500))
def test_what_is_left_of_the_money_is_never_negative_nor_more_than_the_budget(budget, spent, reserved, pct):
    facts = replace(
        RUNS, budget_minor=budget, spent_minor=spent, reserved_minor=reserved, overbooking_pct=pct
    )

    assert 0 <= budget_left_minor(facts) <= budget
