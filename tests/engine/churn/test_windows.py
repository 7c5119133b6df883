"""Which prefixes of which visits are learnt from, and that they are what serving would see."""

from typing import Any

import churn_logs
import numpy as np
import pytest
from churn_logs import DAY, LATER, MINUTE, TEN

from engine.churn import columns, windows
from engine.churn.columns import AGGREGATES, Words
from engine.contracts import KINDS, EventIn, ShopperStanding
from engine.visit import empty, fold

BROWSE = "page_view category_view product_view product_view product_view product_view"
BUY = "page_view product_view product_view add_to_cart cart_view checkout purchase"
EVENTS = AGGREGATES.index("events")


def test_a_window_is_what_folding_the_same_events_gives() -> None:
    log = churn_logs.mall(200, 10).log
    made = churn_logs.made(log, until_ms=windows.NEVER, extra=2)
    bounds = log.bounds()

    for row in range(0, len(made), max(1, len(made) // 50)):
        state, first = empty("", ""), bounds[made.visit[row]]
        for at in range(first, first + made.step[row]):
            price, pieces = int(log.price_minor[at]), int(log.quantity[at])
            code, product = int(log.category[at]), int(log.product[at])
            category = log.categories[code] if code >= 0 else ""
            state = fold(
                state,
                EventIn(
                    "",
                    "",
                    "",
                    int(log.at_ms[at]),
                    KINDS[log.kind[at]],
                    str(product) if product >= 0 else "",
                    category,
                    price if price >= 0 else None,
                    pieces if pieces > 0 else None,
                ),
            )
        assert made.aggregates[row].tolist() == columns.aggregates(state, ShopperStanding(), made.words)
        assert (made.steps[row] == columns.steps(state, made.words)).all()


def test_the_moments_and_what_followed() -> None:
    made = churn_logs.made(churn_logs.log(BROWSE, BUY), at=("3", "5", "add"))

    assert [
        (v, m, s, b) for v, m, s, b in zip(made.visit, made.moment, made.step, made.bought, strict=True)
    ] == [
        (0, 0, 3, 0),
        (0, 1, 5, 0),
        (1, 0, 3, 1),
        (1, 2, 4, 1),
        (1, 1, 5, 1),
    ]
    assert made.aggregates[:, EVENTS].tolist() == made.step.tolist()


def test_what_follows_changes_no_column() -> None:
    short, long = (
        churn_logs.made(churn_logs.log(BROWSE + tail), at=("3",)) for tail in ("", " add_to_cart purchase")
    )

    assert (short.aggregates == long.aggregates).all()
    assert (short.steps == long.steps).all()
    assert (short.bought[0], long.bought[0]) == (0, 1)


@pytest.mark.parametrize("tail", ["checkout", "purchase"])
def test_no_moment_is_asked_about_when_she_pays(tail: str) -> None:
    assert len(churn_logs.made(churn_logs.log(f"page_view add_to_cart {tail} purchase"), at=("3",))) == 0


def test_an_open_visit_is_left_out_and_not_taken_for_one_without_a_purchase() -> None:
    log = churn_logs.log(BROWSE)
    last = int(log.at_ms[-1])

    assert len(churn_logs.made(log, until_ms=last + 30 * MINUTE)) == 0
    assert len(churn_logs.made(log, until_ms=last + 30 * MINUTE + 1)) > 0


def test_a_visit_in_which_a_coupon_was_shown_is_left_out_and_others_stand_for_it() -> None:
    log = churn_logs.log(BROWSE, BROWSE, BROWSE, treated_at={0: TEN + 1}, untreated_chance={1: 0.5, 2: 0.001})
    made = churn_logs.made(log, at=("3",))

    assert made.visit.tolist() == [1, 2]
    assert made.weight.tolist() == [2.0, 20.0]


def test_exit_is_that_nothing_follows() -> None:
    made = churn_logs.made(churn_logs.log("page_view page_view", BROWSE), at=("2",))

    assert made.ends.tolist() == [1, 0]
    assert made.to_leave().bought.tolist() == [0, 1]
    assert made.leaves.tolist() == [1, 1]  # the other visit has forty seconds to go


def test_drawn_windows_are_the_same_for_the_same_seed_and_never_end_where_she_pays() -> None:
    log = churn_logs.mall(200, 10).log
    one, same, other = (
        churn_logs.made(log, extra=2, at=("3",), until_ms=windows.NEVER, seed=s) for s in (1, 1, 2)
    )

    assert (one.step == same.step).all()
    assert not np.array_equal(one.step, other.step)
    drawn = one.take(one.moment < 0)
    assert len(drawn) > 0
    assert (drawn.step >= 3).all()
    paying = [KINDS.index(kind) for kind in ("checkout", "purchase")]
    assert not np.isin(drawn.aggregates[:, AGGREGATES.index("recent_1")], paying).any()


def test_only_points_that_may_be_drawn_are() -> None:
    log = churn_logs.log(BROWSE + " add_to_cart page_view page_view")
    made = churn_logs.made(
        log, extra=5, at=("3",), is_point=lambda state: state.counts[KINDS.index("add_to_cart")] > 0
    )

    assert made.step[made.moment < 0].tolist() == [7, 8, 9]


def test_a_category_that_was_never_met_and_prices_that_are_none_are_unknown() -> None:
    log = churn_logs.log(
        BROWSE,
        category=np.array([0, 0, 0, 1, 1, 1]),
        categories=("Shoes", "Toys"),
        price_minor=np.array([np.nan, 5.0, -3.0, np.inf, 1e30, 700.0]),
    )
    made = churn_logs.made(log, at=("6",), words=Words(("Shoes",)))

    assert log.price_minor.tolist() == [-1, 5, -1, -1, -1, 700]
    assert made.steps[0, -6:, 1].tolist() == [1, 1, 1, 0, 0, 0]
    assert made.steps[0, -4:, 3].tolist()[0] == 0
    assert made.steps[0, :-6].tolist() == np.zeros((44, 5)).tolist()


def test_the_next_category_is_of_the_same_visit() -> None:
    log = churn_logs.log(
        BROWSE, BROWSE, category=np.array([0, -1, 0, -1, -1, 1, *[-1] * 5, 0]), categories=("Shoes", "Toys")
    )
    made = churn_logs.made(log, at=("3", "6"))

    assert made.words.categories == ("Shoes", "Toys")
    assert made.next_category.tolist() == [2, 0, 1, 0]


def test_a_segment_is_the_place_of_its_name_or_unknown() -> None:
    known = {0: ShopperStanding("gold", 9.0, float("nan"), 12), 1: ShopperStanding("new", -0.5, 0.25, -3)}
    log = churn_logs.log(BROWSE, BROWSE, BROWSE, standings=known)
    made = churn_logs.made(log, at=("3",), words=Words((), ("gold",)))

    assert made.segment.tolist() == [0, -1, -1]
    assert made.aggregates[:, -4:].tolist() == [[0, 3000, 0, 12], [-1, -500, 250, 0], [-1, 0, 0, 0]]


@pytest.mark.parametrize("wrong", [("0",), ("x",), ("3", "3")])
def test_moments_are_numbers_or_add(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="Moments are different numbers"):
        churn_logs.made(churn_logs.log(BROWSE), at=wrong)


@pytest.mark.parametrize(("at_ms", "kind"), [(0, 0), (TEN, 99), (TEN, -1)])
def test_a_log_is_sound(at_ms: int, kind: int) -> None:
    one: Any = np.array([1])
    with pytest.raises(ValueError, match="of this log"):
        windows.make_log(one, one, one * at_ms, one * kind)


def test_a_log_of_nothing_has_no_windows() -> None:
    assert len(churn_logs.made(churn_logs.log())) == 0
    assert windows.open_share(churn_logs.log(), LATER + DAY) == 0.0
