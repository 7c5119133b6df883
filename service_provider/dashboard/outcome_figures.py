"""The picture of how often predictions came true."""

from collections.abc import Sequence
from datetime import datetime

from service_provider.dashboard import wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.queries.reports.outcomes import MonthOfOutcomes


def chart(months: Sequence[MonthOfOutcomes], *, as_of: datetime) -> Chart | None:
    """None before any outcome is known."""
    if not months:
        return None
    return Chart(
        kind="line",
        title="Accuracy of what came true",
        labels=tuple(wording.month(month.month) for month in months),
        series=(
            Series("Right", tuple(m.right.rate for m in months), tuple(m.right.interval for m in months)),
            Series("Always the majority", tuple(m.majority.rate for m in months), is_reference=True),
        ),
        unit=PERCENT,
        as_of=wording.moment(as_of),
        note="By month of the invoice, over predictions whose outcome is known; whiskers are 95 % intervals "
        "(Wilson). A month with fewer outcomes than the settings ask for is left out of the line.",
        label_title="Month",
        download="predictions",
    )
