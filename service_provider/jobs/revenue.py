"""Training of the revenue type: rows of a data set and its entries in, a model version out."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from engine.contracts import Progress, Transaction
from engine.revenue import fit
from service_provider.adapters import data_files, files
from service_provider.adapters.faults import BadFile
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import data_sets, mall
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import learning
from service_provider.services.learning import Training

UNFIT = (BadFile, fit.TrainingRefused)
"""Data that cannot be trained on; the text is for people."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is trained on."""

    path: Path
    name: str
    entries: tuple[Transaction, ...] = ()
    data_set_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is trained."""

    seed: int
    label_rule: str | None


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job `train_revenue`; its arguments are `data_set_id`, `seed` and `label_rule`."""
    wish = Wish(seed=job.args["seed"], label_rule=job.args.get("label_rule"))
    source = _find_source(job.args["data_set_id"])
    try:
        training = yield from train(source, wish, checkpoint=checkpoint, clock=clock)
    except UNFIT as fault:
        raise JobFailed(str(fault)) from fault
    by = Actor(label=job.by_label, user_id=job.by_id)

    def record() -> dict[str, int]:
        return {"version_id": learning.record(replace(training, job_id=job.id), by=by, now=now())}

    result: JobResult = record
    return result


def _find_source(data_set_id: int) -> Source:
    row = data_sets.find(data_set_id)
    if row is None:
        raise JobFailed("The data set has been deleted meanwhile. Choose another one and train again.")
    path = data_sets.path_of(row)
    if not path.exists():
        raise JobFailed(
            f"The file of {row.name} is gone from the disk. Upload it once more and train on that."
        )
    return Source(path, row.file_name, tuple(data_sets.list_entries(row.id)), row.id)


def train(
    source: Source, wish: Wish, *, checkpoint: bytes | None, clock: Callable[[], float]
) -> Generator[Progress, None, Training]:
    """Reads, trains and keeps the labelled rows. BadFile and fit.TrainingRefused carry text for people."""
    yield Progress("Reading the file", 0, 0)
    read = yield from files.read_in_steps(
        source.path, minor_digits=mall.get_settings().minor_digits, name=source.name
    )
    rows, replaced = _with_entries(read.rows, source.entries)
    trained = yield from fit.train(
        rows,
        seed=wish.seed,
        clock=clock,
        label_rule=wish.label_rule,
        best_reachable_accuracy=data_files.find_best_reachable(read.sha256),
        state=checkpoint,
    )
    notes = (*trained.report.notes, *read.notes, *_entry_notes(len(source.entries), replaced))
    return Training(
        artefact=trained.artefact,
        report=replace(trained.report, notes=notes),
        rows=trained.report.rows,
        labelled_name=learning.keep_labelled(trained.rows),
        data_name=source.name,
        data_fingerprint=learning.fingerprint(rows),
        seed=wish.seed,
        data_set_id=source.data_set_id,
    )


def _with_entries(rows: list[Transaction], entries: tuple[Transaction, ...]) -> tuple[list[Transaction], int]:
    """The file's rows and then the entries; an entry takes the place of file rows with its Tid."""
    typed = {entry.tid for entry in entries}
    kept = [row for row in rows if row.tid not in typed]
    return [*kept, *entries], len(rows) - len(kept)


def _entry_notes(entries: int, replaced: int) -> list[str]:
    if not entries:
        return []
    note = f"{entries:,} transactions were typed in by hand."
    return [
        f"{note} They took the place of {replaced:,} rows of the file with the same Tid."
        if replaced
        else note
    ]
