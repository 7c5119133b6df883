"""One visit's columns, made in plain Python, are to the last bit those of many visits."""

import net_visits
import numpy as np

from engine.churn import codes, columns, scaling
from engine.churn.answers import inputs, quick
from engine.churn.codes import STAYED, TURNED, UNSAID
from engine.contracts import EventIn
from engine.visit import empty, fold_all

WORLD = net_visits.world(60, seed=5, longest=70)
MADE = net_visits.made(60, seed=5, longest=70)
TURNS = codes.with_turns(MADE.steps)
SEGMENTS = len(MADE.words.segments)


def one(row):
    """Aggregates and codes of a window, from the state of its visit."""
    state = WORLD.state(MADE, row)
    return columns.aggregates(state, WORLD.standing(MADE, row), MADE.words), codes.newest(state, MADE.words)


def padded(found):
    rows = np.zeros((columns.STEPS, codes.CODES), dtype=np.int16)
    rows[columns.STEPS - len(found) :] = found
    return rows


def test_codes_of_a_visit_are_those_of_its_window():
    for row in range(len(MADE)):
        aggregates, found = one(row)
        assert aggregates == MADE.aggregates[row].tolist()
        assert np.array_equal(padded(found), TURNS[row])


def test_the_newest_steps_alone_know_the_category_before_them():
    for row in range(0, len(MADE), 3):
        state = WORLD.state(MADE, row)
        whole = codes.newest(state, MADE.words)
        for count in (1, 2, 7, 49, 50, 60):
            assert codes.newest(state, MADE.words, count) == whole[-count:]


def test_columns_of_trees_are_the_same_bits():
    wanted = inputs.boosted(MADE.aggregates, MADE.steps)
    for row in range(len(MADE)):
        assert np.array_equal(quick.boosted(*one(row))[0], wanted[row])


def test_columns_of_lines_are_the_same():
    wanted = inputs.plain(MADE.aggregates, MADE.steps, SEGMENTS)
    for row in range(len(MADE)):
        np.testing.assert_allclose(quick.plain(*one(row), SEGMENTS), wanted[row], rtol=1e-12)


def test_logarithms_and_places_of_one_row_are_those_of_many():
    huge = MADE.aggregates.copy()
    huge[0, :] = 2**53
    huge[1, :] = -1
    logs, places = scaling.logs(huge), scaling.places(MADE.aggregates, SEGMENTS)
    for row in range(len(huge)):
        np.testing.assert_allclose(scaling.logs_of(huge[row].tolist())[0], logs[row], rtol=1e-6)
        assert np.array_equal(scaling.places_of(MADE.aggregates[row].tolist(), SEGMENTS)[0], places[row])


def test_a_turn_is_told_between_two_named_categories():
    events = [
        EventIn("", "s", "v", 1_000 + number, kind, "", category)
        for number, (kind, category) in enumerate(
            [
                ("page_view", ""),
                ("search", "toys"),
                ("idle", ""),
                ("category_view", "toys"),
                ("search", "books"),
            ]
        )
    ]
    found = codes.newest(fold_all(empty("v", "s"), events), MADE.words)

    assert [code[5] for code in found] == [UNSAID, UNSAID, UNSAID, STAYED, TURNED]


def test_a_category_that_was_never_met_says_nothing():
    event = EventIn("", "s", "v", 1_000, "category_view", "", "unicorns")

    assert codes.newest(fold_all(empty("v", "s"), [event]), MADE.words) == [(2, 0, 0, 0, 0, UNSAID)]


def test_a_visit_without_events_is_one_step_of_nothing():
    assert codes.newest(empty("v", "s"), MADE.words) == [(0,) * codes.CODES]


def test_a_segment_that_was_never_met_has_the_row_of_the_unknown():
    aggregates = [0] * len(columns.AGGREGATES)
    aggregates[scaling.SEGMENT] = 40

    assert scaling.places_of(aggregates, SEGMENTS)[0, 2] == 0
    assert scaling.places(np.array([aggregates]), SEGMENTS)[0, 2] == 0
