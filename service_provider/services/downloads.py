"""Downloads: small ones answered at once, large ones built by a job; each is written into the audit log."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.db import transaction

from service_provider.adapters import file_store, spreadsheets
from service_provider.queries import access, downloads, mall
from service_provider.queries import jobs as job_rows
from service_provider.queries.access import Actor
from service_provider.services import audit, jobs

AT_ONCE = 10_000  # rows; above it a job builds the file
JOB_KIND = "export"
IN_MEMORY = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ready:
    """A file to send: `content` is an open file, or pieces that are made while they are sent."""

    name: str
    content_type: str
    content: BinaryIO | Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Queued:
    """The file is being built by this job."""

    job_id: int


class FileGone(Exception):
    """The job has no file to give; the text says why and what to do."""


def file_name(what: str, file_format: str, *, now: datetime) -> str:
    """What the file is called on the reader's machine, with the mall's own day."""
    return f"{what}-{mall.get_settings().local(now):%Y-%m-%d}.{file_format}"


def record(
    by: Actor, what: str, file_format: str, *, rows: int, now: datetime, detail: Mapping[str, Any]
) -> None:
    """Writes into the audit log that somebody took `rows` rows away."""
    facts = {"format": file_format, "rows": rows, **detail}
    with transaction.atomic():
        audit.record(by, "download", "list", what, now=now, detail=facts)


def take(
    what: str, file_format: str, params: Mapping[str, str], *, by: Actor, now: datetime
) -> Ready | Queued:
    """The download itself, or the job that builds it. UnknownDownload, access.Refused."""
    access.require(by, downloads.get_verb(what, file_format))
    chosen = {name: value for name, value in sorted(params.items()) if value and name != "page"}
    sheet = downloads.get_sheet(what, chosen, now=now)
    if sheet.total > AT_ONCE:
        return Queued(_start(what, file_format, chosen, by=by, now=now))
    record(by, what, file_format, rows=sheet.total, now=now, detail={"filter": chosen})
    return Ready(
        file_name(what, file_format, now=now),
        spreadsheets.CONTENT_TYPES[file_format],
        _content(file_format, sheet),
    )


def _content(file_format: str, sheet: downloads.Sheet) -> BinaryIO | Iterator[bytes]:
    if file_format == "csv":
        return spreadsheets.csv_chunks(sheet.columns, sheet.rows)
    # Left open: the face sends it, and closes it then.
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    spreadsheets.write(file_format, title=sheet.title, columns=sheet.columns, rows=sheet.rows, out=out)
    out.seek(0)
    return out


def _start(what: str, file_format: str, chosen: dict[str, str], *, by: Actor, now: datetime) -> int:
    """A job for this person and this very file; asking again meanwhile leads to the same job."""
    args = {"what": what, "file_format": file_format, "params": chosen}
    asked = json.dumps([by.user_id, args], sort_keys=True).encode()
    live_key = f"export {hashlib.sha256(asked).hexdigest()[:40]}"
    try:
        return jobs.start(JOB_KIND, args=args, by=by, now=now, live_key=live_key)
    except jobs.AlreadyRunning as running:
        if running.job_id is None:  # it ended between the two looks
            return jobs.start(JOB_KIND, args=args, by=by, now=now)
        return running.job_id


def fetch(job_id: int, *, by: Actor, now: datetime) -> Ready:
    """The file that an export job has built, for who started it or a provider. FileGone, access.Refused."""
    job = job_rows.find(job_id)
    if job is None or job.kind != JOB_KIND:
        raise downloads.UnknownDownload(f"job {job_id}")
    what, file_format = job.args["what"], job.args["file_format"]
    access.require(by, downloads.get_verb(what, file_format))
    if by.role != access.PROVIDER and (by.user_id is None or by.user_id != job.by_id):
        raise access.Refused("This file was made for somebody else. Start the download yourself.")
    if job.state != "done":
        raise FileGone("The file is not there yet. It can be fetched once its job is done.")
    content = file_store.open_export(job.result["stored_name"])
    if content is None:
        raise FileGone("The file has been cleared away after seven days. Start the download once more.")
    detail = {"filter": job.args["params"], "job": job_id}
    record(by, what, file_format, rows=job.result["rows"], now=now, detail=detail)
    return Ready(job.result["name"], spreadsheets.CONTENT_TYPES[file_format], content)
