"""Data sets: what comes with the application, uploads, and entries typed in."""

from datetime import date
from pathlib import Path
from typing import Any

import make
import pytest
from make import FIELDS, NOON

from engine.contracts import Transaction
from service_provider.adapters import file_store
from service_provider.models import AuditEntry, DataSet, LabelledTransaction, ModelVersion
from service_provider.models import Transaction as TransactionRow
from service_provider.queries import data_sets as rows
from service_provider.queries.access import COMMAND
from service_provider.services import data_sets

pytestmark = pytest.mark.django_db
CONTENT = b"Tid,customer_id\r\nT1,C1\r\nT2,C2"
ENTRY = Transaction(
    "T9", "", "C1", "Female", 28, "Clothing", 5, 150040, "Cash", date(2026, 5, 19), "Kanyon", label=1
)


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def uploads(var: Path) -> list[Path]:
    return list((var / "uploads").glob("*"))


def test_an_upload_is_stored_and_audited(tmp_path: Path) -> None:
    data_set_id = data_sets.add_upload("sales", [CONTENT[:9], CONTENT[9:]], ".csv", by=COMMAND, now=NOON)
    row = rows.find(data_set_id)
    assert row is not None
    assert (row.name, row.rows, row.size_bytes, row.is_upload) == ("sales", 2, len(CONTENT), True)
    assert rows.path_of(row).read_bytes() == CONTENT
    assert AuditEntry.objects.get().verb == "add_data_set"


def test_an_upload_that_is_too_large_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_store.save_upload, "__kwdefaults__", {"limit": 10})
    with pytest.raises(file_store.FileTooLarge):
        data_sets.add_upload("sales", [CONTENT], ".csv", by=COMMAND, now=NOON)
    assert uploads(tmp_path) == []
    assert not DataSet.objects.exists()


def test_an_upload_whose_row_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: Any) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError("no row")

    monkeypatch.setattr(data_sets.audit, "record", broken)
    with pytest.raises(RuntimeError):
        data_sets.add_upload("sales", [CONTENT], ".csv", by=COMMAND, now=NOON)
    assert uploads(tmp_path) == []


def test_delete_an_upload(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    data_set_id = data_sets.add_upload("sales", [CONTENT], ".csv", by=COMMAND, now=NOON)
    version = make.model_version(1, data_set_id=data_set_id)
    with django_capture_on_commit_callbacks(execute=True):
        data_sets.delete_upload(data_set_id, by=COMMAND, now=NOON)
    assert uploads(tmp_path) == []
    assert ModelVersion.objects.get(pk=version.pk).data_name == "demo"
    assert AuditEntry.objects.filter(verb="delete_data_set").exists()


def test_what_cannot_be_deleted() -> None:
    built_in = make.data_set(origin="built_in")
    busy = make.data_set("busy")
    make.job(args={"data_set_id": busy.pk}, live_key="train_revenue", state="running")
    for data_set, reason in ((built_in, "comes with the application"), (busy, "under way")):
        with pytest.raises(data_sets.InUse, match=reason):
            data_sets.delete_upload(data_set.pk, by=COMMAND, now=NOON)
    assert DataSet.objects.count() == 2


def test_built_in_files_are_registered_once_and_followed(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "datasets" / "demo"
    folder.mkdir(parents=True)
    (folder / "CARD.md").write_text("# Demo")
    (folder / "demo.csv").write_bytes(CONTENT)
    assert [data_sets.register_built_in(now=NOON) for _ in range(2)] == [1, 0]
    row = DataSet.objects.get()
    assert (row.name, row.origin, row.stored_name, row.rows) == ("demo", "built_in", "demo/demo.csv", 2)
    (folder / "demo.csv").write_bytes(CONTENT + b"\nT3,C3\n")
    assert data_sets.register_built_in(now=NOON) == 0
    row.refresh_from_db()
    assert row.rows == 3
    before = row.sha256
    (folder / "demo.csv").write_bytes(CONTENT + b"\nT3,C4\n")
    data_sets.register_built_in(now=NOON)
    row.refresh_from_db()
    assert row.sha256 != before, "a change of the same size is followed too"


def test_the_files_of_this_repository_can_be_read() -> None:
    assert data_sets.register_built_in(now=NOON) >= 1
    for row in rows.list_data_sets().rows:
        seen = rows.preview(row)
        assert seen.faults == ()
        assert seen.labelled


def test_an_entry_is_kept_and_its_prediction_learns_what_came_true() -> None:
    data_set = make.data_set()
    prediction = make.prediction(make.model_version(), tid="T9", result=0)
    data_sets.add_entry(data_set.pk, ENTRY, by=COMMAND, now=NOON)
    prediction.refresh_from_db()
    assert (prediction.actual, prediction.actual_at) == (1, NOON)
    assert rows.list_entries(data_set.pk) == [ENTRY]
    assert AuditEntry.objects.filter(verb="add_entry").count() == 1


def test_an_entry_is_taken_once_per_data_set() -> None:
    first, second = make.data_set("a"), make.data_set("b")
    for data_set in (first, second):
        data_sets.add_entry(data_set.pk, ENTRY, by=COMMAND, now=NOON)
    with pytest.raises(data_sets.EntryKnown, match="T9"):
        data_sets.add_entry(first.pk, ENTRY, by=COMMAND, now=NOON)
    assert LabelledTransaction.objects.count() == 2
    assert TransactionRow.objects.count() == 1


def test_entries_are_typed_by_the_rules_of_a_file() -> None:
    cells = ["T9", "", "", "Female", "28", "Clothing", "0", "x", "Cash", "31-02-26", "Kanyon", "2"]
    typed = dict(zip(rows.ENTRY_COLUMNS, cells, strict=True))
    entry, expected = rows.read_entry(typed)
    assert entry is None
    assert expected.keys() == {"quantity", "price", "invoice_date", "Label"}
    entry, expected = rows.read_entry(
        typed | {"quantity": "1", "price": "10.05", "invoice_date": "2026-02-28", "Label": "1"}
    )
    assert expected == {}
    assert entry is not None
    assert (entry.price_minor, entry.invoice_date, entry.label) == (1005, date(2026, 2, 28), 1)


def test_suggestions_come_from_the_data(tmp_path: Path) -> None:
    header = b"Tid,customer_id,gender,age,category,quantity,price,payment_method,invoice_date,shopping_mall\n"
    row = b"T%d,C1,Female,28,%s,5,1500.40,Cash,05-08-22,Kanyon\n"
    content = header + row % (1, b"Shoes") + row % (2, b"Books") + row % (3, b"Shoes")
    found = rows.find(data_sets.add_upload("sales", [content], ".csv", by=COMMAND, now=NOON))
    assert found is not None
    assert rows.list_suggestions(found)["category"] == ("Books", "Shoes")


def test_the_list_needs_two_queries(django_assert_num_queries: Any) -> None:
    for number in range(12):
        data_set = make.data_set(f"d{number}")
        LabelledTransaction.objects.create(data_set=data_set, tid="T1", label=1, created_at=NOON, **FIELDS)
    with django_assert_num_queries(2):
        page = rows.list_data_sets()
    assert [row.entries for row in page.rows] == [1] * 12
