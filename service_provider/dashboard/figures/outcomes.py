"""The picture of how often predictions came true."""

from collections.abc import Sequence
from datetime import datetime

from service_provider.dashboard import wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.dashboard.figures import months as months_of
from service_provider.queries.reports.outcomes import MonthOfOutcomes
from service_provider.queries.reports.shares import Share

NOTHING = Share(0, 0)


def chart(months: Sequence[MonthOfOutcomes], *, as_of: datetime) -> Chart | None:
    """None before any outcome is known."""
    if not months:
        return None
    known = {month.month: month for month in months}
    shown = months_of.axis({month: outcome.right for month, outcome in known.items()})
    right = [known[month].right if month in known else NOTHING for month in shown]
    majority = [known[month].majority if month in known else NOTHING for month in shown]
    return Chart(
        kind="line",
        title="Accuracy of what came true",
        labels=tuple(wording.month(month) for month in shown),
        series=(
            Series("Right", tuple(s.rate for s in right), tuple(s.interval for s in right)),
            Series("Always the majority", tuple(s.rate for s in majority), is_reference=True),
        ),
        unit=PERCENT,
        as_of=wording.moment(as_of),
        note="By month of the invoice, over predictions whose outcome is known; whiskers are 95 % intervals "
        "(Wilson). A month with fewer outcomes than the settings ask for is left out of the line.",
        label_title="Month",
        download="predictions",
    )
