"""From calibrated scores of all rungs on the test to the report: docs/algorithms/churn.md, "Figures"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn.calibration import TOGETHER
from engine.churn.ladder import figures
from engine.churn.ladder.bound import Bound, shares
from engine.churn.ladder.choice import REFERENCE, Choice
from engine.churn.ladder.figures import HIGHER_IS_BETTER, Slice, Terms, losses, mean
from engine.churn.windows import Windows
from engine.contracts import ChurnReport, Evaluation, Gain, Measure, Scored, SegmentRow
from engine.metrics import confusion

Floats = NDArray[np.float64]
BASELINE = "b0"
AGAINST_BASELINE = "{name} against b0"
LEAST_BUYERS = 50
"""Of a segment, to tell its calibration error."""
LEAST_WINDOWS = 50
NO_SIGNAL = "No signal: nothing here tells a visit that buys from one that does not better than chance."


@dataclass(frozen=True)
class Scores:
    """What was said of the windows of the test, and how it came about."""

    windows: Windows  # of the test, at moments; labels as they were asked for
    churn: Mapping[str, Floats]
    threshold: Floats  # (n,) of the split that a window was tested in
    never_seen: NDArray[np.bool_]
    base: Floats  # (n,) the rate of churn that was learnt, of everybody alike
    seconds: Mapping[str, float]
    micros: Mapping[str, float]
    calibrated_by: Mapping[str, str]  # by segment, of the chosen rung
    own_gains: Mapping[str, tuple[Measure, bool]]  # by segment: the own net's gain, whether it is kept
    bound: Bound | None
    protocol: Mapping[str, Any]
    split: str
    seed: int
    seeds: int
    target: str
    notes: tuple[str, ...] = ()


def assemble(scores: Scores, choice: Choice) -> ChurnReport:
    """The report of the chosen rung beside all others."""
    windows, is_new = scores.windows, scores.never_seen
    everything = np.ones(len(windows), dtype=np.bool_)
    moments = {
        name: _table(scores, windows.moment == place)
        for place, name in enumerate(windows.moments)
        if (windows.moment == place).sum() >= LEAST_WINDOWS
    }
    plain = ChurnReport(
        target=scores.target,
        pooled=_table(scores, everything),
        moments=moments,
        majority_rate=_majority(windows.bought.astype(np.float64)),
        chosen="",
        why="",
        threshold=0.0,
        confusion=((0, 0), (0, 0)),
        calibration=(),
        segments=(),
        has_signal=False,
        never_seen=_table(scores, is_new) if is_new.sum() >= LEAST_WINDOWS else None,
        notes=scores.notes,
    )
    return told_of(plain, scores, choice)


def told_of(report: ChurnReport, scores: Scores, choice: Choice) -> ChurnReport:
    """The same tables with what is told of one rung alone: `scores.threshold` and `calibrated_by` are of that one."""
    chosen, bought = scores.churn[choice.rung], scores.windows.bought.astype(np.int64)
    whole = _slice(scores, np.ones(len(bought), dtype=np.bool_))
    told = {name: _said(table, choice.rung) for name, table in report.moments.items()}
    return replace(
        report,
        pooled=_said(report.pooled, choice.rung),
        moments=told,
        never_seen=report.never_seen and _said(report.never_seen, choice.rung),
        chosen=choice.rung,
        why=choice.why,
        threshold=choice.threshold,
        confusion=confusion(1 - bought, (chosen >= scores.threshold).astype(np.int64)),
        calibration=figures.reliability(whole.bought, chosen),
        segments=tuple(_segments(scores, choice.rung)),
        has_signal=_has_signal(scores, whole, chosen),
        calibration_slope=figures.slope(whole, chosen),
    )


def _slice(scores: Scores, rows: NDArray[np.bool_]) -> Slice:
    return Slice.of(scores.windows.take(rows), seed=scores.seed, rare=0 if scores.target == "exit" else 1)


def _majority(bought: Floats) -> float:
    rate = float(bought.mean()) if len(bought) else 0.0
    return max(rate, 1.0 - rate)


def _has_signal(scores: Scores, whole: Slice, chosen: Floats) -> bool:
    if not whole.has_both:
        return False
    auc = figures.terms_of(whole, chosen)["roc_auc"].measure().low
    weight = whole.windows.weight.astype(np.float64)
    gain = mean(losses(whole.bought, scores.base) - losses(whole.bought, chosen), weight, whole.who)
    return auc is not None and auc > 0.5 and gain.value > 0


def _table(scores: Scores, rows: NDArray[np.bool_]) -> Evaluation:
    part = _slice(scores, rows)
    churn = {name: said[rows] for name, said in scores.churn.items()}
    terms = {name: figures.terms_of(part, said) for name, said in churn.items()}
    known = shares(scores.bound, rows, part, churn) if scores.bound else {}
    models = tuple(
        Scored(
            name,
            _measures(terms[name], part, churn[name], scores.threshold[rows]) | known.get(name, {}),
            fit_seconds=scores.seconds.get(name, 0.0),
            score_micros=scores.micros.get(name),
        )
        for name in churn
    )
    if "bayes" in known:
        models = (
            *models,
            Scored("bayes", known["bayes"], note="the Bayes filter, which knows the laws of the mall"),
        )
    buyers = int(part.bought.sum())
    return Evaluation(
        split=scores.split,
        seeds=tuple(range(scores.seed, scores.seed + scores.seeds)),
        rows=len(part.windows),
        baseline=BASELINE,
        models=models,
        paired_gain=_gains(terms),
        verdict="",
        protocol={"majority_rate": _majority(part.bought), "buyers": buyers} | dict(scores.protocol),
    )


def _measures(
    terms: Mapping[str, Terms], part: Slice, churn: Floats, threshold: Floats
) -> dict[str, Measure]:
    found = {name: one.measure(0.0, np.inf if name == "log_loss" else 1.0) for name, one in terms.items()}
    warned = figures.early_warning(part, churn - threshold, 0.0)
    return found if warned is None else found | {"early_warning_s": warned}


def _gains(terms: Mapping[str, Mapping[str, Terms]]) -> dict[str, Gain]:
    found = {}
    for name in terms:
        if name != REFERENCE and REFERENCE in terms:
            found[name] = _gain(terms, name, REFERENCE)
        if name != BASELINE:
            key = name if name == REFERENCE else AGAINST_BASELINE.format(name=name)
            found[key] = _gain(terms, name, BASELINE)
    return found


def _gain(terms: Mapping[str, Mapping[str, Terms]], name: str, against: str) -> Gain:
    mine, others = terms[name], terms[against]
    found = {}
    for figure, is_higher in HIGHER_IS_BETTER.items():
        if figure in mine and figure in others:
            better = mine[figure].less(others[figure]) if is_higher else others[figure].less(mine[figure])
            found[figure] = better.measure()
    return Gain(against, found)


def _said(table: Evaluation, chosen: str) -> Evaluation:
    """With its verdict on the chosen rung."""
    auc = table.model(chosen).metrics.get("roc_auc")
    return replace(table, verdict=_verdict(auc, table.paired_gain, chosen))


def _verdict(auc: Measure | None, gains: Mapping[str, Gain], chosen: str) -> str:
    if auc is None or auc.low is None:
        return "All visits here end alike: nothing can be said."
    if auc.low <= 0.5:
        return NO_SIGNAL
    over = gains.get(AGAINST_BASELINE.format(name=chosen)) or gains.get(chosen)
    if over is None or chosen == BASELINE:
        return "There is signal; no rung beats the rate by segment and step."
    low = over.metrics["log_loss"].low
    how = "better than" if low is not None and low > 0 else "not clearly better than"
    return f"There is signal: {chosen} is {how} the rate by segment and step ({over.against}) in log-loss."


def _segments(scores: Scores, chosen: str) -> list[SegmentRow]:
    found = []
    names = [("", -1), *((name, place) for place, name in enumerate(scores.windows.words.segments))]
    for name, place in names:
        rows = scores.windows.segment == place
        if not rows.any():
            continue
        part, churn = _slice(scores, rows), scores.churn[chosen][rows]
        buyers = int(part.bought.sum())
        enough = min(buyers, len(churn) - buyers) >= LEAST_BUYERS
        gain, keeps = scores.own_gains.get(name, (None, False))
        found.append(
            SegmentRow(
                segment=name,
                rows=len(churn),
                buyers=buyers,
                calibration_error=figures.terms_of(part, churn)["ece"].measure(0.0, 1.0) if enough else None,
                calibrated_by=scores.calibrated_by.get(name, TOGETHER),
                own_net_gain=gain,
                keeps_own_net=keeps,
            )
        )
    return found
