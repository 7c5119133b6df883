"""Imports of files that a person uploads: each kind is a job, one of a kind at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service_provider.adapters import file_store, files
from service_provider.queries.access import Actor
from service_provider.services import jobs

TRANSACTIONS, EVENTS, CATALOGUE = "import_transactions", "import_events", "import_catalogue"
HEAD = 4096  # bytes that are looked at before anything is stored


@dataclass(frozen=True, slots=True)
class _Sort:
    """What an upload of a kind is called, and what one row of it holds."""

    suffixes: tuple[str, ...]
    holds: str


_TEXT = (".csv", ".csv.gz", ".csv.xz")
_SORTS = {
    TRANSACTIONS: _Sort((*_TEXT, ".xlsx"), "transaction"),
    EVENTS: _Sort((*_TEXT, ".parquet"), "event"),
    CATALOGUE: _Sort(_TEXT, "product"),
}


class UploadRefused(Exception):
    """The file is not taken; the text says why and what to do."""


def start(
    kind: str, name: str, size: int, head: bytes, *, chunks: Iterable[bytes], by: Actor, now: datetime
) -> int:
    """Stores the upload and queues its import; returns the job's id. UploadRefused leaves nothing behind.

    `kind` is TRANSACTIONS, EVENTS or CATALOGUE; KeyError for any other.
    """
    sort = _SORTS[kind]
    reason = files.check_upload(name, size, head, suffixes=sort.suffixes, holds=sort.holds)
    if reason:
        raise UploadRefused(reason)
    try:
        stored_name, sha256, _ = file_store.save_upload(chunks, Path(name).suffix)
    except file_store.FileTooLarge as too_large:
        raise UploadRefused(str(too_large)) from None
    args = {"stored_name": stored_name, "name": name, "sha256": sha256}
    try:
        return jobs.start(kind, args=args, by=by, now=now, live_key=kind)
    except jobs.AlreadyRunning:
        file_store.delete_upload(stored_name)
        raise UploadRefused(
            "Another import is under way. Wait until it is done, then upload this file again."
        ) from None
    except BaseException:
        file_store.delete_upload(stored_name)  # a file without its job would lie there for ever
        raise
