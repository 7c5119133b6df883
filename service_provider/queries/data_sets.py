"""Data sets as the training pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db.models import Count

from engine.contracts import Transaction
from service_provider.adapters import data_files, engine_rows, files, transaction_columns
from service_provider.adapters.files import Preview
from service_provider.models import DataSet, LabelledTransaction
from service_provider.queries import mall
from service_provider.queries.page import Page, cut

GENDERS = transaction_columns.GENDERS
ENTRY_COLUMNS = transaction_columns.COLUMNS
SUGGESTED_FROM_ROWS = 500
SUGGESTED = ("gender", "category", "payment_method", "shopping_mall")


@dataclass(frozen=True, slots=True)
class DataSetRow:
    id: int
    name: str
    origin: str
    origin_label: str
    stored_name: str
    sha256: str
    size_bytes: int
    rows: int | None
    entries: int
    by_id: int | None
    created_at: datetime

    @property
    def file_name(self) -> str:
        """What messages call the file: its own name, not the one it is stored under."""
        return f"{self.name}{Path(self.stored_name).suffix}"

    @property
    def is_upload(self) -> bool:
        return self.origin == DataSet.Origin.UPLOAD


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """`name` is the column we look for ("": one not used), `header` what stands there ("": missing)."""

    name: str
    header: str
    needed: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    tid: str
    category: str
    price_minor: int
    label: int
    created_at: datetime


def _row(row: DataSet) -> DataSetRow:
    return DataSetRow(
        row.pk, row.name, row.origin, row.get_origin_display(), row.stored_name, row.sha256, row.size_bytes,
        row.rows, row.entry_count, row.by_id, row.created_at,  # type: ignore[attr-defined]
    )  # fmt: skip


def list_data_sets(*, number: int = 1) -> Page[DataSetRow]:
    """The newest first. Two queries."""
    return cut(DataSet.objects.annotate(entry_count=Count("entries")).order_by("-id"), number, _row)


def find(data_set_id: int) -> DataSetRow | None:
    row = DataSet.objects.annotate(entry_count=Count("entries")).filter(pk=data_set_id).first()
    return _row(row) if row else None


def path_of(row: DataSetRow) -> Path:
    return data_files.path_of(row.origin, row.stored_name)


def preview(row: DataSetRow, *, rows: int = 10) -> Preview:
    """The first rows and what is wrong with them; cheap enough for a page."""
    digits = mall.get_settings().minor_digits
    return files.preview(path_of(row), rows=rows, minor_digits=digits, name=row.file_name)


def check_columns(seen: Preview) -> tuple[ColumnCheck, ...]:
    """Every column of a transaction file, and the file's own that are not used."""
    meant = {transaction_columns.known_name(header): header for header in seen.columns}
    wanted = tuple(
        ColumnCheck(name, meant.get(name, ""), needed=name in transaction_columns.NEEDED)
        for name in ENTRY_COLUMNS
    )
    further = (header for header in seen.columns if transaction_columns.known_name(header) is None)
    return (*wanted, *(ColumnCheck("", header, needed=False) for header in further))


def list_suggestions(row: DataSetRow) -> dict[str, tuple[str, ...]]:
    """For the columns of words, what stands in the data's first rows, so that an entry is typed alike."""
    seen = preview(row, rows=SUGGESTED_FROM_ROWS)
    places = {name.casefold(): index for index, name in enumerate(seen.columns)}
    return {
        name: tuple(sorted({cells[places[name]] for cells in seen.rows if cells[places[name]]}))
        for name in SUGGESTED
        if name in places
    }


def list_entries(data_set_id: int) -> list[Transaction]:
    """Every entry of a data set, as it is trained on."""
    entries = LabelledTransaction.objects.filter(data_set_id=data_set_id).order_by("id")
    return [engine_rows.transaction_of(entry, label=entry.label) for entry in entries]


def list_newest_entries(data_set_id: int, *, limit: int = 10) -> tuple[EntryRow, ...]:
    rows = LabelledTransaction.objects.filter(data_set_id=data_set_id).order_by("-id")[:limit]
    return tuple(EntryRow(e.tid, e.category, e.price_minor, e.label, e.created_at) for e in rows)


def find_refusal(name: str, size: int, head: bytes) -> str | None:
    """Why a file is not let in, from its name, size and first bytes; None lets it in."""
    return files.check_upload(name, size, head)


def read_entry(cells: Mapping[str, str]) -> tuple[Transaction | None, dict[str, str]]:
    """An entry typed in, read by the very rules of a file's row; what each wrong column ought to be."""
    digits = mall.get_settings().minor_digits
    plan = transaction_columns.plan("entry", tuple(cells), minor_digits=digits)
    entry, faults = plan.read(1, tuple(cells.values()))
    return entry, {fault.column: fault.expected for fault in faults}
