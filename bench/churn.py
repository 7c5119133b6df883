"""The risk of a visit: ours as served, beside PyTorch, LightGBM and scikit-learn on one row of the same visits.

A score inside `engine.decide.decide` is the whole of it: aggregates, steps, graphs, calibration, decision. The
references are handed rows that are ready for them. Must hold: p50 of a decision with the stack at most 0.2 ms,
p99 at most 1 ms, and one step of the net that carries its state at most 30 microseconds, all on one thread. Of that
step both are told: the graph alone, which is what PyTorch's step is compared with, and the whole answer to an event.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
from parts.asked import parser_of, tell  # noqa: E402
from parts.churn import ladder as churn_ladder  # noqa: E402
from parts.churn.ladder import RUNGS, TERMS, Ladder  # noqa: E402
from parts.running import say  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from engine import decide  # noqa: E402
from engine.churn import windows  # noqa: E402
from engine.churn.answers import inputs  # noqa: E402
from engine.churn.answers.sessions import session  # noqa: E402
from engine.churn.codes import CODES  # noqa: E402
from engine.churn.columns import AGGREGATES  # noqa: E402
from engine.churn.nets.rows import Rows  # noqa: E402
from engine.churn.serve import RiskModel  # noqa: E402
from engine.churn.windows import Windows  # noqa: E402
from engine.contracts import NO_COUPON, Choice, Scores, VisitState  # noqa: E402

SERVED = "b7"
LIMIT_P50_US, LIMIT_P99_US, LIMIT_CARRIED_US = 200.0, 1_000.0, 30.0
TREES = 200
NOW = 2**42


class Hold:
    """A policy that looks at the risk and offers nothing."""

    name = "hold"

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Any) -> Choice:
        return Choice(NO_COUPON, "", (1.0,), "held back")


class Asked:
    """The model as a decision asks it."""

    def __init__(self, model: RiskModel) -> None:
        self._model = model

    def score(self, state: VisitState) -> Scores:
        return Scores(risk=self._model.score(state).churn)


def timed(say_one: Callable[[Any], Any], rows: Sequence[Any], calls: int) -> dict[str, float]:
    """Microseconds of one call each, over the rows again and again."""
    for row in rows[:100]:
        say_one(row)
    taken = []
    for number in range(calls):
        row = rows[number % len(rows)]
        start = time.perf_counter_ns()
        say_one(row)
        taken.append((time.perf_counter_ns() - start) / 1000)
    return summary(taken)


def summary(taken: Iterable[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}


def decided(model: RiskModel | None) -> Callable[[VisitState], Any]:
    models, policy = None if model is None else Asked(model), Hold()
    return lambda state: decide.decide(
        state,
        policy=policy,
        models=models,
        terms=TERMS,
        now=NOW,
        rng=None,  # type: ignore[arg-type]
    )


def carried(model: RiskModel, seen: list[list[VisitState]], calls: int) -> dict[str, float]:
    """One event of a visit after the other, each with what the one before left."""
    taken: list[float] = []
    while len(taken) < calls:
        for states in seen:
            kept = None
            for number, state in enumerate(states):
                start = time.perf_counter_ns()
                risk = model.score(state, carried=kept)
                if number:  # the first one has nothing to carry
                    taken.append((time.perf_counter_ns() - start) / 1000)
                kept = risk.carried
    return summary(taken[:calls])


def graph_step(ladder: Ladder, calls: int) -> dict[str, float]:
    """The graph of one event alone, handed its inputs."""
    run = session(ladder.rungs["b5"].parts()["b5-step.onnx"]).run
    size = ladder.rungs["b5"].net.memory.hidden_size
    given = {
        "places": np.zeros((1, CODES + 3), dtype=np.int64),
        "numbers": np.zeros((1, len(AGGREGATES) + size), dtype=np.float32),
    }
    return timed(lambda row: run(["chance", "remembered"], row), [given], calls)


def references(ladder: Ladder, made: Windows, calls: int) -> dict[str, dict[str, float]]:
    """Each learner as its own library answers one row."""
    rows = Rows(made)
    batches = [rows.batch(np.array([number])) for number in range(len(made))]
    columns = inputs.boosted(made.aggregates, made.steps)
    each = [columns[number : number + 1] for number in range(len(columns))]
    learnt = inputs.boosted(ladder.train.aggregates, ladder.train.steps)
    some = slice(None, None, max(1, len(learnt) // 20_000))
    forest = RandomForestClassifier(TREES, min_samples_leaf=20, n_jobs=1, random_state=1)
    forest.fit(learnt[some], ladder.train.bought[some])
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    line.fit(learnt[some], ladder.train.bought[some])
    booster = ladder.rungs["b3"].booster
    torch.set_num_threads(1)
    with torch.inference_mode():
        found = {
            f"torch eager, {name}": timed(ladder.rungs[name].net, batches, calls) for name in ("b4", "b5")
        }
        found["torch eager, GRU step carried"] = timed(step_of(ladder.rungs["b5"].net), batches, calls)
        net = ladder.rungs["b5"].net
        pairs = list(zip(batches, each, strict=True))
        found["torch eager and LightGBM, the stack"] = timed(
            lambda pair: (net(pair[0]), booster.predict(pair[1], num_threads=1)),
            pairs,
            calls,
        )
    found["LightGBM, b3"] = timed(lambda row: booster.predict(row, num_threads=1), each, calls)
    found["scikit-learn, logistic regression"] = timed(line.predict_proba, each, calls)
    found[f"scikit-learn, random forest of {TREES}"] = timed(
        forest.predict_proba, each, max(50, calls // 100)
    )
    return found


def step_of(net: Any) -> Callable[[Any], Any]:
    """One step of the GRU from a memory, and its head."""
    memory = torch.zeros(1, 1, net.memory.hidden_size)

    def step(batch: Any) -> Any:
        _, after = net.memory(net.steps(batch.steps[:, -1:]), memory)
        beside = net.aggregates(batch.logs, batch.places)
        return net.heads.churn(torch.relu(net.mix(torch.cat([after[0], beside], dim=1))))

    return step


def measure(*, quick: bool) -> dict[str, Any]:
    calls = 1_500 if quick else 10_000
    say("training every rung on a small simulated mall")
    ladder = churn_ladder.build(*((1_200, 10) if quick else (4_000, 20)), epochs=1 if quick else 3)
    seen = churn_ladder.visits(ladder.log, 400)
    states = churn_ladder.decision_points(seen)
    say(f"asking about {len(states)} decision points")
    alone = timed(decided(None), states, calls)
    ours = {name: timed(decided(ladder.models[name]), states, calls) for name in RUNGS}
    say("carrying the state of the GRU through whole visits")
    step, graph = carried(ladder.models["b5"], seen, calls), graph_step(ladder, calls)
    say("asking PyTorch, LightGBM and scikit-learn")
    made = churn_ladder.finish(windows.make(ladder.log, until_ms=windows.NEVER, extra=1))
    others = references(ladder, made.take(np.arange(min(500, len(made)))), calls)
    whole = others["torch eager and LightGBM, the stack"]
    best = ours[SERVED]
    return {
        "name": "churn",
        "unit": "us per decision with a score",
        "ours": best["p50"],
        "reference": whole["p50"],
        "reference_name": "torch eager and LightGBM: the same stack, one row that is ready for them",
        "ratio": round(whole["p50"] / best["p50"], 1),
        "p50": best["p50"],
        "p99": best["p99"],
        "n": calls,
        "decision_without_a_model": alone,
        "decision_with": ours,
        "carried": step,
        "carried_graph_alone": graph,
        "references": others,
        "carried_ratio": round(others["torch eager, GRU step carried"]["p50"] / graph["p50"], 1),
        "bytes": ladder.sizes,
        "holds": {
            f"p50 of a decision with the stack at most {LIMIT_P50_US:.0f} us": best["p50"] <= LIMIT_P50_US,
            f"p99 of a decision with the stack at most {LIMIT_P99_US:.0f} us": best["p99"] <= LIMIT_P99_US,
            f"a step of the net that carries its state at most {LIMIT_CARRIED_US:.0f} us": graph["p50"]
            <= LIMIT_CARRIED_US,
        },
    }


def show(result: dict[str, Any]) -> None:
    print(f"{'one thread, one visit':44}{'p50 us':>10}{'p99 us':>10}")
    table = {"decision without a model": result["decision_without_a_model"]}
    table |= {f"decision with {name}": row for name, row in result["decision_with"].items()}
    table |= {"one event of b5, state carried": result["carried"]}
    table |= {"of that its graph": result["carried_graph_alone"]} | result["references"]
    for name, row in table.items():
        print(f"{name:44}{row['p50']:10,.1f}{row['p99']:10,.1f}")
    for claim, holds in result["holds"].items():
        print(f"{'yes' if holds else 'NO':>4}  {claim}")


def main() -> int:
    given = parser_of(__doc__).parse_args()
    result = measure(quick=given.quick)
    return tell(result, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
