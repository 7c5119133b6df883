"""A rehearsal as a table and as charts: what each policy earned, spent, and to whom it gave coupons."""

from collections.abc import Iterator, Sequence

from django.urls import reverse

from engine.contracts import SHOPPER_TYPES, BudgetPoint, Measure, PolicyRow, RehearsalReport
from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import MONEY, PERCENT, Chart, Series
from service_provider.queries.mall import MallSettings
from service_provider.queries.rehearsals import RehearsalRow
from service_provider.queries.reports import rehearsals as found
from service_provider.queries.reports.rehearsals import TYPE_TITLES

FINER = 2  # a mean per shopper is often a part of a cent
MOST_DAYS = 31  # a longer path is drawn with every second or third day


def table(report: RehearsalReport, *, mall: MallSettings) -> tables.Table:
    """Every policy, the yardsticks last."""
    numbers = (
        "More than no coupon", "95 % interval", "Of what is reachable", "Earned per shopper",
        "Coupons cost", "Coupons", "Redeemed", "Visits that buy",
    )  # fmt: skip
    columns: list[tables.Heading] = ["Policy", "Remark", *map(tables.number, numbers)]
    caption = "Means of a simulated mall, after the cost of its coupons"
    return tables.table(caption, columns, [_row(row, mall) for row in report.rows])


def _row(row: PolicyRow, mall: MallSettings) -> list[tables.Content]:
    is_reference = row.name == "none"
    return [
        found.words(row.name).title,
        "what is compared with" if is_reference else _remark(row),
        "" if is_reference else mall.money(row.gain.value, finer=FINER),
        "" if is_reference else _interval(row.gain, mall),
        "" if is_reference or row.oracle_share is None else wording.measure(row.oracle_share),
        mall.money(row.value.value, finer=FINER),
        mall.money(row.spend.value),
        wording.count(round(row.coupons.value)),
        wording.count(round(row.redemptions.value)),
        wording.measure(row.conversion),
    ]


def _interval(figure: Measure, mall: MallSettings) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{mall.money(figure.low, finer=FINER)} to {mall.money(figure.high, finer=FINER)}"


def _remark(row: PolicyRow) -> tables.Content:
    sign = found.sign(row.gain)
    if row.gain.low is None:
        return tables.Cell("one seed tells nothing", badge="warn")
    if not sign:
        return tables.Cell("no difference to be seen", badge="warn")
    return tables.Cell("earns", badge="good") if sign > 0 else tables.Cell("loses", badge="bad")


def charts(row: RehearsalRow, *, mall: MallSettings) -> Iterator[Chart]:
    """The pictures of a rehearsal; one without anything to draw is left out."""
    as_of = wording.moment(mall.local(row.created_at))
    issuing = [policy for policy in row.report.rows if policy.name != "none"]
    if issuing:
        yield _gains(issuing, mall, as_of)
    if row.report.curve:
        yield _budgets(row.report, mall, as_of)
    if issuing:
        yield _spending(row.report, issuing, mall, as_of)
        yield _types(issuing, as_of)


def _gains(rows: Sequence[PolicyRow], mall: MallSettings, as_of: str) -> Chart:
    return Chart(
        kind="bar",
        title="Gain over no coupon",
        labels=tuple(found.words(row.name).title for row in rows),
        series=(
            Series(
                "More per shopper than no coupon",
                tuple(row.gain.value for row in rows),
                tuple(_bounds(row.gain) for row in rows),
            ),
        ),
        unit=MONEY,
        as_of=as_of,
        note="Whiskers are 95 % intervals over the seeds. Where one reaches across zero, no difference can be "
        "seen. The yardsticks know more than a mall can; only the others could be put to use.",
        label_title="Policy",
        mall=mall,
        finer=FINER,
    )


def _budgets(report: RehearsalReport, mall: MallSettings, as_of: str) -> Chart:
    rates = sorted({point.budget_rate for point in report.curve})
    by_policy: dict[str, dict[float, BudgetPoint]] = {}
    for point in report.curve:
        by_policy.setdefault(point.policy, {})[point.budget_rate] = point
    return Chart(
        kind="line",
        title="Value against budget",
        labels=tuple(f"{100 * rate:g} %" for rate in rates),
        series=tuple(_over_budgets(name, points, rates) for name, points in by_policy.items()),
        unit=MONEY,
        as_of=as_of,
        note="Below: the budget, as a share of what coupons for all would cost without a limit. Upwards: what "
        "each policy earned per shopper more than no coupon, with its 95 % interval. Only the first few seeds walk "
        "the whole line, so its intervals are wider than the table's.",
        label_title="Budget",
        mall=mall,
        finer=FINER,
    )


def _over_budgets(name: str, points: dict[float, BudgetPoint], rates: Sequence[float]) -> Series:
    known = [points.get(rate) for rate in rates]
    return Series(
        found.words(name).title,
        tuple(point.gain.value if point else None for point in known),
        tuple(_bounds(point.gain) if point else None for point in known),
    )


def _spending(report: RehearsalReport, rows: Sequence[PolicyRow], mall: MallSettings, as_of: str) -> Chart:
    days = _days(report.settings.days)
    budget = Series("Budget", (report.budget_minor,) * len(days), is_reference=True)
    return Chart(
        kind="line",
        title="Spending by day",
        labels=tuple(f"Day {day}" for day in days),
        series=(
            *(Series(found.words(row.name).title, _path(row.spend_path, days)) for row in rows),
            budget,
        ),
        unit=MONEY,
        as_of=as_of,
        note="What the redeemed coupons had cost by the end of the day, as a mean over the seeds. A policy that "
        "meets the dashed line early has nothing left for the shoppers of the days after.",
        label_title="End of",
        mall=mall,
    )


def _days(last: int) -> list[int]:
    """The days that are drawn, the last one always among them."""
    step = -(-last // MOST_DAYS)
    return list(range(last, 0, -step))[::-1]


def _path(spent: Sequence[float], days: Sequence[int]) -> tuple[float | None, ...]:
    return tuple(spent[day - 1] if day <= len(spent) else None for day in days)


def _types(rows: Sequence[PolicyRow], as_of: str) -> Chart:
    giving = [row for row in rows if any(row.by_type.values())]
    return Chart(
        kind="bar",
        title="Who got the coupons",
        labels=tuple(found.words(row.name).title for row in giving),
        series=tuple(
            Series(TYPE_TITLES[kind], tuple(row.by_type.get(kind, 0.0) for row in giving))
            for kind in SHOPPER_TYPES
        ),
        unit=PERCENT,
        as_of=as_of,
        note="Sure things buy anyway, so their coupons are given away. Persuadable shoppers buy because of one. "
        "Lost causes buy in no case, and negative responders turn away. Only the simulation knows who is who.",
        label_title="Policy",
        stacked=True,
    )


def listed(rows: Sequence[RehearsalRow], *, mall: MallSettings) -> tables.Table:
    """The list of rehearsals, each with what its headline policy earned."""
    numbers = ("Coupon", "Budget", "Margins", "Shoppers", "Days", "Seeds")
    columns: list[tables.Heading] = [
        "Rehearsal", "Policy", "Remark", tables.number("More than no coupon"), *map(tables.number, numbers),
        "When", "By",
    ]  # fmt: skip
    return tables.table("Newest first", columns, [_listed(row, mall) for row in rows])


def _listed(row: RehearsalRow, mall: MallSettings) -> list[tables.Content]:
    asked = row.settings
    first = found.headline(row.report)
    outcome: list[tables.Content] = ["only yardsticks", "", ""]
    if first:
        gain = f"{mall.money(first.gain.value, finer=FINER)} ({_interval(first.gain, mall)})"
        outcome = [found.words(first.name).title, _remark(first), gain.replace(" ()", "")]
    return [
        tables.Cell(f"Rehearsal {row.id}", href=reverse("provider:rehearsal", args=[row.id])),
        *outcome,
        f"{100 * asked.depth:g} %",
        f"{100 * asked.budget_rate:g} %",
        f"× {asked.margin_scale:g}",
        wording.count(asked.shoppers),
        wording.count(asked.days),
        wording.count(asked.seeds),
        wording.moment(mall.local(row.created_at)),
        row.by_label,
    ]


def _bounds(figure: Measure) -> tuple[float, float] | None:
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)
