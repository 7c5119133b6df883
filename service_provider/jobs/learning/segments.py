"""The jobs `train_segments` and `assign_segments`: shoppers in, a version of segments and stretches out."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.artefacts import ArtefactCorrupt
from engine.contracts import Progress, SegmentsReport
from engine.segments import fit, logs, serve
from engine.segments.columns import Ints, ShopperColumns
from engine.segments.compare import Past
from engine.segments.fit import FitRefused, Fitted, Former
from service_provider.adapters import model_store
from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.shopper_log import LogBuilder
from service_provider.adapters.event_files.spool import Spool
from service_provider.adapters.faults import BadFile
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import learning as versions
from service_provider.queries import mall, schedules, serving, shopper_columns
from service_provider.queries import segments as memberships
from service_provider.queries.access import SCHEDULE, Actor
from service_provider.queries.jobs import JobRow
from service_provider.queries.learning import SEGMENTS
from service_provider.services import learning, segments
from service_provider.services.learning import CannotPromote, Training
from service_provider.services.segments import ASSIGN, TRAIN, NotLive

UNFIT = (BadFile, FitRefused)
"""Data that no segments can be made of; the text is for people."""
OWN = "the mall's own visits and orders"
WEEK = timedelta(days=7, hours=-12)  # so that a schedule at the same minute finds a week over
MOST_MOVED = 0.20  # a refit that moves more by itself is for a person to look at


@dataclass(frozen=True, slots=True)
class Material:
    """What segments are fitted on."""

    columns: ShopperColumns
    past: Past | None
    as_of: datetime
    name: str
    former: Former | None = None


def from_ledger(as_of: datetime) -> Material:
    """All shoppers at `as_of`, and the version in use with the segments they have."""
    found = shopper_columns.read(as_of)
    former = None
    live = serving.find_live(SEGMENTS)
    if live is not None:
        former = _former(live, found.ids)
    return Material(found.columns, shopper_columns.read_past(as_of), as_of, OWN, former)


def _former(live: serving.LiveModel, ids: Ints) -> Former | None:
    try:
        model = serve.from_bytes(model_store.read(live.stored_name, sha256=live.sha256))
    except ArtefactCorrupt:  # what cannot be read any more, or speaks of other columns, labels nothing
        return None
    return Former(model, memberships.previous_codes(ids.tolist()))


def from_file(path: Path, *, now: datetime, name: str = "") -> Generator[Progress, None, Material]:
    """The shoppers of an event file at the moment of its last event. BadFile."""
    with Spool() as spool:
        file = yield from reading.read_in_steps(
            path,
            spool=spool,
            now=now,
            minor_digits=mall.get_settings().minor_digits,
            name=name or path.name,
            most_unpacked=reading.LARGE,
        )
        builder, done = LogBuilder(), 0
        for events in file.batches():
            builder.add(events)
            done += len(events.ids)
            yield Progress("Adding up visits and orders", done, file.rows)
    return material_of(builder.log(), builder.last_ms, name=name or path.name)


def material_of(log: logs.Log, as_of_ms: int, *, name: str) -> Material:
    rows = logs.seen(log, as_of_ms)
    as_of = datetime.fromtimestamp(as_of_ms / 1000, UTC)
    return Material(logs.columns_at(log, as_of_ms).take(rows), logs.past_of(log, as_of_ms), as_of, name)


def train(
    material: Material, *, seed: int, clock: Callable[[], float]
) -> Generator[Progress, None, tuple[Training, Fitted]]:
    """FitRefused carries text for people."""
    fitted = yield from fit.fit(
        material.columns,
        material.past,
        as_of_ms=round(material.as_of.timestamp() * 1000),
        seed=seed,
        clock=clock,
        former=material.former,
        taken=memberships.names(),
    )
    training = Training(
        kind=SEGMENTS,
        artefact=serve.to_bytes(fitted.model),
        report=fitted.report,
        rows=fitted.report.rows,
        data_name=material.name,
        data_fingerprint=fingerprint(material.columns),
        seed=seed,
    )
    return training, fitted


def fingerprint(columns: ShopperColumns) -> str:
    """SHA-256 over all columns in their order: equal data, equal fingerprint."""
    digest = sha256()
    for field in fields(columns):
        digest.update(getattr(columns, field.name).tobytes())
    return digest.hexdigest()


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job `train_segments`; `seed` is its one argument. What begins by itself does so once a week."""
    by, as_of = Actor(label=job.by_label, user_id=job.by_id), now()
    yield Progress("Reading shoppers", 0, 0)
    if job.by_label == SCHEDULE.label and (age := _age_of_newest(as_of)) is not None and age < WEEK:
        return lambda: {"told": "The newest version is younger than a week, so that nothing was to be done."}
    try:
        training, fitted = yield from train(from_ledger(as_of), seed=job.args.get("seed", 0), clock=clock)
    except FitRefused as refusal:
        raise JobFailed(str(refusal)) from refusal

    def record() -> dict[str, Any]:
        version_id = learning.record(replace(training, job_id=job.id), by=by, now=now())
        return {"segments_version_id": version_id} | _promoted(version_id, fitted.report, by=by, now=now())

    result: JobResult = record
    return result


def _age_of_newest(now: datetime) -> timedelta | None:
    newest = versions.find_newest(SEGMENTS)
    return now - newest.created_at if newest else None


def _promoted(version_id: int, report: SegmentsReport, *, by: Actor, now: datetime) -> dict[str, str]:
    """Puts it to use where the schedule made it, the provider allows that, and nothing about it is odd."""
    if by.label != SCHEDULE.label:
        return {}
    row = schedules.find(TRAIN, now=now)
    if row is None or not row.may_promote:
        return {}
    if odd := why_not(report):
        return {"told": f"It was not put to use by itself: {odd}"}
    try:
        learning.promote(version_id, by=by, now=now)
    except CannotPromote as refusal:
        return {"told": str(refusal)}
    return {"told": "It was put to use by itself."}


def why_not(report: SegmentsReport) -> str:
    """What keeps a version from being put to use without a person; empty where nothing does."""
    shaky = [axis.name for axis in report.axes if not axis.is_stable]
    if shaky:
        return f"the levels of {' and '.join(shaky)} are not stable."
    if report.moved_by_refit is not None and report.moved_by_refit > MOST_MOVED:
        return f"it would move {report.moved_by_refit:.0%} of the shoppers, more than {MOST_MOVED:.0%}."
    return ""


def run_assign(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job `assign_segments`: every shopper gets the segment that the version in use says. Safe to run twice."""
    by, as_of = Actor(label=job.by_label, user_id=job.by_id), now()
    yield Progress("Reading shoppers", 0, 2)
    try:
        write = assigning(as_of, by=by)
    except ArtefactCorrupt as fault:
        raise JobFailed(f"The segments in use cannot be read. {fault} Train again.") from fault
    if write is None:
        return lambda: {"told": "No segments are in use yet, so that nothing was to be done."}
    yield Progress("Writing segments", 1, 2)

    def record() -> dict[str, Any]:
        try:
            return write(now())
        except NotLive as late:
            raise JobFailed("Another version was put to use meanwhile; its own job assigns it.") from late

    result: JobResult = record
    return result


def assigning(as_of: datetime, *, by: Actor) -> Callable[[datetime], dict[str, Any]] | None:
    """Finds where shoppers belong at `as_of`; what it returns writes it, in one transaction. None: no version is in
    use. ArtefactCorrupt where that one cannot be read."""
    live = serving.find_live(SEGMENTS)
    if live is None:
        return None
    version_id = live.id
    model = serve.from_bytes(model_store.read(live.stored_name, sha256=live.sha256))
    found = shopper_columns.read(as_of)
    previous = memberships.previous_codes(found.ids.tolist())
    assigned = serve.assign(model, found.columns, previous)

    def write(now: datetime) -> dict[str, Any]:
        written = segments.record(found.ids, assigned, version_id=version_id, at=as_of, by=by, now=now)
        return written.to_json()

    return write


__all__ = ["ASSIGN", "TRAIN", "UNFIT", "assigning", "from_file", "from_ledger", "run", "run_assign", "train"]
