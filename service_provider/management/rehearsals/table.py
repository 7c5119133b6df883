"""A rehearsal as a person reads it on a terminal."""

from collections.abc import Iterator

from engine.contracts import Measure, PolicyRow, RehearsalReport
from service_provider.queries.reports.rehearsals import verdict

_COLUMNS = {
    "policy": 18, "value a shopper": 17, "gain over none [95 %]": 30, "of observable": 22, "spend": 13,
    "coupons": 11, "redeemed": 10, "buying visits": 13,
}  # fmt: skip


def lines(report: RehearsalReport) -> Iterator[str]:
    """The settings, a line for each policy, the verdict and the notes."""
    asked = report.settings
    last = asked.first_seed + asked.seeds - 1
    yield (
        f"Seeds {asked.first_seed} to {last}, {asked.shoppers:,} shoppers over {asked.days} days, a coupon of "
        f"{100 * asked.depth:g} %, margins times {asked.margin_scale:g}."
    )
    yield (
        f"Budget {money(report.budget_minor)} a seed, {100 * asked.budget_rate:g} % of what coupons for all would "
        "cost without a limit. Money in the smallest unit."
    )
    yield ""
    yield "".join(f"{title:<{width}}" for title, width in _COLUMNS.items()).rstrip()
    yield from (_line(row) for row in report.rows)
    yield ""
    yield from verdict(report, money=money)
    yield from report.notes


def money(minor: float) -> str:
    return f"{minor:,.2f}"


def _line(row: PolicyRow) -> str:
    share = row.oracle_share
    cells = (
        row.name,
        money(row.value.value),
        "-" if row.name == "none" else _with_interval(row.gain, "{:+,.2f}"),
        "-" if share is None or row.name == "none" else _with_interval(share, "{:.2f}"),
        money(row.spend.value),
        f"{row.coupons.value:,.1f}",
        f"{row.redemptions.value:,.1f}",
        f"{row.conversion.value:.2%}",
    )
    written = (f"{cell:<{width}}" for cell, width in zip(cells, _COLUMNS.values(), strict=True))
    return "".join(written).rstrip()


def _with_interval(figure: Measure, pattern: str) -> str:
    value = pattern.format(figure.value)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{pattern.format(figure.low)}, {pattern.format(figure.high)}]"
