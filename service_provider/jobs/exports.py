"""The job `export`: a download too large to be made while a browser waits."""

from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from engine.contracts import Progress
from service_provider.adapters import file_store, spreadsheets
from service_provider.adapters.exports import parquet
from service_provider.jobs.kinds import JobResult, Steps
from service_provider.queries import downloads
from service_provider.queries.jobs import JobRow
from service_provider.services import downloads as taken

KEPT = timedelta(days=7)


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """Its arguments are `what`, `file_format` and `params`, as the screen's address had them."""
    file_store.clear_exports(older_than=KEPT, now=now())
    what, file_format = job.args["what"], job.args["file_format"]
    sheet = downloads.get_sheet(what, job.args["params"], now=now())
    stored_name = file_store.new_name(file_format)
    with file_store.writing_export(stored_name) as out:
        yield from write_in_steps(sheet, file_format, out)

    def record() -> dict[str, Any]:
        name = taken.file_name(what, file_format, now=now())
        return {"download": job.id, "stored_name": stored_name, "name": name, "rows": sheet.total}

    result: JobResult = record
    return result


def write_in_steps(
    sheet: downloads.Sheet, file_format: str, out: BinaryIO
) -> Generator[Progress, None, None]:
    """Writes the sheet to `out`; it is whole once the steps have ended."""
    yield Progress("Writing the file", 0, sheet.total)
    for done in _steps(sheet, file_format, out):
        yield Progress("Writing the file", min(done, sheet.total), sheet.total)
    yield Progress("Writing the file", sheet.total, sheet.total)


def _steps(sheet: downloads.Sheet, file_format: str, out: BinaryIO) -> Iterator[int]:
    if file_format == parquet.FORMAT:
        return parquet.write_in_steps(columns=sheet.columns, rows=sheet.rows, out=out)
    return spreadsheets.write_in_steps(
        file_format, title=sheet.title, columns=sheet.columns, rows=sheet.rows, out=out
    )
