"""What somebody should look at, and what was."""

from dataclasses import dataclass
from datetime import datetime

from service_provider.models import Alarm
from service_provider.queries.page import Page, cut

TITLES = {
    "churn_drift": "Visits look different",
    "churn_calibration": "Risks are not right",
    "churn_stale": "The churn model is too old",
}


@dataclass(frozen=True, slots=True)
class AlarmRow:
    id: int
    kind: str
    text: str
    cost_minor: int | None
    raised_at: datetime
    closed_at: datetime | None
    closed_by: str

    @property
    def title(self) -> str:
        return TITLES.get(self.kind, self.kind.replace("_", " ").capitalize())


def list_live() -> list[AlarmRow]:
    """One query."""
    return [_row(alarm) for alarm in Alarm.objects.exclude(live_kind=None).defer("detail")]


def list_page(*, number: int = 1) -> Page[AlarmRow]:
    """All of them, the newest first."""
    return cut(Alarm.objects.defer("detail").order_by("-pk"), number, _row)


def find(alarm_id: int) -> AlarmRow | None:
    alarm = Alarm.objects.defer("detail").filter(pk=alarm_id).first()
    return _row(alarm) if alarm else None


def _row(alarm: Alarm) -> AlarmRow:
    return AlarmRow(
        alarm.pk,
        alarm.kind,
        alarm.text,
        alarm.cost_minor,
        alarm.raised_at,
        alarm.closed_at,
        alarm.closed_by,
    )
