"""The files one may train on: those that come with the application, uploads, and entries typed in by hand."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from engine.contracts import Transaction
from service_provider.adapters import data_files, engine_rows, file_store
from service_provider.models import DataSet, Job, LabelledTransaction
from service_provider.queries.access import Actor
from service_provider.services import audit, transactions

Origin = DataSet.Origin


class EntryKnown(Exception):
    """An entry with this Tid is in the data set already."""


class InUse(Exception):
    """The data set cannot be deleted now; the text says why."""


def register_built_in(*, now: datetime) -> int:
    """Makes a row for each file below `datasets/`, follows changed files, and says how many rows are new."""
    added = 0
    for path in sorted(data_files.built_in_folder().glob("*/*.csv")):
        stored_name = path.relative_to(data_files.built_in_folder()).as_posix()
        sha256 = _sha256(path)
        known = DataSet.objects.filter(origin=Origin.BUILT_IN, stored_name=stored_name).first()
        if known and known.sha256 == sha256:
            continue
        facts = {
            "sha256": sha256,
            "size_bytes": path.stat().st_size,
            "rows": data_files.count_rows(path),
        }
        with transaction.atomic():
            DataSet.objects.update_or_create(
                origin=Origin.BUILT_IN,
                stored_name=stored_name,
                defaults=facts,
                create_defaults={**facts, "name": path.stem, "created_at": now},
            )
        added += known is None
    return added


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add_upload(name: str, chunks: Iterable[bytes], suffix: str, *, by: Actor, now: datetime) -> int:
    """Stores the file and returns the data set's id. file_store.FileTooLarge where it is too large."""
    stored_name, sha256, size = file_store.save_upload(chunks, suffix)
    try:
        rows = data_files.count_rows(file_store.upload_path(stored_name))
        with transaction.atomic():
            data_set = DataSet.objects.create(
                name=name,
                origin=Origin.UPLOAD,
                stored_name=stored_name,
                sha256=sha256,
                size_bytes=size,
                rows=rows,
                by_id=by.user_id,
                created_at=now,
            )
            audit.record(
                by, "add_data_set", "data_set", data_set.pk, now=now, detail={"name": name, "sha256": sha256}
            )
            return data_set.pk
    except BaseException:
        file_store.delete_upload(stored_name)  # a file without its row would lie there for ever
        raise


def delete_upload(data_set_id: int, *, by: Actor, now: datetime) -> None:
    """Deletes an upload, its entries and file; versions trained on it stay. InUse, DataSet.DoesNotExist."""
    with transaction.atomic():
        data_set = DataSet.objects.get(pk=data_set_id)
        if data_set.origin != Origin.UPLOAD:
            raise InUse("This data set comes with the application and stays.")
        live = Job.objects.filter(live_key__isnull=False, args__data_set_id=data_set_id)
        if live.exists():
            raise InUse("A training on this data set is under way. Wait for it or cancel it first.")
        audit.record(
            by,
            "delete_data_set",
            "data_set",
            data_set_id,
            now=now,
            detail={"name": data_set.name, "sha256": data_set.sha256},
        )
        data_set.delete()
        transaction.on_commit(lambda: file_store.delete_upload(data_set.stored_name))


def add_entry(data_set_id: int, entry: Transaction, *, by: Actor, now: datetime) -> None:
    """Adds a labelled transaction typed in by hand; a prediction with its Tid learns what came true.

    EntryKnown where the data set has an entry with this Tid. A row of the file with the same Tid stays in the
    file, but a training uses the entry in its place and says so.
    """
    if entry.label is None:
        raise ValueError("an entry needs its label")
    try:
        with transaction.atomic():
            LabelledTransaction.objects.create(
                data_set_id=data_set_id,
                label=entry.label,
                by_id=by.user_id,
                created_at=now,
                **engine_rows.columns_of(entry),
            )
            transactions.record([entry], by=by, now=now)
            audit.record(
                by,
                "add_entry",
                "data_set",
                data_set_id,
                now=now,
                detail={"tid": entry.tid, "label": entry.label},
            )
    except IntegrityError as error:
        if LabelledTransaction.objects.filter(data_set_id=data_set_id, tid=entry.tid).exists():
            raise EntryKnown(f"This data set has an entry with the Tid {entry.tid} already.") from error
        raise
