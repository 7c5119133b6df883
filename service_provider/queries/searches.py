"""What is searched for most: counts of days, never of persons."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from service_provider.models import SearchDay

FEWEST = 3
"""Words that were searched for less often are shown to nobody: they might say who searched."""
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Search:
    words: str
    count: int


def list_top(first: date, last: date, *, most: int = SHOWN) -> tuple[Search, ...]:
    """The words searched for most from `first` to `last`, days in UTC, both included. One query."""
    rows = (
        SearchDay.objects.filter(day__range=(first, last))
        .values("words")
        .annotate(total=Sum("count"))
        .filter(total__gte=FEWEST)
        .order_by("-total", "words")
    )
    return tuple(Search(row["words"], row["total"]) for row in rows[:most])
