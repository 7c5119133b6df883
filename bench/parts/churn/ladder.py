"""The rungs of the churn ladder, trained on a small simulated mall for a benchmark of how soon they answer."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.churn import calibration, nets, serve, windows
from engine.churn.ladder import artefact
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.rungs import boosting, joined, lines
from engine.churn.serve import RiskModel
from engine.churn.splits import Parts
from engine.churn.windows import EventLog, Windows
from engine.contracts import KINDS, EventIn, Progress, Terms, VisitState
from engine.policy.moments import is_decision_point
from engine.simulate import untreated
from engine.simulate.mall.days import WorldSettings
from engine.visit import empty, fold

RUNGS = ("b2", "b3", "b4", "b5", "b6", "b7")
TERMS = Terms()


@dataclass(frozen=True)
class Ladder:
    """Rungs as they were trained and as they are served, and what they learnt from."""

    rungs: dict[str, Any]
    models: dict[str, RiskModel]
    sizes: dict[str, int]  # bytes of each artefact
    train: Windows
    log: EventLog


def finish(steps: Generator[Progress, None, Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def build(shoppers: int, days: int, *, epochs: int) -> Ladder:
    """All of RUNGS. How good they are does not matter here."""
    log = finish(untreated.run(WorldSettings(shoppers, days, seed=5))).log
    made = finish(windows.make(log, until_ms=windows.NEVER))
    asked = made.visit % 5 == 0
    train, valid = made.take(~asked), made.take(asked)
    given = {"seed": 1, "epochs": epochs, "clock": time.perf_counter}
    rungs: dict[str, Any] = {
        "b2": finish(lines.regression(train, valid, seed=1)),
        "b3": finish(boosting.boosting(train, valid, seed=1, bags=2)),
        "b4": finish(nets.fit_cnn(train, valid, **given)),
        "b5": finish(nets.fit_gru(train, valid, **given)),
    }
    rungs["b6"] = finish(joined.forest(train, rungs["b4"], seed=1))
    rungs["b7"] = joined.stack(valid, rungs["b3"], rungs["b5"], seed=1)
    packed = {name: _packed(name, rung, made, valid) for name, rung in rungs.items()}
    models = {name: serve.load(content) for name, content in packed.items()}
    return Ladder(rungs, models, {name: len(content) for name, content in packed.items()}, train, log)


def _packed(name: str, rung: Any, made: Windows, valid: Windows) -> bytes:
    none, every = np.zeros(0, dtype=np.int64), np.arange(len(made))
    line = calibration.fit(rung.score(valid), valid.bought, valid.segment, valid.weight)
    parts = Parts(none, none, none, every, np.zeros(len(made), dtype=np.bool_))
    climbed = Climbed(parts, rungs={name: rung}, calibrations={name: line})
    return artefact.pack(climbed, Choice(name, "for a benchmark", 0.9), made, seed=1)


def visits(log: EventLog, count: int) -> list[list[VisitState]]:
    """The states of the first visits of at least three events, event by event."""
    bounds, found = log.bounds(), []
    for visit in range(log.visits):
        rows = range(int(bounds[visit]), int(bounds[visit + 1]))
        if len(rows) < TERMS.first_event:
            continue
        state, states = empty(f"v{visit}", "s"), []
        for row in rows:
            state = fold(state, _event(log, row))
            states.append(state)
        found.append(states)
        if len(found) == count:
            break
    return found


def _event(log: EventLog, row: int) -> EventIn:
    product, category, price = int(log.product[row]), int(log.category[row]), int(log.price_minor[row])
    return EventIn(
        "", "s", "v", int(log.at_ms[row]), KINDS[log.kind[row]], str(product) if product >= 0 else "",
        log.categories[category] if category >= 0 else "", price if price >= 0 else None,
    )  # fmt: skip


def decision_points(seen: list[list[VisitState]]) -> list[VisitState]:
    """The states at which a model is asked."""
    return [state for states in seen for state in states if is_decision_point(state, TERMS)]
