"""Nothing that a learner may read tells what is still to come: not ids, not late events, not the rest of the log."""

from dataclasses import fields, replace

import lightgbm as lgb
import numpy as np
import pytest
import small_logs

from engine.features import FEATURES
from engine.metrics import auc_with_variance
from engine.simulate.gate import Gate
from engine.simulate.mall import days, names
from engine.simulate.mall.columns import DecisionColumns, EventColumns
from engine.simulate.mall.days import WorldSettings

DAYS = small_logs.log()
FIRST = int(min(day.events.occurred_ms.min() for day in DAYS))
LAST = int(max(day.events.received_ms.max() for day in DAYS)) + 86_400_000
MIDDLE = int(DAYS[4].decisions.at_ms[len(DAYS[4].decisions.visit) // 2])
ID_SEEDS = (41, 42, 43, 44)
CERTAIN = 3.0  # standard errors
TREES = {"objective": "binary", "num_threads": 1, "deterministic": True, "verbose": -1, "seed": 3}


def fitted(columns, label):
    return lgb.train(TREES | {"min_data_in_leaf": 20}, lgb.Dataset(columns.astype(np.float64), label), 40)


# ids


def numbers_of(ids):
    """Ids as a model could read them: the whole number, its halves and its bytes."""
    whole = np.array([int(word[1:], 16) for word in ids], dtype=np.uint64)
    octets = whole.astype(">u8").view(np.uint8).reshape(-1, 8)
    halves = octets.copy().view(">u2").reshape(-1, 4)
    return np.column_stack(
        [whole.astype(np.float64), halves.astype(np.float64), octets, whole % np.uint64(1021)]
    )


def visits_of(seed):
    """The visits of a mall: shopper, visit, when it began and whether it bought."""
    mall = days.open_mall(WorldSettings(shoppers=6_000, days=10, seed=seed))
    ends = [ends for _, ends, _ in days.run(mall)]
    columns = ("shopper", "visit", "at_ms", "bought")
    return mall, *(np.concatenate([getattr(end, name) for end in ends]) for name in columns)


def held_out(shopper, at_ms):
    """Earlier visits of half of the shoppers to learn from, later ones of the other half to be judged by. With
    the same shoppers on both sides an id would stand for its bearer's habit, which is hers and no leak."""
    half, early = (
        names.hashed_all(9, names.LABEL, shopper) % np.uint64(2) == 0,
        at_ms < np.quantile(at_ms, 0.5),
    )
    return half & early, ~half & ~early


def auc_over_worlds(columns_of):
    parts = []
    for seed in ID_SEEDS:
        mall, shopper, visit, at_ms, bought = visits_of(seed)
        learn, judge = held_out(shopper, at_ms)
        columns = columns_of(mall, shopper, visit)
        model = fitted(columns[learn], bought[learn])
        said = model.predict(columns[judge].astype(np.float64), num_threads=1)
        parts.append(auc_with_variance(bought[judge].astype(np.int64), said))
    return np.mean([auc for auc, _ in parts]), np.sqrt(sum(spread for _, spread in parts)) / len(parts)


def test_a_model_that_reads_ids_only_knows_nothing():
    def ids(mall, shopper, visit):
        seed = mall.settings.seed
        return np.column_stack(
            [numbers_of(names.shopper_ids(seed, shopper)), numbers_of(names.visit_ids(seed, visit))]
        )

    auc, error = auc_over_worlds(ids)

    assert abs(auc - 0.5) <= CERTAIN * error
    assert error < 0.03


def test_and_it_would_know_if_ids_were_handed_out_by_what_their_bearers_are():
    def telling(mall, shopper, visit):
        rank = np.argsort(np.argsort(mall.world.shoppers.intent))
        return np.column_stack([rank[shopper], visit % 1021])

    auc, error = auc_over_worlds(telling)

    assert auc - 0.5 > CERTAIN * error


# features of a log that ends


def keys(*decisions):
    return [k for part in decisions for k in zip(part.visit.tolist(), part.step.tolist(), strict=True)]


@pytest.fixture(scope="module")
def whole():
    seen = Gate(DAYS, now=LAST).read()
    return seen, small_logs.features_at(seen.events, keys(seen.decisions))


def test_features_of_a_log_that_ends_are_byte_for_byte_those_of_the_whole(whole):
    """Recomputed from what had come in by then, for 25 moments drawn at random."""
    gate, (_, features) = Gate(DAYS, now=LAST), whole
    compared = 0
    for until in np.random.default_rng(8).integers(FIRST + 3_600_000, LAST, 25).tolist():
        seen = gate.read(until)
        again = small_logs.features_at(seen.events, keys(seen.decisions, seen.open))
        compared += len(again)

        assert again == {key: features[key] for key in again}
    assert compared > 1_000


def test_features_of_the_log_are_those_the_decision_was_made_on(whole):
    """Where no event of the visit came late: the log and the shop then saw the same."""
    seen, features = whole
    late = set(seen.events.visit[seen.events.received_ms - seen.events.occurred_ms >= 60_000].tolist())
    recorded = {
        key: row.tobytes()
        for key, row in zip(keys(seen.decisions), seen.decisions.features, strict=True)
        if key[0] not in late
    }

    assert len(recorded) > 200
    assert {key: features[key] for key in recorded} == recorded


def test_a_second_copy_of_an_event_changes_nothing(whole):
    seen, features = whole
    events = seen.events
    _, first = np.unique(np.stack([events.visit, events.step]), axis=1, return_index=True)
    once = EventColumns(*(getattr(events, field.name)[np.sort(first)] for field in fields(events)))

    assert len(once.visit) < len(events.visit)
    assert small_logs.features_at(once, keys(seen.decisions)) == features
    assert small_logs.features_at(events, keys(seen.decisions), repeats_count=True) != features


def test_a_late_event_is_read_when_it_came_in_not_when_it_happened():
    gate = Gate(DAYS, now=LAST)
    events = DAYS[1].events
    late = np.flatnonzero(events.received_ms - events.occurred_ms >= 60_000)
    assert len(late) > 3
    for row in late.tolist():
        happened, came = int(events.occurred_ms[row]), int(events.received_ms[row])
        known = [
            (int(events.visit[row]), int(events.step[row])) in keys(gate.read(until).events)
            for until in (happened, came - 1, came)
        ]
        assert known == [False, False, True]


# a future that could have been another


def shuffled(days_, after, rng):
    """The log with everything after a moment dealt out anew: who did what, what was bought, what came of it."""
    made = []
    for day in days_:
        decisions = deal(day.decisions, day.decisions.at_ms > after, rng)
        over = Gate([day], now=LAST)
        open_ = np.isin(day.decisions.visit, over.read(after).open.visit)
        decisions = deal(decisions, open_, rng, only=("bought", "value_minor", "cost_minor"))
        events = deal(
            day.events,
            small_logs.moments(day.events) > after,
            rng,
            keep=("visit", "received_ms", "occurred_ms"),
        )
        made.append(
            replace(
                day,
                events=events,
                decisions=decisions,
                lines=deal(day.lines, day.lines.placed_ms > after, rng),
            )
        )
    return made


def deal(columns, rows, rng, *, only=(), keep=("visit", "at_ms", "placed_ms")):
    places, dealt = np.flatnonzero(rows), {}
    for field in fields(columns):
        if field.name not in keep and (not only or field.name in only):
            column = getattr(columns, field.name).copy()
            column[places] = column[rng.permutation(places)]
            if column.dtype == bool:
                column[places] = ~column[places]
            dealt[field.name] = column
    return replace(columns, **dealt)


def predictions(days_, moment):
    seen = Gate(days_, now=moment).read()
    model = fitted(seen.decisions.features, seen.decisions.bought)
    asked = np.concatenate([seen.decisions.features, seen.open.features])
    return model.predict(asked.astype(np.float64), num_threads=1).tobytes(), len(asked), seen


def test_another_future_changes_no_prediction():
    other = shuffled(DAYS, MIDDLE, np.random.default_rng(4))
    before, asked, seen = predictions(DAYS, MIDDLE)
    after, _, _ = predictions(other, MIDDLE)

    assert asked > 200
    assert len(seen.open.visit) > 0
    assert after == before
    assert predictions(other, LAST)[0] != predictions(DAYS, LAST)[0]


def test_a_learner_that_reads_past_the_gate_is_caught():
    """The same with outcomes that are not yet known: now another future does change the answer."""

    def leaking(days_):
        columns = [day.decisions for day in days_]
        whole = DecisionColumns(
            *(np.concatenate([getattr(c, f.name) for c in columns]) for f in fields(DecisionColumns))
        )
        rows = whole.at_ms <= LAST
        return (
            fitted(whole.features[rows], whole.bought[rows])
            .predict(whole.features[:50].astype(float))
            .tobytes()
        )

    assert leaking(shuffled(DAYS, MIDDLE, np.random.default_rng(4))) != leaking(DAYS)


def test_features_name_no_id_and_no_outcome():
    words = ("id", "bought", "value_minor", "cost", "coupon", "arm", "label", "type", "future", "next")

    assert [name for name in FEATURES if name.split("_")[-1] == "id" or name in words] == []
