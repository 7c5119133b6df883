"""The job `train_churn`: visits in, a version of the churn ladder with its gates out."""

import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from engine.artefacts import ArtefactCorrupt
from engine.churn import fit, serve, windows
from engine.churn.fit import LadderSettings, Trained, TrainingRefused
from engine.churn.ladder import shipped as shipped_rungs
from engine.churn.ladder.settings import QUICK, QUICK_SETTINGS
from engine.churn.serve import RiskModel
from engine.churn.watch import drift, gates
from engine.churn.windows import EventLog
from engine.contracts import Progress, Terms, VisitState
from engine.policy.moments import is_decision_point
from service_provider.adapters import model_store
from service_provider.adapters.event_files import churn_log
from service_provider.adapters.faults import BadFile
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import schedules, serving, training_data
from service_provider.queries.access import SCHEDULE, Actor
from service_provider.queries.jobs import JobRow
from service_provider.queries.learning import CHURN
from service_provider.services import churn, learning
from service_provider.services.learning import CannotPromote, Training

UNFIT = (BadFile, TrainingRefused)
"""Data that nothing can be learnt from; the text is for people."""
OWN = "the mall's own visits"
MOST_OPEN = 0.5  # of a file's visits
_TERMS = Terms()


@dataclass(frozen=True)
class Material:
    """What is learnt from: events, the moment as of which they are read, and their name."""

    log: EventLog
    until_ms: int
    name: str


@dataclass(frozen=True, slots=True)
class Wish:
    """`with_nets` is granted where PyTorch is installed; else the nets that ship are measured as they are."""

    seed: int = 0
    is_quick: bool = False
    with_nets: bool = False

    @property
    def trains_nets(self) -> bool:
        return self.with_nets and not self.is_quick and churn.has_nets()

    def settings(self, shipped: Mapping[str, bytes]) -> LadderSettings:
        if self.trains_nets:
            return LadderSettings()
        return replace(QUICK_SETTINGS if self.is_quick else LadderSettings(rungs=QUICK), shipped=shipped)


def from_ledger(as_of: datetime) -> Material:
    """The visits of the mall as they were known at `as_of`."""
    data = training_data.read(as_of)
    return Material(data.log, round(as_of.timestamp() * 1000), OWN)


def from_file(path: Path, *, now: datetime) -> Generator[Progress, None, Material]:
    """An event file, as of its last event; one that is too short for that is taken as whole. BadFile."""
    log = yield from churn_log.read_in_log(path, now=now)
    last = int(log.at_ms.max(initial=0))
    is_short = windows.open_share(log, last) > MOST_OPEN
    return Material(log, windows.NEVER if is_short else last, path.name)


def train(
    material: Material, wish: Wish, *, state: bytes | None = None, clock: Callable[[], float]
) -> Generator[Progress, None, Training]:
    """TrainingRefused carries text for people. Progress carries checkpoints of the nets, which `state` gives back."""
    found = yield from climb(material, wish, state=state, clock=clock)
    yield Progress("Measuring at the gates", 0, 1)
    return measure(found, name=material.name, seed=wish.seed, clock=clock)


def climb(
    material: Material, wish: Wish, *, state: bytes | None = None, clock: Callable[[], float]
) -> Generator[Progress, None, Trained]:
    """The same before it is measured at the gates."""
    shipped, refused = ({}, ()) if wish.trains_nets else shelf()
    with threadpool_limits(limits=1):
        found = yield from fit.train(
            material.log,
            seed=wish.seed,
            clock=clock,
            settings=wish.settings(shipped),
            until_ms=material.until_ms,
            state=state,
            is_point=_is_point,
        )
    return noted(found, refused) if refused else found


def shelf() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The nets that ship, by rung, and in words which of them cannot be asked."""
    found: dict[str, bytes] = {}
    refused = []
    for name in model_store.shipped_names():
        rung = name.partition(".")[0]
        try:
            artefact = model_store.read_shipped(name)
            shipped_rungs.of(rung, artefact)
        except ArtefactCorrupt as fault:
            refused.append(f"{name} was not asked. {fault}")
            continue
        found[rung] = artefact
    return found, tuple(refused)


def noted(found: Trained, notes: tuple[str, ...]) -> Trained:
    """With these words in its report, and in those of what stands beside it."""
    told = replace(found.report, notes=(*found.report.notes, *notes))
    return replace(found, report=told, beside=tuple(noted(one, notes) for one in found.beside))


def measure(found: Trained, *, name: str, seed: int, clock: Callable[[], float]) -> Training:
    """Held against the version that is in use at this moment. `name` is that of the data."""
    model = serve.load(found.artefact)
    champion, number, note = _champion()
    held = [gate.to_json() for gate in gates.measure(found, model, champion, clock=clock, note=note)]
    return Training(
        kind=CHURN,
        artefact=found.artefact,
        report=found.report,
        rows=found.report.pooled.rows,
        data_name=name,
        data_fingerprint=found.fingerprint,
        seed=seed,
        gates=[gate | ({"against": number} if gate["name"] == gates.LOSS_GATE else {}) for gate in held],
        reference=_reference(found),
    )


def _reference(found: Trained) -> dict[str, Any]:
    """Of the windows at moments: drawn ones hang on the settings of a training, and no later week has them alike."""
    rows = found.test.moment >= 0
    return drift.reference(found.said[rows], found.test.aggregates[rows])


def _is_point(state: VisitState) -> bool:
    return is_decision_point(state, _TERMS)


def _champion() -> tuple[RiskModel | None, int | None, str]:
    """The model in use, its number, and why it cannot be compared with where it cannot."""
    live = serving.find_live(CHURN)
    if live is None:
        return None, None, ""
    try:
        artefact = model_store.read(live.stored_name, sha256=live.sha256)
        return serve.load(artefact), live.number, ""
    except ArtefactCorrupt as fault:
        return None, live.number, f"version {live.number}, in use, cannot be asked: {fault}"


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job `train_churn`; `seed`, `quick` and `nets` are its arguments. It learns from what was known when it was
    asked for, so that an attempt that goes on after a kill sees the same visits."""
    by = Actor(label=job.by_label, user_id=job.by_id)
    wish = Wish(job.args.get("seed", 0), job.args.get("quick", False), job.args.get("nets", True))
    yield Progress("Reading visits", 0, 0)
    material = from_ledger(job.created_at)
    try:
        training = yield from train(material, wish, state=checkpoint, clock=clock)
    except TrainingRefused as refusal:
        raise JobFailed(str(refusal)) from refusal

    def record() -> dict[str, Any]:
        version_id = _keep(replace(training, job_id=job.id), by=by, now=now())
        return {"churn_version_id": version_id} | promoted(version_id, by=by, now=now())

    result: JobResult = record
    return result


def _keep(training: Training, *, by: Actor, now: datetime) -> int:
    try:
        return learning.record(training, by=by, now=now)
    except OSError as fault:
        raise JobFailed(
            f"The model could not be written ({os.strerror(fault.errno or 0)}). Nothing was changed; make room on "
            "the disk and start again."
        ) from fault


def promoted(version_id: int, *, by: Actor, now: datetime) -> dict[str, str]:
    """Puts it to use where the schedule made it, the provider allows that, and every gate holds."""
    if by.label != SCHEDULE.label:
        return {}
    if not schedules.may_promote(churn.TRAIN):
        return {"told": "It waits for somebody to promote it."}
    try:
        learning.promote(version_id, by=by, now=now)
    except CannotPromote as refusal:
        return {"told": f"It was not put to use by itself. {refusal}"}
    return {"told": "It was put to use by itself."}


__all__ = [
    "UNFIT", "Material", "Wish", "climb", "from_file", "from_ledger", "measure", "promoted", "run", "shelf", "train",
]  # fmt: skip
