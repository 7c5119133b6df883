"""Transactions that happened: stored once each, and predictions learn from them what came true."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from engine.contracts import HIGH, LOW, Transaction
from service_provider.adapters import engine_rows
from service_provider.models import RevenuePrediction
from service_provider.models import Transaction as TransactionRow
from service_provider.queries.access import Actor
from service_provider.services import audit

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the rows: `added`, `known` already, predictions with a new outcome, and known Tids whose
    label is another one here (`conflicts`, part of `known`): there the first label stays."""

    added: int = 0
    known: int = 0
    outcomes: int = 0
    conflicts: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.added + other.added,
            self.known + other.known,
            self.outcomes + other.outcomes,
            self.conflicts + other.conflicts,
        )


def record(rows: Sequence[Transaction], *, by: Actor, now: datetime) -> Recorded:
    """Stores the rows whose Tid is new, all or none; predictions learn what came true."""
    with transaction.atomic():
        recorded = sum((_record_batch(batch, now=now) for batch in _batches(rows)), Recorded())
        audit.record(by, "record_transactions", "transactions", len(rows), now=now, detail=asdict(recorded))
    return recorded


def _batches(rows: Sequence[Transaction]) -> Iterator[list[Transaction]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _record_batch(batch: list[Transaction], *, now: datetime) -> Recorded:
    labels = _known_labels(batch)
    new: dict[str, Transaction] = {}
    taught: dict[str, int] = {}
    known = conflicts = 0
    for row in batch:
        if row.tid not in labels:
            new[row.tid] = row
            labels[row.tid] = row.label
            continue
        known += 1
        first = labels[row.tid]
        if row.label is not None and first is None:
            labels[row.tid] = taught[row.tid] = row.label
        elif row.label is not None and row.label != first:
            conflicts += 1
    # Another import may bring the same Tid at the same moment: the database keeps the first.
    TransactionRow.objects.bulk_create(
        [
            TransactionRow(imported_at=now, label=row.label, **engine_rows.columns_of(row))
            for row in new.values()
        ],
        ignore_conflicts=True,
    )
    _teach(taught)
    return Recorded(len(new), known, _settle(labels, now=now), conflicts)


def _known_labels(batch: list[Transaction]) -> dict[str, int | None]:
    tids = {row.tid for row in batch}
    return dict(TransactionRow.objects.filter(tid__in=tids).values_list("tid", "label"))


def _teach(labels: dict[str, int]) -> None:
    """Transactions that came without a label get the one that is known now."""
    for label in (LOW, HIGH):
        tids = [tid for tid, learned in labels.items() if learned == label]
        TransactionRow.objects.filter(tid__in=tids, label__isnull=True).update(label=label)


def _settle(labels: dict[str, int | None], *, now: datetime) -> int:
    """Gives predictions that wait for it their outcome, and says how many got one."""
    settled = 0
    for label in (LOW, HIGH):
        tids = [tid for tid, known in labels.items() if known == label and tid]
        waiting = RevenuePrediction.objects.filter(tid__in=tids, actual__isnull=True)
        settled += waiting.update(actual=label, actual_at=now)
    return settled
