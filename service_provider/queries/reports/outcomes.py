"""How often predictions came true, month by month of the invoice."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractMonth, ExtractYear

from service_provider.models import RevenuePrediction
from service_provider.queries.reports.shares import Share


@dataclass(frozen=True, slots=True)
class MonthOfOutcomes:
    """Predictions of one month whose outcome is known: how many were right, how many one answer gets."""

    month: date
    right: Share
    majority: Share


def by_month(*, enough: int) -> tuple[MonthOfOutcomes, ...]:
    """Oldest month first; the majority is that of the same outcomes. One query."""
    rows = (
        RevenuePrediction.objects.filter(actual__isnull=False)
        .values(year=ExtractYear("invoice_date"), month=ExtractMonth("invoice_date"))
        .annotate(
            total=Count("id"),
            right=Count("id", filter=Q(actual=F("result"))),
            high=Count("id", filter=Q(actual=1)),
        )
        .order_by("year", "month")
    )
    return tuple(
        MonthOfOutcomes(
            date(row["year"], row["month"], 1),
            Share(row["right"], row["total"], enough),
            Share(max(row["high"], row["total"] - row["high"]), row["total"], enough),
        )
        for row in rows
    )
