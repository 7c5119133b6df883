"""Accuracies of the trained versions, each beside its majority rate."""

from dataclasses import dataclass
from datetime import datetime

from engine.contracts import RevenueReport
from service_provider.models import ModelVersion
from service_provider.queries import mall

RUNS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class TrainedVersion:
    id: int
    number: int
    is_live: bool
    created_at: datetime
    data_name: str
    rows: int
    report: RevenueReport


@dataclass(frozen=True, slots=True)
class AccuracyReport:
    """`chosen` is the version asked for, else the live one, else the newest; `runs` oldest first."""

    chosen: TrainedVersion | None
    runs: tuple[TrainedVersion, ...]
    numbers: tuple[int, ...]  # every version there is, newest first
    live_number: int | None
    as_of: datetime


class NoSuchVersion(Exception):
    """There is no version of that number."""


def get(number: int | None, *, now: datetime) -> AccuracyReport:
    """The accuracies of version `number` and the newest runs. NoSuchVersion where it does not exist."""
    settings = mall.get_settings()
    kept = ModelVersion.objects.filter(kind="revenue").order_by("-number")
    heads = list(kept.values_list("number", "live_kind"))
    numbers = tuple(head[0] for head in heads)
    live = next((head[0] for head in heads if head[1]), None)
    if number is not None and number not in numbers:
        raise NoSuchVersion(number)
    if not numbers:
        return AccuracyReport(None, (), (), None, settings.local(now))
    wanted = number or live or numbers[0]
    newest = numbers[:RUNS_SHOWN]
    versions = {row.number: _version(row, settings) for row in kept.filter(number__in={*newest, wanted})}
    runs = tuple(versions[shown] for shown in reversed(newest))
    return AccuracyReport(versions[wanted], runs, numbers, live, settings.local(now))


def _version(row: ModelVersion, settings: mall.MallSettings) -> TrainedVersion:
    return TrainedVersion(
        id=row.pk,
        number=row.number,
        is_live=row.live_kind is not None,
        created_at=settings.local(row.created_at),
        data_name=row.data_name,
        rows=row.rows,
        report=RevenueReport.from_json(row.report),
    )
