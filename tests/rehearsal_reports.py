"""Reports of rehearsals that nobody had to wait for, and a rehearsal that ends at once."""

from collections.abc import Generator, Iterable
from typing import Any

from engine.contracts import (
    POLICIES,
    SHOPPER_TYPES,
    BudgetPoint,
    Measure,
    PolicyRow,
    Progress,
    RehearsalReport,
    RehearsalSettings,
)

GAINS = dict(zip(POLICIES, (0, 4, -3, 6, 5, 12.5, 25, 24, 40, 90), strict=True))
"""Gain over no coupon per shopper, in the smallest unit."""


def around(value: float, half: float) -> Measure:
    return Measure(value, value - half, value + half)


def row(name: str, settings: RehearsalSettings, *, gain: Measure | None = None) -> PolicyRow:
    """One policy: 1,500 a shopper and its gain; every interval of a gain is 5 to each side."""
    gained = gain or around(GAINS[name], 0 if name == "none" else 5)
    issues = 0 if name == "none" else 1
    return PolicyRow(
        name=name,
        value=around(1500 + gained.value, 20),
        gain=gained,
        oracle_share=around(gained.value / 25, 0.2) if issues else None,
        spend=around(issues * 40_000, 2_000 * issues),
        coupons=around(issues * 310, 12 * issues),
        redemptions=around(issues * 14.5, 2 * issues),
        conversion=around(0.024 + issues * 0.001, 0.001),
        by_type=dict(zip(SHOPPER_TYPES, (0.3, 0.4, 0.25, 0.05) if issues else (0, 0, 0, 0), strict=True)),
        spend_path=tuple(issues * 40_000 * (day + 1) / settings.days for day in range(settings.days)),
    )


def report(
    settings: RehearsalSettings | None = None, *, gains: dict[str, Measure] | None = None, **fields: Any
) -> RehearsalReport:
    """A report of these settings; `gains` puts other gains in the place of GAINS."""
    chosen = settings or RehearsalSettings()
    given = gains or {}
    curve = (
        BudgetPoint(name, rate, around(rate * GAINS[name], 3), 40_000 * rate)
        for name in chosen.policies
        for rate in (0.05, 0.1, 0.25, 0.5, 1.0)
        if name != "none"
    )
    made: dict[str, Any] = {
        "settings": chosen,
        "budget_minor": 41_000.5,
        "rows": tuple(row(name, chosen, gain=given.get(name)) for name in chosen.policies),
        "curve": tuple(curve),
        "paired": {"uplift_rank": {"published_rule": around(6.5, 4)}},
        "notes": ("The yardsticks saw every outcome.",),
    }
    return RehearsalReport(**made | fields)


def at_once(
    settings: RehearsalSettings, *, stages: Iterable[str] = ("seed 1 of 2", "seed 2 of 2")
) -> Generator[Progress, None, RehearsalReport]:
    """What `engine.simulate.rehearsal.rehearse` is, without the mall."""
    told = list(stages)
    for number, stage in enumerate(told, start=1):
        yield Progress(stage, number, len(told))
    return report(settings)
