"""Which model answers now, and how good it was measured to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from engine.contracts import Measure, RevenueReport
from service_provider.models import ModelVersion

KIND = "revenue"


@dataclass(frozen=True, slots=True)
class LiveModel:
    """What a process needs to fetch the artefact; small, because it is asked for at every prediction."""

    id: int
    number: int
    sha256: str
    stored_name: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How the vote did in 5-fold cross-validation, every row predicted once."""

    number: int
    accuracy: Measure
    majority_rate: float
    better_than_majority: bool
    rows: int

    @property
    def rows_shown(self) -> str:
        return f"{self.rows:,}"

    @property
    def percent(self) -> str:
        return f"{100 * self.accuracy.value:.1f} %"

    @property
    def interval(self) -> str:
        if self.accuracy.low is None or self.accuracy.high is None:
            return ""
        return f"{100 * self.accuracy.low:.1f} to {100 * self.accuracy.high:.1f} %"

    @property
    def majority_percent(self) -> str:
        return f"{100 * self.majority_rate:.1f} %"


def find_live(kind: str = KIND) -> LiveModel | None:
    """The version of a kind that serves, or None where nothing was promoted yet. One query."""
    row = (
        ModelVersion.objects.filter(live_kind=kind)
        .values_list("pk", "number", "sha256", "stored_name")
        .first()
    )
    return LiveModel(*row) if row else None


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who is asked at a decision point: the live model and since when its data are known, a candidate beside it, and
    the number of the segments in use."""

    champion: LiveModel | None = None
    trained_at: datetime | None = None
    candidate: LiveModel | None = None
    segments: int | None = None


def find_speakers(kind: str, *, segments: str) -> Speakers:
    """One query."""
    asked = Q(live_kind__in=(kind, segments)) | Q(shadow_kind=kind)
    rows = ModelVersion.objects.filter(asked).values_list(
        "live_kind", "created_at", "pk", "number", "sha256", "stored_name"
    )
    champion, trained_at, candidate, number = None, None, None, None
    for live_kind, created_at, pk, its_number, sha256, stored_name in rows:
        model = LiveModel(pk, its_number, sha256, stored_name)
        if live_kind == segments:
            number = model.number
        elif live_kind == kind:
            champion, trained_at = model, created_at
        else:
            candidate = model
    return Speakers(champion, trained_at, candidate, number)


@dataclass(frozen=True, slots=True)
class OfRung:
    model: LiveModel
    is_live: bool


def list_of_rungs(kind: str, rungs: Sequence[str], *, limit: int = 5) -> list[OfRung]:
    """Versions whose report chose one of these rungs: the one in use, then the newest. One query."""
    rows = (
        ModelVersion.objects.filter(kind=kind, report__chosen__in=rungs)
        .order_by(F("live_kind").desc(nulls_last=True), "-number")
        .values_list("live_kind", "pk", "number", "sha256", "stored_name")
    )
    return [
        OfRung(LiveModel(pk, number, sha256, name), live_kind is not None)
        for live_kind, pk, number, sha256, name in rows[:limit]
    ]


def quality_of(version: Any) -> Quality:
    """The measured quality of a version's row."""
    report = RevenueReport.from_json(version.report)
    vote = report.model("vote")
    return Quality(
        number=version.number,
        accuracy=vote.metrics.get("cv_accuracy") or vote.metrics["accuracy"],
        majority_rate=report.majority_rate,
        better_than_majority=report.better_than_majority,
        rows=report.rows,
    )


def get_quality(version_id: int) -> Quality:
    return quality_of(ModelVersion.objects.get(pk=version_id))
