"""The door through which learners read a log: nothing later than now, no outcome of a visit that may go on, no
column that is not an exported feature. What it guards, and what not: docs/algorithms/no_leaks.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.features import FEATURES
from engine.leaks import LeakFound, telling
from engine.simulate.mall.columns import (
    Day,
    DecisionColumns,
    EventColumns,
    Flags,
    Int8s,
    Int32s,
    Int64s,
    LineColumns,
)

SILENCE_MS = 30 * 60_000
"""A visit is over when nothing was heard of it for so long."""

KNOWN = frozenset({*FEATURES, "arm"})
"""Names of columns a learner may be given: the features, and which arm was chosen at that moment."""

_Columns = TypeVar("_Columns", EventColumns, LineColumns, DecisionColumns)


class FutureRefused(Exception):
    """Somebody asked for what is not yet known."""


@dataclass(frozen=True, slots=True)
class OpenDecisions:
    """Decisions whose visits may still go on: they have no outcome, which is not the same as no purchase."""

    shopper: Int32s
    visit: Int64s
    at_ms: Int64s
    step: Int32s
    arm: Int8s
    category: Int8s
    propensity_ppm: Int64s
    is_random: Flags
    features: Int64s


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known at a moment, in the order in which it became known."""

    until: int
    events: EventColumns  # received, not only occurred, by then
    lines: LineColumns
    decisions: DecisionColumns  # of visits that are over
    open: OpenDecisions


class Gate:
    """A log as it may be read at `now` (milliseconds since 1970 in UTC).

    `days` may reach beyond `now`: what lies there is never handed out. Arrays that are handed out cannot be
    written to. `columns` are the names of the columns of `features`.
    """

    columns = FEATURES

    def __init__(self, days: Iterable[Day], *, now: int) -> None:
        whole = list(days)
        self.now = now
        events = _joined(EventColumns, [day.events for day in whole])
        lines = _joined(LineColumns, [day.lines for day in whole])
        decisions = _joined(DecisionColumns, [day.decisions for day in whole])
        self._heard, self._events = _ordered(events, np.maximum(events.received_ms, events.occurred_ms))
        self._placed, self._lines = _ordered(lines, lines.placed_ms)
        self._decided, self._decisions = _ordered(decisions, decisions.at_ms)
        self._over = self._ends() + SILENCE_MS

    def read(self, until: int | None = None) -> Seen:
        """What is known at `until` (None: now). FutureRefused where that lies after now."""
        at = self.now if until is None else until
        if at > self.now:
            raise FutureRefused(f"It is {_said(self.now)}; nothing can be read as of {_said(at)}.")
        upto = slice(0, int(np.searchsorted(self._decided, at, side="right")))
        made, over = _part(self._decisions, upto), self._over[upto] <= at
        still = _part(made, ~over)
        return Seen(
            until=at,
            events=_part(self._events, slice(0, int(np.searchsorted(self._heard, at, side="right")))),
            lines=_part(self._lines, slice(0, int(np.searchsorted(self._placed, at, side="right")))),
            decisions=_part(made, over),
            open=OpenDecisions(*(getattr(still, field.name) for field in fields(OpenDecisions))),
        )

    def _ends(self) -> Int64s:
        """By decision: when the last was heard of its visit. All of the log is asked, whatever `now` is, so that
        a visit that goes on after a long silence has no outcome before it is over."""
        decided = self._decisions.visit
        visit = np.concatenate([decided, self._events.visit, self._lines.visit])
        moment = np.concatenate([self._decided, self._heard, self._placed])
        names, place = np.unique(visit, return_inverse=True)
        last = np.zeros(len(names), dtype=np.int64)
        np.maximum.at(last, place, moment)
        return np.asarray(last[place[: len(decided)]], dtype=np.int64)


def refuse_labels(names: Sequence[str]) -> None:
    """LeakFound for a column that is not in KNOWN, ValueError for one that is named twice."""
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise LeakFound(
            f"{', '.join(unknown)}: no feature that is known at the moment of a decision. Learners are given those of "
            "engine.features.FEATURES, and the arm."
        )
    if len(set(names)) < len(names):
        raise ValueError("A column is named twice.")


def check_columns(names: Sequence[str], matrix: NDArray[Any], label: NDArray[Any]) -> None:
    """Every learner calls this with what it is about to learn from: (n, len(names)) and (n,).

    LeakFound for a column that is not known by name, and for one that is the label in other clothes
    (`engine.leaks.telling`). ValueError where shapes do not fit.
    """
    refuse_labels(names)
    for name in telling(names, matrix, label):
        raise LeakFound(
            f"{name} alone tells the label: it cannot have been known at the moment of the decision."
        )


def _joined(kind: type[_Columns], parts: list[_Columns]) -> _Columns:
    if not parts:
        raise ValueError("A gate needs at least one day.")
    return kind(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)))


def _ordered(columns: _Columns, moment: Int64s) -> tuple[Int64s, _Columns]:
    order = np.argsort(moment, kind="stable")
    return moment[order], _part(columns, order)


def _part(columns: _Columns, rows: Any) -> _Columns:
    """These rows, not to be written to."""
    parts = [getattr(columns, field.name)[rows] for field in fields(columns)]
    for part in parts:
        part.flags.writeable = False
    return type(columns)(*parts)


def _said(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
