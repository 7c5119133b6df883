"""Learners read the log through a gate: it opens for the past, and for no column that tells the future."""

from dataclasses import fields

import numpy as np
import pytest
import small_logs

from engine.features import FEATURES
from engine.simulate.gate import SILENCE_MS, FutureRefused, Gate, LeakFound, check_columns, refuse_labels

DAYS = small_logs.log()
FIRST = int(min(day.events.occurred_ms.min() for day in DAYS))
LAST = int(max(day.events.received_ms.max() for day in DAYS)) + SILENCE_MS
MIDDLE = int(DAYS[3].events.received_ms[len(DAYS[3].events.visit) // 2])


@pytest.fixture(scope="module")
def gate():
    return Gate(DAYS, now=MIDDLE)


def same(one, other):
    assert type(one) is type(other)
    for field in fields(one):
        assert getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes(), field.name


def cut(day, until):
    """The day as it would lie in a log that ends at `until`."""

    def part(columns, kept):
        return type(columns)(*(getattr(columns, f.name)[kept] for f in fields(columns)))

    return type(day)(
        day.number,
        part(day.events, small_logs.moments(day.events) <= until),
        part(day.lines, day.lines.placed_ms <= until),
        part(day.decisions, day.decisions.at_ms <= until),
    )


@pytest.mark.parametrize("ahead_ms", [1, 60_000, 365 * 86_400_000])
def test_the_future_is_refused(gate, ahead_ms):
    with pytest.raises(FutureRefused, match=r"It is 2025-01-09 .* UTC; nothing can be read as of 20"):
        gate.read(MIDDLE + ahead_ms)


def test_nothing_that_is_read_is_later_than_asked(gate):
    for until in (MIDDLE, MIDDLE - 1, (FIRST + MIDDLE) // 2):
        seen = gate.read(until)

        assert seen.until == until
        assert 0 < len(seen.events.visit) < sum(len(day.events.visit) for day in DAYS)
        assert seen.events.occurred_ms.max() <= until
        assert seen.events.received_ms.max() <= until
        assert seen.lines.placed_ms.max() <= until
        assert max(seen.decisions.at_ms.max(), seen.open.at_ms.max(initial=0)) <= until


def test_before_the_first_event_there_is_nothing(gate):
    seen = gate.read(FIRST - 1)

    assert (
        len(seen.events.visit)
        == len(seen.lines.visit)
        == len(seen.decisions.visit)
        == len(seen.open.visit)
        == 0
    )


def test_it_is_read_as_of_now_where_no_moment_is_named(gate):
    same(gate.read().events, gate.read(MIDDLE).events)


def test_everything_is_read_in_the_end():
    seen = Gate(DAYS, now=LAST).read()

    assert len(seen.events.visit) == sum(len(day.events.visit) for day in DAYS)
    assert len(seen.decisions.visit) == sum(len(day.decisions.visit) for day in DAYS)
    assert len(seen.open.visit) == 0


def test_an_outcome_is_known_when_its_visit_is_over_and_not_before():
    """Half an hour of silence ends a visit, whether she bought or not: else the newest outcomes were purchases."""
    days = DAYS[:1]
    decided = days[0].decisions
    ends = {int(v): 0 for v in decided.visit}
    for visit, moment in zip(
        days[0].events.visit.tolist(), small_logs.moments(days[0].events).tolist(), strict=True
    ):
        if visit in ends:
            ends[visit] = max(ends[visit], moment)
    gate = Gate(days, now=LAST)

    for bought in (True, False):
        visit = int(decided.visit[decided.bought == bought][0])
        over = ends[visit] + SILENCE_MS
        before, after = gate.read(over - 1), gate.read(over)

        assert visit in before.open.visit
        assert visit not in before.decisions.visit
        assert visit not in after.open.visit
        assert after.decisions.bought[after.decisions.visit == visit].tolist() == [bought]


def test_an_open_decision_has_no_outcome_to_read(gate):
    names = {field.name for field in fields(gate.read().open)}

    assert len(gate.read(int(DAYS[2].decisions.at_ms.max())).open.visit) > 0
    assert names & {"bought", "value_minor", "cost_minor"} == set()


def test_a_log_that_ends_at_a_moment_reads_the_same():
    """What is handed out at a moment does not depend on what the log holds of the time after it."""
    rng = np.random.default_rng(5)
    gate = Gate(DAYS, now=LAST)
    for until in rng.integers(FIRST + 86_400_000, LAST, 12).tolist():
        whole, part = gate.read(until), Gate([cut(day, until) for day in DAYS], now=until).read()

        same(whole.events, part.events)
        same(whole.lines, part.lines)
        same(whole.decisions, part.decisions)
        same(whole.open, part.open)


def test_what_is_handed_out_cannot_be_written_to(gate):
    with pytest.raises(ValueError, match="read-only"):
        gate.read().decisions.bought[:] = True


def test_a_gate_needs_a_day():
    with pytest.raises(ValueError, match="at least one day"):
        Gate([], now=MIDDLE)


@pytest.fixture(scope="module")
def decided():
    return Gate(DAYS, now=LAST).read().decisions


def test_the_features_themselves_pass(decided):
    check_columns(FEATURES, decided.features, decided.bought)
    check_columns(FEATURES, decided.features, decided.value_minor)
    check_columns((*FEATURES, "arm"), np.column_stack([decided.features, decided.arm]), decided.bought)


@pytest.mark.parametrize("name", ["bought", "value_minor", "shopper_id", "visit", "type", "bought_next_hour"])
def test_a_column_that_is_no_feature_is_refused_by_its_name(decided, name):
    planted = np.column_stack([decided.features, decided.bought])

    with pytest.raises(LeakFound, match=f"^{name}: no feature"):
        check_columns((*FEATURES, name), planted, decided.bought)
    with pytest.raises(LeakFound, match=name):
        refuse_labels([*FEATURES, name])


@pytest.mark.parametrize(
    ("plant", "label"),
    [
        (lambda d: d.bought, "bought"),
        (lambda d: 1 - d.bought.astype(np.int64), "bought"),
        (lambda d: d.bought * 1000 + np.arange(len(d.bought)) % 997, "bought"),
        (lambda d: d.value_minor, "value_minor"),
        (lambda d: -3 * d.value_minor + 7, "value_minor"),
        (lambda d: np.log1p(d.value_minor), "value_minor"),
    ],
)
def test_a_label_under_the_name_of_a_feature_is_refused(decided, plant, label):
    place = FEATURES.index("searches")
    planted = decided.features.astype(np.float64)
    planted[:, place] = plant(decided)

    with pytest.raises(LeakFound, match=r"^searches alone tells the label"):
        check_columns(FEATURES, planted, getattr(decided, label))


def test_a_few_rows_are_no_evidence(decided):
    """Among 200 rows with one purchase some feature is highest there by chance."""
    few = slice(0, 199)
    planted = decided.features.copy()
    planted[:, 0] = decided.bought
    one = np.zeros(len(planted))
    one[np.argmax(planted[:, 1])] = 1

    check_columns(FEATURES, planted[few], decided.bought[few])
    check_columns(FEATURES, decided.features, one)
    check_columns(FEATURES, decided.features, np.zeros(len(planted)))


def test_shapes_and_names_must_fit(decided):
    with pytest.raises(ValueError, match="do not fit columns"):
        check_columns(FEATURES[:-1], decided.features, decided.bought)
    with pytest.raises(ValueError, match="do not fit columns"):
        check_columns(FEATURES, decided.features, decided.bought[:-1])
    with pytest.raises(ValueError, match="named twice"):
        refuse_labels([*FEATURES, FEATURES[0]])


def test_of_many_rows_some_are_enough(decided):
    """A label among 50,000 rows is as plain among every third of them."""
    many = np.resize(decided.features, (50_001, len(FEATURES))).astype(np.float64)
    bought = np.resize(decided.bought, 50_001)
    check_columns(FEATURES, many, bought)
    many[:, 7] = bought

    with pytest.raises(LeakFound, match=FEATURES[7]):
        check_columns(FEATURES, many, bought)
