"""The jobs `import_events` and `import_catalogue`: uploaded, checked whole, stored, taken over, cancelled."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import make
import pytest
from django.utils import timezone
from event_files import as_csv, at, event

from engine.contracts import Progress
from service_provider.adapters import file_store
from service_provider.adapters.event_files import reading, spool
from service_provider.jobs import kinds
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Event, Job, Product, Visit
from service_provider.queries.access import Actor
from service_provider.services import imports, jobs

pytestmark = pytest.mark.django_db
PETRA = Actor(label="petra", user_id=None)
ROWS = [event(occurred_at=at(minute), visit_id="") for minute in range(5)]
GOODS = "product_id,title,category,mall,price,margin,stock,active\nP1,Shoe,Shoes,,89.90,35%,12,yes\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def start(content: bytes | str, name: str = "log.csv", kind: str = imports.EVENTS) -> Job:
    data = content.encode() if isinstance(content, str) else content
    job_id = imports.start(
        kind, name, len(data), data[: imports.HEAD], chunks=[data], by=PETRA, now=timezone.now()
    )
    return Job.objects.get(pk=job_id)


def work(job: Job, name: str = "w") -> Job:
    assert Worker(name, now=timezone.now, clock=lambda: 0.0).run_due() == 1
    job.refresh_from_db()
    return job


def stored(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / file_store.UPLOADS).iterdir()]


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_an_upload_of_events_is_imported(
    name: str, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    content = as_csv(*ROWS).encode()
    with django_capture_on_commit_callbacks(execute=True):
        job = work(start(gzip.compress(content) if name.endswith(".gz") else content, name))
    assert (job.state, job.failure) == ("done", "")
    assert job.result == {
        "rows": 5, "skipped": 0, "unknown_kinds": {}, "unknown_columns": [], "added": 5, "known": 0, "shoppers": 1,
        "visits": 1, "orders": 0, "unpriced": 0, "removed": 0, "old": 0,
    }  # fmt: skip
    assert Visit.objects.get().event_count == 5
    assert AuditEntry.objects.get(verb="import_events").actor_label == "petra"
    assert stored(tmp_path) == []


def test_a_bad_row_fails_the_import_with_its_place() -> None:
    job = work(start(as_csv(*ROWS, event(quantity="0"))))
    assert (job.state, job.result) == ("failed", {})
    assert job.failure.startswith("Nothing was imported.\nlog.csv, row 7, column quantity: found '0'")
    assert not Event.objects.exists()


def test_a_file_gone_from_the_disk(tmp_path: Path) -> None:
    job = start(as_csv(*ROWS))
    file_store.delete_upload(stored(tmp_path)[0])
    assert work(job).failure == "The file of log.csv is gone from the disk. Upload it once more."


def test_files_of_failed_imports_are_cleared_away(tmp_path: Path) -> None:
    work(start("nothing\nof\nvalue\n"))
    (left,) = stored(tmp_path)
    work(start(as_csv(*ROWS)))
    assert left not in stored(tmp_path)


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`stops(after, do)`: batches of one row, and `do` is called once so many are written."""
    monkeypatch.setattr(spool, "BATCH", 1)
    monkeypatch.setattr(reading, "STEP", 1)
    run = kinds.KINDS[imports.EVENTS]

    def arrange(after: int, do: Any) -> None:
        def steps(*given: Any, **named: Any) -> Iterator[Progress]:
            own = run(*given, **named)
            while True:
                try:
                    step = next(own)
                except StopIteration as end:
                    return end.value
                yield step
                if step.stage == "Writing to the ledger" and step.done == after:
                    do()

        monkeypatch.setitem(kinds.KINDS, imports.EVENTS, steps)

    return arrange


def test_a_cancelled_import_keeps_what_it_wrote_and_can_be_repeated(stops: Any) -> None:
    job = start(as_csv(*ROWS))
    stops(2, lambda: jobs.ask_cancel(job.pk, by=PETRA, now=timezone.now()))
    assert work(job).state == "cancelled"
    assert 2 <= Event.objects.count() < 5
    stops(99, lambda: None)
    again = work(start(as_csv(*ROWS)))
    assert again.result["added"] + again.result["known"] == 5
    assert (Event.objects.count(), Visit.objects.get().event_count) == (5, 5)


def test_an_import_that_was_taken_over_counts_all_it_wrote(stops: Any) -> None:
    job = start(as_csv(*ROWS))
    worker = Worker("first", now=timezone.now, clock=lambda: 0.0)

    def stop() -> None:
        worker.interrupts.stop_asked = True
        worker.interrupts._check()

    stops(2, stop)
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, Event.objects.count()) == ("queued", 2)
    stops(99, lambda: None)
    assert work(job, "second").result["added"] == 5
    assert Visit.objects.get().event_count == 5


# ---- the catalogue ----------------------------------------------------------------------------------


def test_an_upload_of_products_is_imported(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = work(start(GOODS, "goods.csv", imports.CATALOGUE))
    assert job.state == "done"
    assert job.result == {
        "rows": 1, "skipped": 0, "unknown_columns": [], "added": 1, "changed": 0, "known": 0,
    }  # fmt: skip
    assert Product.objects.get().margin_bp == 3500
    assert AuditEntry.objects.get(verb="import_catalogue").actor_label == "petra"
    assert stored(tmp_path) == []


def test_a_bad_product_fails_the_import_with_its_place() -> None:
    job = work(start(GOODS.replace("35%", "much"), "goods.csv", imports.CATALOGUE))
    assert job.state == "failed"
    assert "goods.csv, row 2, column margin: found 'much'" in job.failure
    assert not Product.objects.exists()


# ---- what is refused at the door --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "content", "words"),
    [
        (imports.EVENTS, "log.xlsx", b"PK\x03\x04", "neither .csv nor .csv.gz nor .csv.xz nor .parquet"),
        (imports.EVENTS, "log.gz", b"\x1f\x8b", "neither .csv nor"),
        (imports.EVENTS, "log.csv.gz", b"shopper_id", "named .gz and is not packed"),
        (imports.EVENTS, "log.csv", b"\x1f\x8bxx", "gzip packed, named as something else"),
        (imports.EVENTS, "log.csv", b"", "is empty. Choose a file with a header row and at least one event"),
        (
            imports.CATALOGUE,
            "goods.xlsx",
            b"PK\x03\x04",
            "goods.xlsx is neither .csv nor .csv.gz nor .csv.xz. Save",
        ),
        (imports.CATALOGUE, "goods.csv", b"", "at least one product"),
    ],
)
def test_a_refused_upload_says_why_and_stores_nothing(
    kind: str, name: str, content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(imports.UploadRefused) as refused:
        start(content, name, kind)
    assert words in str(refused.value)
    assert not Job.objects.exists()
    assert not (tmp_path / file_store.UPLOADS).exists()


def test_one_import_of_a_kind_at_a_time() -> None:
    start(as_csv(*ROWS))
    with pytest.raises(imports.UploadRefused, match="Another import is under way"):
        start(as_csv(*ROWS))
    assert start(GOODS, "goods.csv", imports.CATALOGUE).kind == imports.CATALOGUE


def test_a_kind_that_is_none() -> None:
    with pytest.raises(KeyError):
        start(GOODS, kind="train_revenue")


def test_kinds_that_can_be_started_are_known_to_the_worker() -> None:
    assert {imports.TRANSACTIONS, imports.EVENTS, imports.CATALOGUE} <= set(kinds.KINDS)
    assert make.job(imports.EVENTS).kind in kinds.KINDS
