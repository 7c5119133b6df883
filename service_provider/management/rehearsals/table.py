"""A rehearsal as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence

from engine.contracts import Measure, PolicyRow, RehearsalReport
from service_provider.queries.reports.rehearsals import verdict

_HEAD = (
    "policy", "value a shopper", "gain over none [95 %]", "of observable [95 %]", "spend", "coupons", "redeemed",
    "buying visits",
)  # fmt: skip


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
    yield from _aligned([_HEAD, *(_cells(row) for row in report.rows)])
    yield ""
    yield from verdict(report, money=money)
    yield from report.notes


def money(minor: float) -> str:
    return f"{minor:,.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each column as wide as its widest cell, and two blanks."""
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        yield "".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(row: PolicyRow) -> tuple[str, ...]:
    share = row.oracle_share
    return (
        row.name,
        money(row.value.value),
        "-" if row.name == "none" else _with_interval(row.gain, "{:+,.2f}"),
        "-" if share is None or row.name == "none" else _with_interval(share, "{:.2f}"),
        money(row.spend.value),
        f"{row.coupons.value:,.1f}",
        f"{row.redemptions.value:,.1f}",
        f"{row.conversion.value:.2%}",
    )


def _with_interval(figure: Measure, pattern: str) -> str:
    value = pattern.format(figure.value)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{pattern.format(figure.low)}, {pattern.format(figure.high)}]"
