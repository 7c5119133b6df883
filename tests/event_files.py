"""Event files for tests: one good row, its variations, and what reading gives."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.columns import Events
from service_provider.adapters.event_files.reading import EventFile
from service_provider.adapters.event_files.spool import Spool
from service_provider.adapters.faults import BadFile

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HEADER = ["shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id"]
ROW = dict(
    zip(
        HEADER, ["S1", "2026-05-20T09:00:00Z", "product_view", "P1", "Shoes", "89.90", "1", "V1"], strict=True
    )
)
NINE = 1_779_267_600_000  # the moment of ROW
MINUTE = 60_000


def event(**changes: Any) -> list[Any]:
    return [(ROW | changes)[column] for column in HEADER]


def at(minute: float) -> str:
    """A moment so many minutes after that of ROW."""
    return str(NINE + round(minute * MINUTE))


def as_csv(*rows: list[Any], header: list[str] = HEADER) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def read_into(spool: Spool, path: Path, **options: Any) -> EventFile:
    steps = reading.read_in_steps(path, spool=spool, now=NOW, **options)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def read(path: Path, **options: Any) -> tuple[EventFile, Events]:
    """The file and all its events."""
    events = Events.of([] for _ in Events._fields)
    with Spool(batch=4) as spool:
        file = read_into(spool, path, **options)
        for batch in file.batches():
            events.add(batch)
    return file, events


def events_of(*rows: list[Any]) -> Events:
    """The rows as `services.event_imports` takes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_text(as_csv(*rows))
        return read(path)[1]


def refusal(path: Path, **options: Any) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(path, **options)
    return caught.value
