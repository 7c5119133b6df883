"""Versions of models: recorded by a training, promoted and rolled back by a person."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from django.db import IntegrityError, transaction
from django.db.models import Max

from engine.artefacts import ArtefactCorrupt
from engine.churn import serve as churn_serve
from engine.contracts import Transaction
from engine.revenue import serve
from engine.segments import serve as segments_serve
from service_provider.adapters import model_store, transaction_writer
from service_provider.models import ModelVersion, Promotion
from service_provider.queries import jobs as jobs_rows
from service_provider.queries import learning, mall
from service_provider.queries.access import Actor
from service_provider.queries.learning import CHURN, REVENUE, SEGMENTS, GateRow
from service_provider.services import audit, jobs

Verb = Promotion.Verb


class CannotPromote(Exception):
    """The live version stays as it is; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is peculiar to a kind of model. `prove` reads an artefact as whoever serves it will, and raises
    ArtefactCorrupt; `follow_up` is the job that a change of the live version starts, where there is one."""

    prove: Callable[[bytes], object]
    follow_up: str = ""
    is_gated: bool = False  # nothing of it serves that did not pass its gates, whoever asks


KINDS = {
    REVENUE: Kind(lambda artefact: serve.load(artefact)),
    SEGMENTS: Kind(segments_serve.from_bytes, follow_up="assign_segments"),
    CHURN: Kind(churn_serve.load, is_gated=True),
}


class Report(Protocol):
    """What a training found, of whatever kind; `queries/learning.py: REPORTS` reads it back."""

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Training:
    """What a run produced and from what."""

    artefact: bytes
    report: Report
    rows: int
    data_name: str
    data_fingerprint: str
    seed: int
    kind: str = REVENUE
    labelled_name: str = ""  # of the file that `keep_labelled` made of the rows as the run used them
    data_set_id: int | None = None
    job_id: int | None = None
    gates: Sequence[Mapping[str, Any]] = ()  # see `queries/learning.py: GateRow`
    reference: Mapping[str, Any] = field(default_factory=dict)


def fingerprint(rows: Sequence[Transaction]) -> str:
    """SHA-256 over every cell of the rows in their order: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    for row in rows:
        cells = (
            row.tid, row.coupon_no, row.customer_id, row.gender, row.age, row.category, row.quantity,
            row.price_minor, row.payment_method, row.invoice_date.isoformat(), row.shopping_mall, row.label,
        )  # fmt: skip
        digest.update(repr(cells).encode())
    return digest.hexdigest()


def keep_labelled(rows: Sequence[Transaction]) -> str:
    """Writes the labelled rows of a run as CSV and returns the file's name, for `Training.labelled_name`."""
    return transaction_writer.save_labelled(rows, minor_digits=mall.get_settings().minor_digits)


def record(training: Training, *, by: Actor, now: datetime) -> int:
    """Keeps the artefact and a new version, and returns the version's id. It does not serve yet.

    The file is written first: without its row a file is never read, and a row never lacks its file.
    """
    sha256 = hashlib.sha256(training.artefact).hexdigest()
    stored_name = f"{training.kind}-{sha256}.model"
    model_store.save(stored_name, training.artefact)
    with transaction.atomic():
        version = _number(
            ModelVersion(
                kind=training.kind,
                sha256=sha256,
                stored_name=stored_name,
                data_fingerprint=training.data_fingerprint,
                data_set_id=training.data_set_id,
                data_name=training.data_name,
                labelled_name=training.labelled_name,
                rows=training.rows,
                seed=training.seed,
                report=training.report.to_json(),
                gates=list(training.gates),
                reference=dict(training.reference),
                job_id=training.job_id,
                by_id=by.user_id,
                by_label=by.label,
                created_at=now,
            )
        )
        _shadow(version)
        audit.record(
            by, "record_model", "model_version", version.pk, now=now, detail={"number": version.number}
        )
    return version.pk


def _shadow(version: ModelVersion) -> None:
    """The newest version that passed its gates is asked beside the one in use, until it is that one."""
    if KINDS[version.kind].is_gated and version.gates and not _fallen(version):
        ModelVersion.objects.filter(shadow_kind=version.kind).update(shadow_kind=None)
        ModelVersion.objects.filter(pk=version.pk).update(shadow_kind=version.kind)


def _number(version: ModelVersion) -> ModelVersion:
    """Saves the version under the next number; where another training takes it first, under the one after."""
    tries = 3
    while True:
        highest = ModelVersion.objects.filter(kind=version.kind).aggregate(highest=Max("number"))["highest"]
        version.number = (highest or 0) + 1
        try:
            with transaction.atomic():
                version.save(force_insert=True)
            return version
        except IntegrityError:
            tries -= 1
            if not tries:
                raise


def promote(version_id: int, *, by: Actor, now: datetime) -> None:
    """Makes the version live, if its file is whole and able to answer. CannotPromote, DoesNotExist."""
    version = ModelVersion.objects.defer("report").get(pk=version_id)
    _swap(version, Verb.PROMOTE, by=by, now=now)


def roll_back(kind: str, *, by: Actor, now: datetime) -> int:
    """Makes the version live again that was live before, and returns its id. CannotPromote."""
    version_id = learning.find_roll_back_target(kind)
    if version_id is None:
        raise CannotPromote("There is no earlier version to go back to.")
    version = ModelVersion.objects.defer("report").get(pk=version_id)
    _swap(version, Verb.ROLL_BACK, by=by, now=now)
    return version_id


def _swap(version: ModelVersion, verb: Promotion.Verb, *, by: Actor, now: datetime) -> None:
    try:
        if verb == Verb.PROMOTE:
            _refuse_at_gates(version)
        _prove(version)
        with transaction.atomic():
            _make_live(version, verb, by=by, now=now)
    except CannotPromote as refusal:
        audit.record(by, f"{verb}_refused", "model_version", version.pk, now=now, reason=str(refusal)[:300])
        raise


def why_not(version_id: int) -> str:
    """What keeps a version from being put to use; empty where nothing does."""
    version = ModelVersion.objects.defer("report").get(pk=version_id)
    try:
        _refuse_at_gates(version)
    except CannotPromote as refusal:
        return str(refusal)
    return ""


def _refuse_at_gates(version: ModelVersion) -> None:
    """A version that was in use before has passed them; any other has to, beside the version that is in use now."""
    if (
        not KINDS[version.kind].is_gated
        or Promotion.objects.filter(version=version, kind=version.kind).exists()
    ):
        return
    if not version.gates:
        raise CannotPromote(f"Version {version.number} was never measured at its gates. Train again.")
    fallen = _fallen(version)
    if fallen:
        raise CannotPromote(
            f"Version {version.number} did not pass: {'; '.join(fallen)}. Its report says more. "
            "The version in use stays in use."
        )
    live = ModelVersion.objects.filter(live_kind=version.kind).values_list("number", flat=True).first()
    beside = {gate.get("against") for gate in version.gates if "against" in gate}
    if live is not None and live != version.number and live not in beside:
        raise CannotPromote(
            f"Version {version.number} was never compared with version {live}, which is in use now. Train again."
        )


def _fallen(version: ModelVersion) -> list[str]:
    return [GateRow.of(gate).told for gate in version.gates if not gate["holds"]]


def _prove(version: ModelVersion) -> None:
    """Reads the artefact as whoever serves it will: the checksum fits, and it answers its check questions."""
    try:
        KINDS[version.kind].prove(model_store.read(version.stored_name, sha256=version.sha256))
    except ArtefactCorrupt as fault:
        raise CannotPromote(
            f"Version {version.number} cannot serve. {fault} Train again; the version in use stays in use."
        ) from fault


def _make_live(version: ModelVersion, verb: Promotion.Verb, *, by: Actor, now: datetime) -> None:
    """Guarded twice: the old version must be live still, and the database allows one live version a kind."""
    previous = ModelVersion.objects.filter(live_kind=version.kind).values_list("pk", flat=True).first()
    if previous == version.pk:
        raise CannotPromote(f"Version {version.number} is in use already.")
    changed = CannotPromote(
        "Somebody else changed the version in use just now. Look at the list and try again."
    )
    if previous and not ModelVersion.objects.filter(pk=previous, live_kind=version.kind).update(
        live_kind=None
    ):
        raise changed
    try:
        with transaction.atomic():
            ModelVersion.objects.filter(pk=version.pk).update(live_kind=version.kind, shadow_kind=None)
    except IntegrityError as error:
        raise changed from error
    Promotion.objects.create(
        kind=version.kind, version=version, previous_id=previous, verb=verb, by_label=by.label, at=now
    )
    audit.record(
        by,
        str(verb),
        "model_version",
        version.pk,
        now=now,
        detail={"number": version.number, "previous": previous},
    )
    _follow_up(version, by=by, now=now)


def _follow_up(version: ModelVersion, *, by: Actor, now: datetime) -> None:
    """What the new version asks for begins with it, in the same transaction; once for each version."""
    kind = KINDS[version.kind].follow_up
    if not kind:
        return
    live_key = f"{kind} {version.pk}"
    if jobs_rows.find_live(live_key=live_key) is None:
        jobs.start(kind, args={"version_id": version.pk}, by=by, now=now, live_key=live_key)


def open_labelled(version_id: int, *, by: Actor, now: datetime) -> BinaryIO | None:
    """The labelled rows of a version's run, their download audited; None where the file is gone."""
    version = ModelVersion.objects.only("number", "labelled_name").get(pk=version_id)
    file = transaction_writer.open_labelled(version.labelled_name)
    if file is not None:
        audit.record(by, "download", "model_version", version_id, now=now, detail={"what": "labelled data"})
    return file
