"""The job `train_revenue`: a data set and its entries in, a version out, and plain words where it cannot be."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from make import FIELDS, NOON

from engine.revenue import fit
from service_provider.adapters import file_store, files, model_store
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, DataSet, Job, LabelledTransaction, ModelVersion
from service_provider.queries import data_sets as rows
from service_provider.queries import learning
from service_provider.queries.access import COMMAND
from service_provider.services import data_sets

pytestmark = pytest.mark.django_db
HEADER = (
    b"Tid,coupon_no,customer_id,gender,age,category,quantity,price,"
    b"payment_method,invoice_date,shopping_mall,Label\n"
)
ROW = b"%s,,C1,Female,28,Clothing,5,1500.40,Cash,05-08-22,Kanyon,%d\n"


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def data_set() -> DataSet:
    content = HEADER + ROW % (b"T1", 0) + ROW % (b"T2", 1)
    data_set_id = data_sets.add_upload("sales", [content], ".csv", by=COMMAND, now=NOON)
    return DataSet.objects.get(pk=data_set_id)


def run(data_set_id: int, **args: Any) -> Job:
    job = make.job(
        args={"data_set_id": data_set_id, "seed": 7, "label_rule": None} | args, live_key="train_revenue"
    )
    Worker(name="first", now=lambda: NOON, clock=lambda: 0.0).run_due()
    job.refresh_from_db()
    return job


def test_a_training_makes_a_version_that_does_not_serve_yet(data_set: DataSet, quick_fit: Any) -> None:
    job = run(data_set.pk)
    assert (job.state, job.failure) == ("done", "")
    version = learning.get_version(job.result["version_id"])
    assert (version.number, version.seed, version.data_set_id, version.job_id) == (1, 7, data_set.pk, job.pk)
    assert (version.data_name, version.by_label, version.is_live) == ("sales.csv", "petra", False)
    assert model_store.read(version.stored_name, sha256=version.sha256) == b"fake artefact"
    assert version.sha256 in version.stored_name
    assert quick_fit[0]["seed"] == 7
    assert AuditEntry.objects.filter(verb="record_model", actor_label="petra").exists()


def test_the_labelled_rows_can_be_trained_on_again(data_set: DataSet, quick_fit: Any) -> None:
    version = learning.get_version(run(data_set.pk).result["version_id"])
    kept = file_store.path_of("labelled", version.labelled_name)
    assert files.read_transactions(kept).rows == quick_fit[0]["rows"]


def test_text_in_the_labelled_rows_is_no_formula(quick_fit: Any) -> None:
    content = HEADER + ROW % (b"=1+1", 0)
    data_set_id = data_sets.add_upload("sales", [content], ".csv", by=COMMAND, now=NOON)
    version = learning.get_version(run(data_set_id).result["version_id"])
    with file_store.path_of("labelled", version.labelled_name).open(encoding="utf-8-sig") as file:
        assert next(csv.DictReader(file))["Tid"] == "'=1+1"


def test_entries_are_trained_on_and_take_the_place_of_their_tid(data_set: DataSet, quick_fit: Any) -> None:
    for tid, label in (("T1", 1), ("T3", 0)):
        LabelledTransaction.objects.create(data_set=data_set, tid=tid, label=label, created_at=NOON, **FIELDS)
    version = learning.get_version(run(data_set.pk).result["version_id"])
    used = {row.tid: (row.label, row.category) for row in quick_fit[0]["rows"]}
    assert used == {"T2": (1, "Clothing"), "T1": (1, "Clothing"), "T3": (0, "Clothing")}
    assert any("took the place of 1 rows" in note for note in version.report.notes)


def test_the_fingerprint_follows_the_data_not_the_file(data_set: DataSet, quick_fit: Any) -> None:
    again = data_sets.add_upload(
        "other",
        [(HEADER + ROW % (b"T1", 0) + ROW % (b"T2", 1)).replace(b"\n", b"\r\n")],
        ".csv",
        by=COMMAND,
        now=NOON,
    )
    first, second = (learning.get_version(run(i).result["version_id"]) for i in (data_set.pk, again))
    assert first.data_fingerprint == second.data_fingerprint
    LabelledTransaction.objects.create(data_set=data_set, tid="T9", label=1, created_at=NOON, **FIELDS)
    third = learning.get_version(run(data_set.pk).result["version_id"])
    assert third.data_fingerprint != first.data_fingerprint
    assert [first.number, second.number, third.number] == [1, 2, 3]


def test_it_goes_on_from_its_checkpoint(data_set: DataSet, quick_fit: Any) -> None:
    make.job(
        args={"data_set_id": data_set.pk, "seed": 0, "label_rule": None},
        state="running",
        leased_by="dead",
        lease_until=NOON - timedelta(seconds=1),
        attempts=1,
        checkpoint=b"half",
    )
    Worker(name="second", now=lambda: NOON, clock=lambda: 0.0).run_due()
    assert quick_fit[0]["state"] == b"half"
    assert ModelVersion.objects.count() == 1


def test_a_bad_file_names_row_column_and_what_was_expected(quick_fit: Any) -> None:
    content = HEADER + ROW % (b"T1", 0) + ROW % (b"T2", 2)
    data_set_id = data_sets.add_upload("sales", [content], ".csv", by=COMMAND, now=NOON)
    job = run(data_set_id)
    assert (job.state, job.live_key) == ("failed", None)
    assert "sales.csv, row 3, column Label: found '2', expected 0 (Low) or 1 (High)." in job.failure
    assert not ModelVersion.objects.exists()


def test_data_that_cannot_be_trained_on_are_refused_in_words(data_set: DataSet, monkeypatch: Any) -> None:
    def train(rows: Any, **wish: Any) -> Any:
        raise fit.TrainingRefused("No row is labelled High.")
        yield

    monkeypatch.setattr(fit, "train", train)
    job = run(data_set.pk)
    assert (job.state, job.failure) == ("failed", "No row is labelled High.")


@pytest.mark.parametrize("gone", ["row", "file"])
def test_a_data_set_that_is_gone(data_set: DataSet, quick_fit: Any, gone: str) -> None:
    found = rows.find(data_set.pk)
    assert found is not None
    if gone == "row":
        data_set.delete()
    else:
        rows.path_of(found).unlink()
    job = run(found.id)
    assert job.state == "failed"
    assert "train" in job.failure
    assert "went wrong" not in job.failure


def test_a_training_with_no_room_on_the_disk_leaves_no_version(
    data_set: DataSet, quick_fit: Any, monkeypatch: Any
) -> None:
    def full(name: str, artefact: bytes) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(model_store, "save", full)
    job = run(data_set.pk)
    assert job.state == "failed"
    assert not ModelVersion.objects.exists()
