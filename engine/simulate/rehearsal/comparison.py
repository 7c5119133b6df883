"""From the outcomes of policies in many worlds to figures with intervals, paired world by world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from scipy.stats import t as student

from engine.contracts import (
    SHOPPER_TYPES,
    BudgetPoint,
    Measure,
    PolicyRow,
    RehearsalReport,
    RehearsalSettings,
)
from engine.simulate.rehearsal.inloop import Outcome

LEVEL = 0.95
ORDER = (
    ("observable", "uplift_rank"), ("observable", "random"), ("uplift_rank", "random"),
    ("uplift_rank", "published_rule"), ("uplift_rank", "propensity_first"), ("random", "published_rule"),
    ("observable", "treat_all"), ("latent", "observable"), ("clairvoyant", "latent"),
)  # fmt: skip
"""The pairs whose difference is reported, better first as theory has it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """One seed: the outcome of each policy, and those of the curve by (policy, share of the budget)."""

    seed: int
    outcomes: dict[str, Outcome]
    curve: dict[tuple[str, float], Outcome]


def mean(values: Sequence[float]) -> Measure:
    """The mean with its 95 % interval by Student's t; no interval for fewer than two values."""
    data = np.asarray(values, dtype=np.float64)
    middle = float(data.mean())
    if len(data) < 2:
        return Measure(middle)
    half = float(student.ppf(0.5 + LEVEL / 2, len(data) - 1) * data.std(ddof=1) / np.sqrt(len(data)))
    return Measure(middle, middle - half, middle + half)


def share(part: Sequence[float], whole: Sequence[float]) -> Measure | None:
    """The ratio of two means with its 95 % interval by Fieller (1954), from pairs; None where the whole is not
    clearly above 0, for then a share of it says nothing."""
    a, b = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    if b.mean() <= 0:
        return None
    ratio = float(a.mean() / b.mean())
    if len(a) < 2:
        return Measure(ratio)
    n, q = len(a), float(student.ppf(0.5 + LEVEL / 2, len(a) - 1)) ** 2
    covariance = np.cov(a, b, ddof=1) / n
    first = b.mean() ** 2 - q * covariance[1, 1]
    if first <= 0:
        return None
    second = a.mean() * b.mean() - q * covariance[0, 1]
    third = a.mean() ** 2 - q * covariance[0, 0]
    root = float(np.sqrt(max(0.0, second**2 - first * third)))
    return Measure(ratio, float((second - root) / first), float((second + root) / first))


def report(settings: RehearsalSettings, budget_minor: float, runs: Sequence[Runs]) -> RehearsalReport:
    """The table, the curve and the paired differences; values are per shopper."""
    names = list(dict.fromkeys(("none", *settings.policies)))
    values = {name: [_value(run.outcomes[name], settings) for run in runs] for name in runs[0].outcomes}
    gains = {name: [v - n for v, n in zip(values[name], values["none"], strict=True)] for name in values}
    return RehearsalReport(
        settings=settings,
        budget_minor=budget_minor,
        rows=tuple(_row(name, runs, values[name], gains[name], gains["observable"]) for name in names),
        curve=tuple(_curve(settings, runs, gains, values["none"])),
        paired=_paired(gains, names),
        notes=_notes(settings, gains),
    )


def _value(outcome: Outcome, settings: RehearsalSettings) -> float:
    return outcome.value_minor / settings.shoppers


def _row(
    name: str, runs: Sequence[Runs], values: list[float], gains: list[float], best: list[float]
) -> PolicyRow:
    outcomes = [run.outcomes[name] for run in runs]

    def over(pick: Callable[[Outcome], float]) -> Measure:
        return mean([pick(outcome) for outcome in outcomes])

    coupons = sum(outcome.coupons for outcome in outcomes)
    by_type = np.sum([outcome.by_type for outcome in outcomes], axis=0) / max(1, coupons)
    spend = np.mean([list(accumulate(outcome.spend_by_day)) for outcome in outcomes], axis=0)
    return PolicyRow(
        name=name,
        value=mean(values),
        gain=mean(gains),
        oracle_share=share(gains, best),
        spend=over(lambda outcome: outcome.spend_minor),
        coupons=over(lambda outcome: outcome.coupons),
        redemptions=over(lambda outcome: outcome.redemptions),
        conversion=over(lambda outcome: outcome.bought / max(1, outcome.visits)),
        by_type=dict(zip(SHOPPER_TYPES, by_type.tolist(), strict=True)),
        spend_path=tuple(spend.tolist()),
    )


def _curve(
    settings: RehearsalSettings, runs: Sequence[Runs], gains: dict[str, list[float]], none: list[float]
) -> list[BudgetPoint]:
    """Value against budget, on the seeds that walked the whole curve."""
    seeds = [place for place, run in enumerate(runs) if run.curve]
    points = []
    for name, rate in runs[0].curve:
        gained = [_value(runs[i].curve[name, rate], settings) - none[i] for i in seeds]
        spend = [runs[i].curve[name, rate].spend_minor for i in seeds]
        points.append(BudgetPoint(name, rate, mean(gained), float(np.mean(spend))))
    for name in dict.fromkeys(name for name, _ in runs[0].curve):
        spend = [runs[i].outcomes[name].spend_minor for i in seeds]
        at = mean([gains[name][i] for i in seeds])
        points.append(BudgetPoint(name, settings.budget_rate, at, float(np.mean(spend))))
    return sorted(points, key=lambda point: (point.policy, point.budget_rate))


def _paired(gains: dict[str, list[float]], names: Sequence[str]) -> dict[str, dict[str, Measure]]:
    found: dict[str, dict[str, Measure]] = {}
    for better, worse in ORDER:
        if better in names and worse in names:
            pairs = zip(gains[better], gains[worse], strict=True)
            found.setdefault(better, {})[worse] = mean([a - b for a, b in pairs])
    return found


def _notes(settings: RehearsalSettings, gains: dict[str, list[float]]) -> tuple[str, ...]:
    notes = [
        "Intervals are 95 %, over seeds; the policies were learned once, so they do not hold what learning "
        "from another past would change."
    ]
    if settings.seeds < 20:
        notes.append(f"{settings.seeds} seeds are few: take 20 or more before you trust an order.")
    if np.mean(gains["observable"]) <= 0:
        notes.append("Not even the observable yardstick gains here: with these margins hold coupons back.")
    return tuple(notes)
