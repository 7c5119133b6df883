"""What the provider sees first."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from service_provider.models import DataSet, Job, ModelVersion, RevenuePrediction
from service_provider.queries import jobs, learning, mall
from service_provider.queries.reports import outcomes
from service_provider.queries.reports.shares import Share


@dataclass(frozen=True, slots=True)
class RunningJob:
    id: int
    kind: str
    state: str
    stage: str
    percent: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`live` is None before the first promotion; days are the mall's own."""

    live: learning.ModelVersionRow | None
    live_since: datetime | None  # when it was trained, in the mall's zone
    is_stale: bool
    stale_days: int
    has_data: bool
    newest_version_id: int | None
    today: int
    week: int
    high: Share
    jobs: tuple[RunningJob, ...]
    outcomes: tuple[outcomes.MonthOfOutcomes, ...]
    enough: int
    as_of: datetime


def get(*, now: datetime) -> Overview:
    """Seven queries, whatever there is to count."""
    settings = mall.get_settings()
    live = learning.find_live()
    midnight = datetime.combine(settings.local(now), time(), ZoneInfo(settings.zone))
    counts = RevenuePrediction.objects.aggregate(
        total=Count("id"),
        high=Count("id", filter=Q(result=1)),
        today=Count("id", filter=Q(created_at__gte=midnight)),
        week=Count("id", filter=Q(created_at__gte=midnight - timedelta(days=6))),
    )
    return Overview(
        live=live,
        live_since=settings.local(live.created_at) if live else None,
        is_stale=bool(live and live.is_stale(now=now, days=settings.model_stale_days)),
        stale_days=settings.model_stale_days,
        has_data=DataSet.objects.exists(),
        newest_version_id=ModelVersion.objects.order_by("-number").values_list("pk", flat=True).first(),
        today=counts["today"],
        week=counts["week"],
        high=Share(counts["high"], counts["total"]),
        jobs=_running(),
        outcomes=outcomes.by_month(enough=settings.min_group_size),
        enough=settings.min_group_size,
        as_of=settings.local(now),
    )


def _running() -> tuple[RunningJob, ...]:
    live = Job.objects.filter(state__in=jobs.LIVE).order_by("-pk").defer("checkpoint", "args", "result")[:10]
    return tuple(
        RunningJob(
            job.pk,
            job.kind.replace("_", " "),
            job.get_state_display(),
            job.stage,
            round(100 * job.done / job.total) if job.total else 0,
        )
        for job in live
    )
