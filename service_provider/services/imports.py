"""Imports of transaction files that a person uploads."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from service_provider.adapters import file_store, files
from service_provider.queries.access import Actor
from service_provider.services import jobs

JOB_KIND = "import_transactions"
HEAD = 4096  # bytes that are looked at before anything is stored


class UploadRefused(Exception):
    """The file is not taken; the text says why and what to do."""


def start(name: str, size: int, head: bytes, *, chunks: Iterable[bytes], by: Actor, now: datetime) -> int:
    """Stores the upload and queues its import; returns the job's id. UploadRefused leaves nothing behind."""
    reason = files.check_upload(name, size, head)
    if reason:
        raise UploadRefused(reason)
    try:
        stored_name, sha256, _ = file_store.save_upload(chunks, Path(name).suffix)
    except file_store.FileTooLarge as too_large:
        raise UploadRefused(str(too_large)) from None
    args = {"stored_name": stored_name, "name": name, "sha256": sha256}
    try:
        return jobs.start(JOB_KIND, args=args, by=by, now=now, live_key=JOB_KIND)
    except jobs.AlreadyRunning:
        file_store.delete_upload(stored_name)
        raise UploadRefused(
            "Another import is under way. Wait until it is done, then upload this file again."
        ) from None
    except BaseException:
        file_store.delete_upload(stored_name)  # a file without its job would lie there for ever
        raise
