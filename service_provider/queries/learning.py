"""Model versions, which of them is live, and how that came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from engine.contracts import ChurnReport, Measure, RevenueReport, SegmentsReport
from engine.revenue import labels
from service_provider.models import ModelVersion, Promotion
from service_provider.queries.page import Page, cut

REVENUE, SEGMENTS, CHURN = "revenue", "segments", "churn"
REPORTS = {
    REVENUE: RevenueReport.from_json,
    SEGMENTS: SegmentsReport.from_json,
    CHURN: ChurnReport.from_json,
}
"""What a version's report is read by, by the kind of the version."""
LABEL_RULES = labels.RULES


@dataclass(frozen=True, slots=True)
class GateRow:
    """What must hold before a version may serve: its figure, the most that it may be, and whether it holds."""

    name: str
    figure: float | None
    limit: float
    holds: bool
    note: str = ""
    against: int | None = None  # the number of the version that it was compared with

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "GateRow":
        return cls(**data)

    @property
    def figure_text(self) -> str:
        return "not measured" if self.figure is None else self._text(self.figure)

    @property
    def limit_text(self) -> str:
        return self._text(self.limit)

    @property
    def told(self) -> str:
        """Why it does not hold."""
        if self.figure is None:
            return f"{self.name}: {self.note}"
        return f"{self.name} {self.figure_text}, at most {self.limit_text} is allowed"

    def _text(self, value: float) -> str:
        if self.name == "log-loss":
            return f"{round(value, 4) + 0.0:+.2%}"  # no minus before nothing
        if self.name == "latency":
            return f"{1000 * value:.3f} ms"
        return f"{value:.1e}" if self.name == "parity" else f"{value:.4f}"


@dataclass(frozen=True, slots=True)
class ModelVersionRow:
    """One version with its whole report."""

    id: int
    kind: str
    number: int
    is_live: bool
    sha256: str
    stored_name: str
    data_fingerprint: str
    data_set_id: int | None
    data_name: str
    labelled_name: str
    rows: int
    seed: int
    report: Any  # of its kind, see REPORTS
    job_id: int | None
    by_label: str
    created_at: datetime
    gates: tuple[GateRow, ...] = ()
    is_candidate: bool = False  # it is asked beside the version in use

    def is_stale(self, *, now: datetime, days: int) -> bool:
        return now - self.created_at > timedelta(days=days)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One line of a list of versions of any kind."""

    id: int
    number: int
    is_live: bool
    data_name: str
    rows: int
    seed: int
    by_label: str
    created_at: datetime
    verdict: str
    chosen: str = ""  # the rung, where versions are of a ladder


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One line of the list of versions: the vote's figures beside the majority's, not the whole report."""

    id: int
    number: int
    is_live: bool
    data_name: str
    rows: int
    seed: int
    by_label: str
    created_at: datetime
    label_rule: str | None
    accuracy: Measure
    cv_accuracy: Measure
    majority_rate: float
    better_than_majority: bool


@dataclass(frozen=True, slots=True)
class PromotionRow:
    verb: str
    verb_label: str
    version_id: int
    number: int
    previous_number: int | None
    by_label: str
    at: datetime


def _row(version: ModelVersion) -> ModelVersionRow:
    return ModelVersionRow(
        version.pk, version.kind, version.number, version.live_kind is not None, version.sha256,
        version.stored_name, version.data_fingerprint, version.data_set_id, version.data_name,
        version.labelled_name, version.rows, version.seed, REPORTS[version.kind](version.report),
        version.job_id, version.by_label, version.created_at, tuple(map(GateRow.of, version.gates)),
        version.shadow_kind is not None,
    )  # fmt: skip


def find_live(kind: str = REVENUE) -> ModelVersionRow | None:
    """The version that serves, or None. One query."""
    version = ModelVersion.objects.filter(live_kind=kind).first()
    return _row(version) if version else None


def find_version(version_id: int) -> ModelVersionRow | None:
    version = ModelVersion.objects.filter(pk=version_id).first()
    return _row(version) if version else None


def get_version(version_id: int) -> ModelVersionRow:
    """ModelVersion.DoesNotExist (an ObjectDoesNotExist) where there is none."""
    return _row(ModelVersion.objects.get(pk=version_id))


# Read out of the report by the database, so that a list does not carry every version's whole report.
_FIGURES = {
    "label_rule": F("report__protocol__label_rule"),
    "accuracy": F("report__models__vote__accuracy"),
    "cv_accuracy": F("report__models__vote__cv_accuracy"),
    "majority_rate": F("report__majority_rate"),
    "better": F("report__better_than_majority"),
}


def _summary(row: dict[str, Any]) -> VersionSummary:
    return VersionSummary(
        id=row["id"],
        number=row["number"],
        is_live=row["live_kind"] is not None,
        data_name=row["data_name"],
        rows=row["rows"],
        seed=row["seed"],
        by_label=row["by_label"],
        created_at=row["created_at"],
        label_rule=row["label_rule"],
        accuracy=Measure.from_json(row["accuracy"]),
        cv_accuracy=Measure.from_json(row["cv_accuracy"]),
        majority_rate=row["majority_rate"],
        better_than_majority=bool(row["better"]),
    )


_PLAIN = ("id", "number", "live_kind", "data_name", "rows", "seed", "by_label", "created_at")


def list_versions(*, number: int = 1) -> Page[VersionSummary]:
    """Page `number` of the revenue type's versions, newest first. Two queries, however many versions there are."""
    rows = ModelVersion.objects.filter(kind=REVENUE).order_by("-number").values(*_PLAIN, **_FIGURES)
    return cut(rows, number, _summary)


def list_lines(kind: str, *, number: int = 1) -> Page[VersionLine]:
    """Page `number` of the versions of a kind, newest first, each with its verdict. Two queries."""
    rows = ModelVersion.objects.filter(kind=kind).order_by("-number")
    told = {"verdict": F("report__verdict"), "chosen": F("report__chosen")}
    return cut(rows.values(*_PLAIN, **told), number, _line)


def _line(row: dict[str, Any]) -> VersionLine:
    plain = {name: row[name] for name in _PLAIN if name != "live_kind"}
    return VersionLine(
        **plain,
        is_live=row["live_kind"] is not None,
        verdict=row["verdict"] or "",
        chosen=row["chosen"] or "",
    )


def find_newest(kind: str) -> ModelVersionRow | None:
    version = ModelVersion.objects.filter(kind=kind).order_by("-number").first()
    return _row(version) if version else None


def get_reference(version_id: int) -> dict[str, Any]:
    """What the test of a version looked like, see engine/churn/watch/drift.py; empty where none was kept."""
    found: dict[str, Any] = ModelVersion.objects.values_list("reference", flat=True).get(pk=version_id)
    return found


def find_candidate(kind: str) -> int | None:
    """The number of the version that is asked beside the one in use."""
    return ModelVersion.objects.filter(shadow_kind=kind).values_list("number", flat=True).first()


def find_number(kind: str, number: int) -> ModelVersionRow | None:
    version = ModelVersion.objects.filter(kind=kind, number=number).first()
    return _row(version) if version else None


def history(kind: str = REVENUE, *, number: int = 1) -> Page[PromotionRow]:
    """Every change of the live version, newest first."""
    rows = (
        Promotion.objects.filter(kind=kind)
        .select_related("version", "previous")
        .defer("version__report", "previous__report")
    )
    return cut(rows.order_by("-id"), number, _promotion)


def _promotion(row: Promotion) -> PromotionRow:
    previous = row.previous.number if row.previous else None
    return PromotionRow(
        row.verb, row.get_verb_display(), row.version_id, row.version.number, previous, row.by_label, row.at
    )


def find_roll_back_target(kind: str = REVENUE) -> int | None:
    """The id of the version that was live before the present one; None where there is nothing to go back to.

    Promotions are pushed and roll-backs popped, so that going back twice goes two versions back.
    """
    live: list[int] = []
    for verb, version_id in (
        Promotion.objects.filter(kind=kind).order_by("id").values_list("verb", "version_id")
    ):
        if verb == Promotion.Verb.PROMOTE:
            live.append(version_id)
        else:
            live.pop()
    return live[-2] if len(live) > 1 else None
