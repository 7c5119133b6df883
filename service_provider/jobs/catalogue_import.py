"""The job `import_catalogue`: an uploaded file is checked whole, then stored in one transaction."""

from collections.abc import Callable, Generator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from engine.contracts import Progress
from service_provider.adapters import file_store
from service_provider.adapters.catalogue_files import reading
from service_provider.adapters.catalogue_files.reading import CatalogueFile
from service_provider.adapters.faults import BadFile
from service_provider.jobs import uploads
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import catalogue_imports
from service_provider.services.catalogue_imports import Recorded


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """Its arguments are `stored_name` (below uploads) and `name`, what the file was called."""
    path, name = uploads.open_upload(job), job.args["name"]
    try:
        file = yield from read_file(path, name=name)
    except BadFile as bad:
        raise JobFailed(f"Nothing was imported.\n{bad}") from bad
    yield Progress("Writing the catalogue", 0, len(file.rows))
    by = Actor(label=job.by_label, user_id=job.by_id)

    def record() -> dict[str, Any]:
        recorded = catalogue_imports.record(file.rows, name, by=by, now=now())
        transaction.on_commit(lambda: file_store.delete_upload(job.args["stored_name"]))
        return to_json(file, recorded)

    result: JobResult = record
    return result


def read_file(
    path: Path, *, name: str = "", skip_bad_to: Path | None = None
) -> Generator[Progress, None, CatalogueFile]:
    """The file's products, prices in the mall's currency. BadFile."""
    digits = mall.get_settings().minor_digits
    return reading.read_in_steps(path, minor_digits=digits, skip_bad_to=skip_bad_to, name=name)


def to_json(file: CatalogueFile, recorded: Recorded) -> dict[str, Any]:
    facts = {"rows": len(file.rows), "skipped": file.skipped, "unknown_columns": list(file.unknown_columns)}
    return facts | asdict(recorded)
