"""The rows a run works on: labelled, checked, bounded, and what has to be said about that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.contracts import LABEL_NAMES, Transaction
from engine.revenue import labels, protocol

MAX_ROWS = 200_000
MIN_ROWS_OF_A_CLASS = 50


class TrainingRefused(Exception):
    """The data cannot be trained on; the text says why and what would help."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows with labels, how many were given, the rule that was needed, and notes for the report."""

    rows: tuple[Transaction, ...]
    given: int
    rule: str | None
    notes: tuple[str, ...]


def take(rows: Sequence[Transaction], *, label_rule: str | None, seed: int) -> Labelled:
    """At most MAX_ROWS labelled rows. TrainingRefused, ValueError for an unknown rule."""
    known, missing, notes = _with_labels(rows, label_rule)
    _check(known, missing)
    kept = _sample(known, seed)
    notes += _limits(len(known), len(kept))
    return Labelled(tuple(kept), len(rows), label_rule if missing else None, tuple(notes))


def _with_labels(rows: Sequence[Transaction], rule: str | None) -> tuple[list[Transaction], int, list[str]]:
    labelled = labels.apply_rule(rows, rule) if rule is not None else [r for r in rows if r.label is not None]
    missing = sum(row.label is None for row in rows)
    of_all = f"{missing:,} of {len(rows):,} rows"
    if missing and rule is not None:
        return labelled, missing, [f"{of_all} had no label and were labelled by the rule {rule}."]
    if missing:
        return labelled, missing, [f"{of_all} have no label and were left out."]
    needless = [f"Every row has a label, so the rule {rule} was not needed."] if rule is not None else []
    return labelled, missing, needless


def _check(rows: Sequence[Transaction], missing: int) -> None:
    if not rows:
        rules = ", ".join(labels.RULES)
        cure = (
            f"Add a Label column, or name a label rule (--label-rule in a terminal): {rules}."
            if missing
            else "There are no rows at all."
        )
        raise TrainingRefused(f"There is no labelled transaction to learn from. {cure}")
    counts = Counter(row.label for row in rows)
    for label, name in enumerate(LABEL_NAMES):
        found = counts[label]
        if not found:
            raise TrainingRefused(
                f"No row is labelled {name}: there is nothing to tell apart. Add such rows."
            )
        if found < MIN_ROWS_OF_A_CLASS:
            needed = f"at least {MIN_ROWS_OF_A_CLASS} of each label are needed"
            raise TrainingRefused(f"Only {found} of {len(rows):,} rows are labelled {name}; {needed}.")


def _sample(rows: list[Transaction], seed: int) -> list[Transaction]:
    known = np.array([row.label for row in rows], dtype=np.int64)
    return [rows[i] for i in protocol.stratified_sample(known, MAX_ROWS, seed=seed)]


def _limits(given: int, kept: int) -> list[str]:
    notes = []
    if kept < given:
        notes.append(f"Of {given:,} labelled rows a stratified {kept:,} were used.")
    if kept * 4 // 5 > protocol.SMALL_SAMPLE:
        size = f"{protocol.SMALL_SAMPLE:,}"
        notes.append(
            f"knn and published_id_only learned from a stratified {size} rows of each training part."
        )
    return notes
