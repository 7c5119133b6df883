"""The job `import_transactions`: an uploaded file is checked whole, then stored in one transaction."""

from collections.abc import Callable, Generator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from engine.contracts import Progress
from service_provider.adapters import file_store
from service_provider.adapters.files import BadFile, TransactionFile, read_in_steps
from service_provider.jobs import uploads
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import transactions


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """Its arguments are `stored_name` (below uploads) and `name`, what the file was called."""
    path = uploads.open_upload(job)
    try:
        read = yield from read_file(path, name=job.args["name"])
    except BadFile as bad:
        raise JobFailed(f"Nothing was imported.\n{bad}") from bad
    yield Progress("Writing to the ledger", 0, len(read.rows))
    by = Actor(label=job.by_label, user_id=job.by_id)

    def record() -> dict[str, Any]:
        recorded = transactions.record(read.rows, by=by, now=now())
        transaction.on_commit(lambda: file_store.delete_upload(job.args["stored_name"]))
        return asdict(recorded) | {"rows": len(read.rows), "labelled": read.labelled}

    result: JobResult = record
    return result


def read_file(
    path: Path, *, name: str = "", skip_bad_to: Path | None = None
) -> Generator[Progress, None, TransactionFile]:
    """The file's rows, each Tid once, prices in the mall's currency. BadFile."""
    digits = mall.get_settings().minor_digits
    return read_in_steps(path, minor_digits=digits, skip_bad_to=skip_bad_to, unique_tids=True, name=name)
