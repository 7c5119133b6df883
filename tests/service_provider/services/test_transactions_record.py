"""Recording transactions: each Tid once, and predictions learn what came true."""

from datetime import date
from typing import Any

import make
import pytest

from engine.contracts import Transaction
from service_provider.models import AuditEntry, RevenuePrediction
from service_provider.models import Transaction as TransactionRow
from service_provider.queries.access import COMMAND
from service_provider.services import transactions
from service_provider.services.transactions import Recorded

pytestmark = pytest.mark.django_db


def bought(tid: str = "T1", label: int | None = 1, **fields: Any) -> Transaction:
    given: dict[str, Any] = {
        "coupon_no": "", "customer_id": "C1", "gender": "Female", "age": 28, "category": "Shoes", "quantity": 2,
        "price_minor": 120034, "payment_method": "Cash", "invoice_date": date(2026, 5, 1), "shopping_mall": "Kanyon",
    }  # fmt: skip
    return Transaction(tid=tid, label=label, **given | fields)


def record(*rows: Transaction) -> Recorded:
    return transactions.record(rows, by=COMMAND, now=make.NOON)


def test_a_transaction_is_stored_with_all_its_columns() -> None:
    assert record(bought()) == Recorded(added=1)
    row = TransactionRow.objects.get()
    for field in Transaction.__slots__:
        assert getattr(row, field) == getattr(bought(), field)
    assert row.imported_at == make.NOON


def test_a_known_tid_is_counted_and_left_alone() -> None:
    record(bought())
    assert record(bought(age=90), bought("T2")) == Recorded(added=1, known=1)
    assert TransactionRow.objects.get(tid="T1").age == 28


def test_another_label_is_a_conflict_and_the_first_stays() -> None:
    version = make.model_version()
    record(bought(label=1))
    waiting = make.prediction(version, tid="T1")
    assert record(bought(label=0)) == Recorded(known=1, conflicts=1, outcomes=1)
    assert TransactionRow.objects.get().label == 1
    waiting.refresh_from_db()
    assert waiting.actual == 1


def test_a_label_that_comes_later_is_learned() -> None:
    record(bought(label=None))
    assert record(bought(label=0)) == Recorded(known=1)
    assert TransactionRow.objects.get().label == 0
    assert record(bought(label=None)) == Recorded(known=1)
    assert TransactionRow.objects.get().label == 0


def test_predictions_of_the_tid_learn_what_came_true() -> None:
    version = make.model_version()
    first, second = make.prediction(version, tid="T1"), make.prediction(version, tid="T1", result=0)
    low, other, without = (
        make.prediction(version, tid="T2"),
        make.prediction(version, tid="T9"),
        make.prediction(version, tid=""),
    )
    assert record(bought("T1", 1), bought("T2", 0), bought("T3", 1)) == Recorded(added=3, outcomes=3)
    outcomes = dict(RevenuePrediction.objects.values_list("pk", "actual"))
    assert outcomes == {first.pk: 1, second.pk: 1, low.pk: 0, other.pk: None, without.pk: None}
    assert RevenuePrediction.objects.filter(actual_at=make.NOON).count() == 3


def test_an_outcome_once_known_stays() -> None:
    known = make.prediction(make.model_version(), tid="T1", actual=0, actual_at=make.NOON)
    assert record(bought("T1", 1)).outcomes == 0
    known.refresh_from_db()
    assert known.actual == 0


def test_without_a_label_nothing_is_learned() -> None:
    make.prediction(make.model_version(), tid="T1")
    assert record(bought(label=None)) == Recorded(added=1)


def test_a_tid_twice_among_the_rows_is_stored_once() -> None:
    assert record(bought(label=1), bought(label=0), bought(label=1)) == Recorded(
        added=1, known=2, conflicts=1
    )


def test_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BATCH", 1)
    with pytest.raises(ValueError):
        record(bought("T1"), bought("T2", age="not a number"))
    assert not TransactionRow.objects.exists()
    assert not AuditEntry.objects.exists()


def test_batches_add_up_and_the_audit_log_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BATCH", 3)
    version = make.model_version()
    make.prediction(version, tid="T0")
    make.prediction(version, tid="T7")
    record(bought("T4"))
    assert record(*(bought(f"T{i}") for i in range(8))) == Recorded(added=7, known=1, outcomes=2)
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert (entry.verb, entry.target_id, entry.actor_label) == ("record_transactions", "8", "command")
    assert entry.detail == {"added": 7, "known": 1, "outcomes": 2, "conflicts": 0}


def test_queries_do_not_grow_with_the_rows_of_a_batch(django_assert_num_queries: Any) -> None:
    record(bought("warm-up"))
    for start, rows in ((0, 10), (100, 60)):
        with django_assert_num_queries(6):
            record(*(bought(f"T{start + i}") for i in range(rows)))
