"""Rehearsals as the pages, the worker and the command see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.contracts import POLICIES, RehearsalReport, RehearsalSettings
from service_provider.models import Rehearsal
from service_provider.queries.page import Page, cut

JOB_KIND = "rehearsal"
LONGEST_HOURS = 6
MOST_SEED = 2**31 - 1
LIMITS = {
    "shoppers": (200, 20_000),
    "days": (7, 90),
    "seeds": (2, 50),
    "first_seed": (0, MOST_SEED),
    "budget": (1, 100),  # percent of what a coupon for every visit would cost
    "margin_scale": (0.1, 3.0),
}
"""What the page lets a person choose, the lowest and the highest; on a terminal one may choose more."""

# Seconds on two processors: to learn before the first seed; then for each policy and seed so many a day, and so
# many more a million shopper-days. The first few seeds walk further runs for the line of value against budget.
PACE = {"start": 80.0, "day": 0.011, "million": 13.0, "curve_seeds": 5, "curve_runs": 12}


@dataclass(frozen=True, slots=True)
class RehearsalRow:
    id: int
    settings: RehearsalSettings
    report: RehearsalReport
    job_id: int | None
    by_label: str
    created_at: datetime


def settings_of(plain: Mapping[str, Any]) -> RehearsalSettings:
    """The settings from what JSON made of them."""
    return RehearsalSettings(**{**plain, "policies": tuple(plain["policies"])})


def policies_for(wished: tuple[str, ...]) -> tuple[str, ...]:
    """The wished policies in the order of the table; no coupon is always among them, as what is compared with."""
    return tuple(name for name in POLICIES if name == "none" or name in wished)


def estimate_seconds(settings: RehearsalSettings) -> float:
    """About how long the rehearsal takes; static/service_provider/rehearsal.js reckons alike."""
    runs: float = settings.seeds * len({"observable", *settings.policies})
    runs += min(settings.seeds, PACE["curve_seeds"]) * PACE["curve_runs"]
    a_day = PACE["day"] + PACE["million"] * settings.shoppers / 1e6
    return PACE["start"] + runs * settings.days * a_day


def list_page(*, number: int = 1, size: int = 10) -> Page[RehearsalRow]:
    """Page `number`, the newest first. Two queries."""
    return cut(Rehearsal.objects.order_by("-pk"), number, _row, size=size)


def find(rehearsal_id: int) -> RehearsalRow | None:
    row = Rehearsal.objects.filter(pk=rehearsal_id).first()
    return _row(row) if row else None


def _row(row: Rehearsal) -> RehearsalRow:
    return RehearsalRow(
        row.pk, settings_of(row.settings), RehearsalReport.from_json(row.report), row.job_id,
        row.by_label, row.created_at,
    )  # fmt: skip
