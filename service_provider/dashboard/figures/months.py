"""The months of a picture: without holes between them, from the first that has a figure."""

from collections.abc import Mapping
from datetime import date

from service_provider.queries.reports.shares import Share

SHOWN = 36


def axis(shares: Mapping[date, Share]) -> tuple[date, ...]:
    """At most the last SHOWN months up to the newest one, starting with the first that has enough data."""
    figures = [month for month, share in shares.items() if share.is_enough]
    if not figures:
        return tuple(sorted(shares))[-SHOWN:]
    months = [max(shares)]
    while months[-1] > min(figures) and len(months) < SHOWN:
        months.append(_before(months[-1]))
    return tuple(reversed(months))


def _before(month: date) -> date:
    return date(month.year - 1, 12, 1) if month.month == 1 else date(month.year, month.month - 1, 1)
