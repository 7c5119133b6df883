"""The job `import_events`: an uploaded file is checked whole, then stored a batch at a time."""

import gc
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from engine.contracts import Progress
from service_provider.adapters import file_store
from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.reading import EventFile
from service_provider.adapters.event_files.spool import Spool
from service_provider.adapters.faults import BadFile
from service_provider.adapters.ledger import bulk
from service_provider.adapters.tables import MOST_UNPACKED
from service_provider.jobs import uploads
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import event_imports
from service_provider.services.event_imports import Overtaken, Recorded

KIND = "import_events"


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported. `name` is what messages call the file, where it is stored under another one."""

    path: Path
    name: str
    skip_bad_to: Path | None = None
    most_unpacked: int = MOST_UNPACKED


@dataclass(frozen=True, slots=True)
class Imported:
    """What stood in the file and what became of it."""

    rows: int
    skipped: int
    unknown_kinds: dict[str, int]
    unknown_columns: tuple[str, ...]
    recorded: Recorded

    def to_json(self) -> dict[str, Any]:
        facts = asdict(self)
        recorded = facts.pop("recorded")
        return facts | {"unknown_columns": list(self.unknown_columns)} | recorded


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """Its arguments are `stored_name` (below uploads) and `name`, what the file was called."""
    path = uploads.open_upload(job)
    source = Source(path, job.args["name"])
    try:
        imported = yield from import_in_steps(source, now=now, checkpoint=checkpoint)
    except BadFile as bad:
        raise JobFailed(f"Nothing was imported.\n{bad}") from bad
    except Overtaken as overtaken:
        raise JobFailed(str(overtaken)) from overtaken
    by = Actor(label=job.by_label, user_id=job.by_id)

    def record() -> dict[str, Any]:
        event_imports.close(imported.recorded, source.name, by=by, now=now())
        transaction.on_commit(lambda: file_store.delete_upload(job.args["stored_name"]))
        return imported.to_json()

    result: JobResult = record
    return result


def import_in_steps(
    source: Source, *, now: Callable[[], datetime], checkpoint: bytes | None = None
) -> Generator[Progress, None, Imported]:
    """Checks the whole file, then stores it. BadFile before the first write; Overtaken by another import.

    Stopped half-way, it is completed by doing it again: with the checkpoint it goes on where it was, without one
    it finds what is stored already.
    """
    with Spool() as spool, _collection_paused():
        yield Progress("Reading the file", 0, 0)
        file = yield from reading.read_in_steps(
            source.path,
            spool=spool,
            now=now(),
            minor_digits=mall.get_settings().minor_digits,
            skip_bad_to=source.skip_bad_to,
            name=source.name,
            most_unpacked=source.most_unpacked,
        )
        with bulk.large_cache():
            recorded = yield from _store(file, now=now, checkpoint=checkpoint)
    return Imported(file.rows, file.skipped, file.unknown_kinds, file.unknown_columns, recorded)


def _store(
    file: EventFile, *, now: Callable[[], datetime], checkpoint: bytes | None
) -> Generator[Progress, None, Recorded]:
    before: dict[str, Any] = json.loads(checkpoint) if checkpoint else {"done": 0, "recorded": {}}
    recorded, done = Recorded(**before["recorded"]), 0
    for events in file.batches():
        done += len(events.ids)
        if done > before["done"]:
            recorded += event_imports.record(events, now=now())
            state = json.dumps({"done": done, "recorded": asdict(recorded)}).encode()
            yield Progress("Writing to the ledger", done, file.rows, state)
    return recorded


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Rows make no circles, so that looking for some among millions of cells is a tenth of the time for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
