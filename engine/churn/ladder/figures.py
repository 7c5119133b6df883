"""Figures of one rung on some windows, with what each shopper adds to their errors, so that pairs can be compared."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn import splits
from engine.churn.calibration import LEAST, logit
from engine.churn.regressions import ridge_logit
from engine.churn.windows import Windows
from engine.contracts import CalibrationBin, Measure
from engine.metrics import Z

Floats = NDArray[np.float64]
GROUPS, BINS = 20, 10
HIGHER_IS_BETTER = {"log_loss": False, "brier": False, "roc_auc": True, "pr_auc": True, "ece": False}


@dataclass(frozen=True)
class Terms:
    """A figure and independent terms of its error, whose squares sum to its variance."""

    value: float
    parts: Floats

    @property
    def error(self) -> float:
        return sqrt(float((self.parts**2).sum()))

    def measure(self, low: float = -np.inf, high: float = np.inf) -> Measure:
        half = Z * self.error
        return Measure(self.value, max(low, self.value - half), min(high, self.value + half))

    def less(self, other: "Terms") -> "Terms":
        """The difference on the same rows."""
        return Terms(self.value - other.value, self.parts - other.parts)


@dataclass(frozen=True)
class Slice:
    """Windows that figures are taken of: labels, weights, and whose they are."""

    windows: Windows
    who: NDArray[np.int64]  # 0 to shoppers - 1
    group: NDArray[np.int64]  # 0 to GROUPS - 1, by shopper
    rare: int  # the value of `bought` whose precision and recall are told

    @classmethod
    def of(cls, windows: Windows, *, seed: int, rare: int = 1) -> "Slice":
        who = np.unique(windows.shopper, return_inverse=True)[1]
        return cls(windows, who, splits.groups(windows.shopper, GROUPS, seed=seed), rare)

    @property
    def bought(self) -> Floats:
        return self.windows.bought.astype(np.float64)

    @property
    def has_both(self) -> bool:
        return bool(0 < self.bought.sum() < len(self.windows))


def terms_of(part: Slice, churn: Floats) -> dict[str, Terms]:
    """By name of the figure. ROC-AUC and PR-AUC are missing where all windows have one label."""
    weight = part.windows.weight.astype(np.float64)
    found = {
        "log_loss": mean(losses(part.bought, churn), weight, part.who),
        "brier": mean((churn - 1.0 + part.bought) ** 2, weight, part.who),
    }
    if part.has_both:
        found["roc_auc"] = _auc(part, churn)
        is_rare, said = part.bought == part.rare, churn if part.rare == 0 else 1.0 - churn
        found["pr_auc"] = _left_out(part, lambda rows: average_precision(is_rare[rows], said[rows]))
    found["ece"] = _left_out(part, lambda rows: calibration_error(part.bought[rows], churn[rows]))
    return found


def losses(bought: Floats, churn: Floats) -> Floats:
    """(n,) log-loss of each window."""
    kept = np.clip(churn, LEAST, 1.0 - LEAST)
    found: Floats = -np.where(bought > 0, np.log1p(-kept), np.log(kept))
    return found


def mean(each: Floats, weight: Floats, who: NDArray[np.int64]) -> Terms:
    """A weighted mean, linearised and summed by shopper (Cochran 1977)."""
    total = weight.sum()
    value = float((weight * each).sum() / total)
    parts = np.bincount(who, weight * (each - value) / total)
    return Terms(value, _widened(parts))


def _widened(parts: NDArray[Any]) -> Floats:
    """For there are finitely many shoppers."""
    number = len(parts)
    return np.asarray(parts * sqrt(number / max(1, number - 1)), dtype=np.float64)


def _auc(part: Slice, churn: Floats) -> Terms:
    """ROC-AUC with DeLong's placements, summed by shopper."""
    buys, said = part.bought > 0, 1.0 - churn
    high, low = said[buys], said[~buys]
    both = _midranks(np.concatenate([high, low]))
    placed = np.empty(len(said))
    placed[buys] = (both[: len(high)] - _midranks(high)) / len(low)
    placed[~buys] = 1.0 - (both[len(high) :] - _midranks(low)) / len(high)
    value = float(placed[buys].mean())
    parts = np.bincount(part.who, (placed - value) / np.where(buys, len(high), len(low)))
    return Terms(value, _widened(parts))


def _midranks(values: Floats) -> Floats:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = ((2 * np.cumsum(counts) - counts + 1) / 2)[where]
    return ranks


def _left_out(part: Slice, figure: Callable[[NDArray[np.bool_]], float]) -> Terms:
    """Jackknife: the figure without each of GROUPS groups of shoppers (Shao and Tu 1995, 2.3)."""
    whole = figure(np.ones(len(part.group), dtype=np.bool_))
    without = np.array([figure(part.group != number) for number in range(GROUPS)])
    return Terms(whole, (without - without.mean()) * sqrt((GROUPS - 1) / GROUPS))


def average_precision(is_rare: NDArray[np.bool_], said: Floats) -> float:
    """Mean precision at the recalls reached, windows of one score together; 0 where there is none to find."""
    order = np.argsort(-said, kind="stable")
    hits = np.cumsum(is_rare[order])
    if not len(hits) or not hits[-1]:
        return 0.0
    ends = np.append(np.flatnonzero(np.diff(said[order])), len(order) - 1)
    found = np.diff(hits[ends], prepend=0)
    return float((found * hits[ends] / (ends + 1)).sum() / hits[-1])


def calibration_error(bought: Floats, churn: Floats) -> float:
    """Mean distance of what was said and what came true, over BINS bins of equal size."""
    bins = reliability(bought, churn)
    return sum(one.count * abs(one.said - one.happened) for one in bins) / max(1, len(churn))


def reliability(bought: Floats, churn: Floats) -> tuple[CalibrationBin, ...]:
    """Bins of windows with chances of churn near each other, from the least."""
    order = np.argsort(churn, kind="stable")
    parts = [rows for rows in np.array_split(order, BINS) if len(rows)]
    return tuple(
        CalibrationBin(float(churn[rows].mean()), float(1.0 - bought[rows].mean()), len(rows))
        for rows in parts
    )


def slope(part: Slice, churn: Floats) -> Measure | None:
    """Of the log-odds that come true on those that were said; 1 is right. Sandwich by shopper (Liang, Zeger 1986)."""
    if not part.has_both:
        return None
    design, left = np.stack([np.ones(len(churn)), logit(churn)], axis=1), 1.0 - part.bought
    weight = part.windows.weight.astype(np.float64)
    found = ridge_logit(design, left, weight, towards=np.array([0.0, 1.0]), strength=1e-3)
    chance = 1.0 / (1.0 + np.exp(-(design @ found)))
    bend = (design * (weight * chance * (1.0 - chance))[:, None]).T @ design
    scores = design * (weight * (left - chance))[:, None]
    summed = np.stack([np.bincount(part.who, scores[:, place]) for place in range(2)], axis=1)
    back = np.linalg.pinv(bend)
    half = Z * sqrt(float((back @ (summed.T @ summed) @ back)[1, 1]))
    return Measure(float(found[1]), float(found[1]) - half, float(found[1]) + half)


def early_warning(part: Slice, churn: Floats, threshold: float) -> Measure | None:
    """Median seconds from a visit's first window above the threshold to its end, of visits that do not buy."""
    windows = part.windows
    rows = np.flatnonzero((churn >= threshold) & (windows.bought == 0))
    if not len(rows):
        return None
    order = rows[np.lexsort((windows.step[rows], windows.visit[rows]))]
    first = np.append(True, windows.visit[order][1:] != windows.visit[order][:-1])
    left = np.sort((windows.end_ms - windows.at_ms)[order[first]]) / 1000.0
    half, number = Z * sqrt(len(left)) / 2, len(left)
    low, high = max(0, int(number / 2 - half)), min(number - 1, int(np.ceil(number / 2 + half)))
    return Measure(float(np.median(left)), float(left[low]), float(left[high]))
