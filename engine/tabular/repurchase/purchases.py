"""Plain purchases -> what was known of each customer at a day, and whether she came again after it."""

from dataclasses import dataclass

import numpy as np

from engine.tabular.columns import Floats, Ints, Refused, Table

WEEK = 7
RECENT_DAYS = (28, 56, 91)
LEAST_HISTORY_WEEKS = 4
REPEATS, LAST_WEEK, AGE = "repeats", "weeks_to_last", "weeks_known"
SILENCE = "weeks_silent"


@dataclass(frozen=True, slots=True)
class Purchases:
    """Lines (n,): customer as a code from 0, day as a whole number, pieces and value of 0 or more."""

    customer: Ints
    day: Ints
    pieces: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """The table at the cut, and what was left out."""

    table: Table
    newcomers: int  # customers whose first purchase came after the cut
    history_weeks: float


def cut(purchases: Purchases, *, horizon_weeks: int) -> Cut:
    """A row for each customer who bought before the last `horizon_weeks` weeks: columns from the days up to the cut
    alone, and as label whether she bought after it. Purchases of one day are one visit to the till (as in Fader,
    Hardie and Lee). Refused where fewer than four weeks come before the cut.
    """
    end = int(purchases.day.max()) - WEEK * horizon_weeks
    weeks = (end - int(purchases.day.min())) / WEEK
    if weeks < LEAST_HISTORY_WEEKS:
        raise Refused(
            f"The file spans {int(np.ptp(purchases.day)) // WEEK} weeks: a horizon of {horizon_weeks} leaves fewer "
            f"than {LEAST_HISTORY_WEEKS} weeks to learn from. Take a shorter horizon."
        )
    before = purchases.day <= end
    known = np.unique(purchases.customer[before])
    after = np.unique(purchases.customer[~before])
    labels = np.isin(known, after).astype(np.int64)
    past = Purchases(
        np.searchsorted(known, purchases.customer[before]),
        purchases.day[before],
        purchases.pieces[before],
        purchases.value[before],
    )
    columns = _columns(past, end, len(known))
    table = Table(
        tuple(columns), np.column_stack(list(columns.values())), tuple(False for _ in columns), labels
    )
    return Cut(table, len(np.setdiff1d(after, known)), weeks)


def _columns(past: Purchases, end: int, customers: int) -> dict[str, Floats]:
    """Of each customer (customers,); `past` holds no line after `end`."""
    who, day, value = _days(past)
    first_row = np.searchsorted(who, np.arange(customers), side="left")
    last_row = np.searchsorted(who, np.arange(customers), side="right") - 1
    visits = np.bincount(who, minlength=customers).astype(np.float64)
    first, last = day[first_row], day[last_row]
    several = visits > 1
    gap_last = np.where(several, day[last_row] - day[np.maximum(last_row - 1, 0)], np.nan)
    most = np.zeros(customers)
    np.maximum.at(most, who, value)
    columns: dict[str, Floats] = {
        REPEATS: visits - 1,
        LAST_WEEK: (last - first) / WEEK,
        AGE: (end - first) / WEEK,
        SILENCE: (end - last) / WEEK,
        "log_repeats": np.log1p(visits - 1),
        "lines": np.bincount(past.customer, minlength=customers).astype(np.float64),
        "pieces": _sums(past.customer, past.pieces, customers),
        "value": _sums(who, value, customers),
        "value_most": most,
        "value_first": value[first_row],
        "value_last": value[last_row],
        "gap_mean": np.where(several, (last - first) / np.maximum(visits - 1, 1), np.nan) / WEEK,
        "gap_last": gap_last / WEEK,
    }
    for days in RECENT_DAYS:
        recent = day > end - days
        columns[f"visits_{days}_days"] = np.bincount(who[recent], minlength=customers).astype(np.float64)
    return columns


def _days(past: Purchases) -> tuple[Ints, Ints, Floats]:
    """One row for each customer and day, in that order: customer, day, value."""
    start = int(past.day.min())
    key = past.customer * (int(np.ptp(past.day)) + 1) + (past.day - start)
    keys, where = np.unique(key, return_inverse=True)
    span = int(np.ptp(past.day)) + 1
    return keys // span, keys % span + start, _sums(where.astype(np.int64), past.value, len(keys))


def _sums(places: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(places, weights=values, minlength=count).astype(np.float64)
