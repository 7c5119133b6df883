"""Who learns from which windows: by time with an embargo, or folds of shoppers. docs/algorithms/churn.md."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.churn.columns import AGGREGATES
from engine.churn.windows import Windows

DAY_MS = 86_400_000
SHORT_DAYS = 10
SHARES = (0.7, 0.08, 0.07, 0.15)
"""Of the visits: learning, validation, calibration, test."""
SET_ASIDE = 0.05
"""Of the shoppers, nothing is learnt from so many."""
_OTHERS = (0.70, 0.85)  # where validation and calibration begin among the shoppers of the other folds

Places = NDArray[np.int64]
_ELAPSED = AGGREGATES.index("elapsed_ms")


@dataclass(frozen=True, slots=True)
class Parts:
    """Places of windows, none in two parts. `never_seen` (by place in `test`): her shopper is in no other part."""

    train: Places
    validation: Places
    calibration: Places
    test: Places
    never_seen: NDArray[np.bool_]


def days_of(windows: Windows) -> float:
    """How many days lie between the first and the last window."""
    return float(np.ptp(windows.at_ms)) / DAY_MS if len(windows) else 0.0


def by_time(windows: Windows, *, seed: int) -> Parts:
    """Visits in the order of time, a day left out after each cut."""
    began, ended, visits = _spans(windows)
    cuts = np.quantile(np.sort(ended), np.cumsum(SHARES)[:3], method="lower")
    borders = [
        (-(2**62), cuts[0]),
        *((cuts[i] + DAY_MS, cuts[i + 1]) for i in (0, 1)),
        (cuts[2] + DAY_MS, 2**62),
    ]
    part = np.full(len(began), -1)
    for place, (low, high) in enumerate(borders):
        part[(began > low) & (ended <= high)] = place
    rows = part[visits]
    aside = _aside(windows.shopper, seed)
    train, validation, calibration = (np.flatnonzero((rows == place) & ~aside) for place in range(3))
    return _parts(windows, train, validation, calibration, np.flatnonzero(rows == 3))


def grouped(windows: Windows, *, folds: int, seed: int) -> Iterator[Parts]:
    """Each shopper is tested once, by what was learnt from shoppers of other folds."""
    names, who = np.unique(windows.shopper, return_inverse=True)
    if len(names) < folds:
        raise ValueError(f"{folds} folds of shoppers need at least as many shoppers; there are {len(names)}.")
    rng = np.random.default_rng((seed, 0x5))
    fold = (rng.permutation(len(names)) % folds)[who]
    for number in range(folds):
        place = (rng.permutation(len(names)) / len(names))[who]
        others = fold != number
        yield _parts(
            windows,
            np.flatnonzero(others & (place < _OTHERS[0])),
            np.flatnonzero(others & (place >= _OTHERS[0]) & (place < _OTHERS[1])),
            np.flatnonzero(others & (place >= _OTHERS[1])),
            np.flatnonzero(~others),
        )


def groups(shopper: NDArray[np.int64], number: int, *, seed: int) -> Places:
    """(n,) 0 to number - 1: each shopper in one group, all groups of about the same size."""
    names, who = np.unique(shopper, return_inverse=True)
    found: Places = (np.random.default_rng((seed, 0x9)).permutation(len(names)) % number)[who]
    return found


def _spans(windows: Windows) -> tuple[Places, Places, Places]:
    """By visit the earliest and the last moment, and the visit of each window."""
    names, visits = np.unique(windows.visit, return_inverse=True)
    began, ended = np.full(len(names), 2**62), np.zeros(len(names), dtype=np.int64)
    elapsed = windows.aggregates[:, _ELAPSED]
    np.minimum.at(began, visits, windows.at_ms - elapsed)
    np.maximum.at(ended, visits, windows.end_ms)
    return began, ended, visits


def _aside(shopper: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    names, who = np.unique(shopper, return_inverse=True)
    found: NDArray[np.bool_] = (np.random.default_rng((seed, 0xA)).random(len(names)) < SET_ASIDE)[who]
    return found


def _parts(windows: Windows, *parts: Places) -> Parts:
    train, validation, calibration, test = parts
    known = np.unique(windows.shopper[np.concatenate([train, validation, calibration])])
    return Parts(train, validation, calibration, test, ~np.isin(windows.shopper[test], known))
