"""What chances are worth: figures of one test part, over several splits, and by drawing its rows anew.

Every figure is of labels (n,) of 0 and 1 and chances (n,). Sources: docs/algorithms/tabular.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t as student

from engine.contracts import Measure
from engine.metrics import auc_with_variance
from engine.tabular.columns import Floats, Ints
from engine.tabular.stack import EDGE, logit

BINS = 10
RISING = ("roc_auc", "average_precision", "f1", "accuracy")
FALLING = ("brier", "log_loss", "ece")
FIGURES = (*RISING, *FALLING, "calibration_slope")


def figures(labels: Ints, chances: Floats, threshold: float) -> dict[str, float]:
    """All of FIGURES. `threshold` (for F1) was chosen without these rows; accuracy calls from one half on, so that
    of one chance for everybody it is the majority's share."""
    said = (chances >= threshold).astype(np.int64)
    hits, called = int((said & labels).sum()), int(said.sum())
    held = np.clip(chances, EDGE, 1.0 - EDGE)
    return {
        "roc_auc": auc_with_variance(labels, chances)[0],
        "average_precision": average_precision(labels, chances),
        "f1": 2 * hits / max(1, called + int(labels.sum())),
        "accuracy": float(((chances >= 0.5) == (labels == 1)).mean()),
        "brier": float(np.mean((chances - labels) ** 2)),
        "log_loss": -float(np.mean(np.log(np.where(labels == 1, held, 1.0 - held)))),
        "ece": ece(labels, chances),
        "calibration_slope": calibration_slope(labels, chances),
    }


def average_precision(labels: Ints, chances: Floats) -> float:
    """The mean precision over recall, steps as they are; rows of equal chance are called together."""
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(labels[order])
    ends = np.append(np.flatnonzero(np.diff(chances[order])), len(labels) - 1)
    steps = np.diff(hits[ends], prepend=0)
    return float((steps * hits[ends] / (ends + 1)).sum() / hits[-1])


def ece(labels: Ints, chances: Floats) -> float:
    """Expected calibration error over ten bins of as many rows each, by rising chance."""
    order = np.argsort(chances, kind="stable")
    bins = np.array_split(order, min(BINS, len(order)))
    gaps = [abs(float(chances[rows].mean() - labels[rows].mean())) * len(rows) for rows in bins]
    return sum(gaps) / len(labels)


def calibration_slope(labels: Ints, chances: Floats) -> float:
    """The slope of the labels' log-odds over the chances' own: 1 is right, below it chances are too bold. By Newton's
    steps; NaN where all chances are equal."""
    spread = logit(chances)
    if np.ptp(spread) < 1e-9:
        return float("nan")
    design = np.column_stack([spread, np.ones(len(spread))])
    point = np.array([1.0, 0.0])
    for _ in range(25):
        said = 1.0 / (1.0 + np.exp(-np.clip(design @ point, -30, 30)))
        curve = (design * (said * (1.0 - said) + 1e-12)[:, None]).T @ design
        step = np.linalg.solve(curve, design.T @ (labels - said))
        point = point + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(point[0])


def best_threshold(labels: Ints, chances: Floats) -> float:
    """The chance from which on a row is called, so that F1 is highest on these rows (of a training part)."""
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(labels) + 1) + hits[-1])
    ends = np.append(np.flatnonzero(np.diff(chances[order])), len(labels) - 1)
    return float(chances[order][ends[np.argmax(f1[ends])]])


@dataclass(frozen=True, slots=True)
class Shares:
    """How many rows were learnt from and how many asked, in every split."""

    train: int
    test: int


def over_splits(values: Sequence[float], shares: Shares) -> Measure:
    """Mean over random splits of the same rows. The splits overlap, so the variance is that of Nadeau and Bengio:
    s² (1/J + test/train), with Student's t of J - 1."""
    count = len(values)
    value = float(np.mean(values))
    if count < 2 or not np.isfinite(value):
        return Measure(value)
    spread = float(np.std(values, ddof=1)) * sqrt(1 / count + shares.test / shares.train)
    half = float(student.ppf(0.975, count - 1)) * spread
    return Measure(value, value - half, value + half)


def better_by(ours: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float]:
    """By how much we are better, figure by figure; above 0 is better. Calibration slopes by their distance to 1."""
    gains = {name: ours[name] - theirs[name] for name in RISING}
    gains |= {name: theirs[name] - ours[name] for name in FALLING}
    slopes = abs(theirs["calibration_slope"] - 1.0) - abs(ours["calibration_slope"] - 1.0)
    return gains | {"calibration_slope": slopes}


def by_drawing(value: float, drawn: Sequence[float]) -> Measure:
    """A figure of one test part, with the middle 95 % of what it is when the rows are drawn anew."""
    finite = np.asarray(drawn)[np.isfinite(drawn)]
    if not len(finite) or not np.isfinite(value):
        return Measure(value)
    low, high = np.quantile(finite, [0.025, 0.975])
    return Measure(value, min(value, float(low)), max(value, float(high)))
