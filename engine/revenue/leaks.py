"""Columns that give the answer away. The definition stands in docs/algorithms/revenue.md, "Leak report"."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np
from numpy.typing import NDArray

from engine.contracts import Leak, Transaction

Codes = NDArray[np.int64]

_NAMES = {"price_minor": "price"}
_IDS = ("tid", "coupon_no", "customer_id")
_NUMBERS = ("age", "quantity", "price_minor", "invoice_date")
_COLUMNS = (
    *_IDS,
    "gender",
    "age",
    "category",
    "quantity",
    "price_minor",
    "payment_method",
    "invoice_date",
    "shopping_mall",
)
_MIN_ROWS, _MIN_SHARE, _RIGHT, _ONE_IN_A_MILLION = 20, 0.05, 0.99, 1e-6


@dataclass(frozen=True, slots=True)
class _Table:
    codes: Mapping[str, Codes]
    numbers: Mapping[str, NDArray[np.float64]]
    labels: Codes


def find(rows: Sequence[Transaction]) -> Generator[None, None, tuple[Leak, ...]]:
    """Steps whose result names columns that determine label, revenue or category. Rows are labelled."""
    table = _table(rows)
    found = list(_cuts(table))
    yield
    named = {leak.columns[0] for leak in found}
    columns = [name for name in _COLUMNS if _NAMES.get(name, name) not in named]
    found += yield from _determining(table, columns, table.labels, "label")
    for target, column in (("revenue", "price_minor"), ("category", "category")):
        others = [name for name in _COLUMNS if name != column]
        found += yield from _determining(table, others, table.codes[column], target)
    return tuple(found)


def _table(rows: Sequence[Transaction]) -> _Table:
    columns = {name: [getattr(row, name) for row in rows] for name in _COLUMNS}
    columns["invoice_date"] = [day.toordinal() for day in columns["invoice_date"]]
    return _Table(
        {name: _code(np.asarray(values)) for name, values in columns.items()},
        {name: np.asarray(columns[name], dtype=np.float64) for name in _NUMBERS},
        np.array([row.label for row in rows], dtype=np.int64),
    )


def _code(values: NDArray) -> Codes:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _determining(
    table: _Table, columns: Sequence[str], values: Codes, target: str
) -> Generator[None, None, list[Leak]]:
    """Single columns first; a pair only where neither of the two does it alone."""
    found: list[Leak] = []
    alone: set[str] = set()
    for names in [*((c,) for c in columns), *combinations(columns, 2)]:
        if alone & set(names):
            continue
        share = _share_fixed(_groups(table, names), values)
        yield
        if share is None:
            continue
        alone |= set(names) if len(names) == 1 else set()
        shown = tuple(_NAMES.get(name, name) for name in names)
        found.append(Leak(shown, target, share, _note(shown, target, set(names) <= set(_IDS))))
    return found


def _note(columns: tuple[str, ...], target: str, only_ids: bool) -> str:
    if set(columns) == {"category", "quantity"} and target == "revenue":
        return "The price is quantity times one unit price per category."
    reader = "No model but the id-only variant reads ids. " if only_ids else ""
    return f"{reader}Rows with the same {' and '.join(columns)} have the same {target}."


def _groups(table: _Table, names: Sequence[str]) -> Codes:
    if len(names) == 1:
        return table.codes[names[0]]
    first, second = (table.codes[name] for name in names)
    return _code(first * (int(second.max()) + 1) + second)


def _share_fixed(groups: Codes, values: Codes) -> float | None:
    """Share of rows in groups of two and more whose value the group tells; None when that is no leak."""
    sizes = np.bincount(groups)[groups]
    spoken = sizes >= 2
    n = int(spoken.sum())
    if n < max(_MIN_ROWS, _MIN_SHARE * len(groups)):
        return None
    base = float(np.bincount(values).max() / len(values))
    right = float(_told_by_others(groups[spoken], values[spoken]).mean())
    independent = n - len(np.unique(groups[spoken]))
    chance = 1.0 if base == 1.0 else independent * log(base)
    if right < _RIGHT or 1 - right > 0.1 * (1 - base) or chance > log(_ONE_IN_A_MILLION):
        return None
    return right


def _told_by_others(groups: Codes, values: Codes) -> NDArray[np.bool_]:
    """Whether each row's value is the most frequent one among the other rows of its group (a tie is not)."""
    pairs = _code(groups * (int(values.max()) + 1) + values)
    counts = np.bincount(pairs)
    group_of_pair = np.zeros(len(counts), dtype=np.int64)
    group_of_pair[pairs] = groups
    order = np.lexsort((-counts, group_of_pair))
    starts = np.searchsorted(group_of_pair[order], np.arange(int(groups.max()) + 1))
    best, after = _first_two(counts[order], group_of_pair[order], starts)
    own = counts[pairs]
    rival = np.where(own == best[groups], after[groups], best[groups])
    return own - 1 > rival


def _first_two(counts: Codes, group: Codes, starts: Codes) -> tuple[Codes, Codes]:
    """The largest and second largest count of every group (0 where there is none)."""
    padded, owner = np.append(counts, [0, 0]), np.append(group, [-1, -1])
    each = np.arange(len(starts))
    first = np.where(owner[starts] == each, padded[starts], 0)
    second = np.where(owner[starts + 1] == each, padded[starts + 1], 0)
    return first, second


def _cuts(table: _Table) -> Generator[Leak, None, None]:
    """Numbers of which one threshold tells the label."""
    n, highs = len(table.labels), int(table.labels.sum())
    allowed = min((1 - _RIGHT) * n, 0.1 * min(highs, n - highs))
    for name, numbers in table.numbers.items():
        order = np.argsort(numbers, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(numbers[order])), n - 1)
        below = np.cumsum(table.labels[order])[ends]
        errors_up = below + (n - (ends + 1)) - (highs - below)
        errors = int(min(errors_up.min(), (n - errors_up).min()))
        if errors <= allowed:
            shown = _NAMES.get(name, name)
            yield Leak((shown,), "label", 1 - errors / n, f"One threshold on {shown} tells High from Low.")
