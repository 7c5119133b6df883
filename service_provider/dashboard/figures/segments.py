"""Segments as a grid, and their tables: figures, methods, versions, who went where."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from engine.contracts import NEWCOMERS, SEGMENTATIONS, Measure, SegmentFigures, SegmentsReport
from service_provider.dashboard import tables, wording
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.learning import VersionLine
from service_provider.queries.mall import MallSettings
from service_provider.queries.segments import Member

SHADES = 5
COLOURS = {"size": "number of shoppers", "spend": "spend per shopper"}
NOWHERE = "not known"


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell of the picture; `shade` from 0 to 5."""

    name: str
    href: str
    shoppers: str
    share: str
    spend: str
    bought: str
    churn: str
    shade: int
    is_joined: bool  # its segment has other cells too


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows from who comes most to who comes least, each from who spends least to who spends most."""

    rows: tuple[tuple[GridCell, ...], ...]
    newcomers: GridCell

    @property
    def columns(self) -> int:
        return len(self.rows[0])


def grid(report: SegmentsReport, *, colour: str, mall: MallSettings) -> Grid:
    most = max((_weight(one, colour) for one in report.segments), default=0.0)
    by_cell = {cell: one for one in report.segments for cell in one.cells}
    wide = 1 + max(x for x, _ in by_cell)
    high = 1 + max(y for _, y in by_cell)

    def drawn(one: SegmentFigures) -> GridCell:
        weight = _weight(one, colour)
        return _cell(one, shade=round(SHADES * weight / most) if most else 0, mall=mall)

    rows = tuple(tuple(drawn(by_cell[x, y]) for x in range(wide)) for y in reversed(range(high)))
    return Grid(rows, drawn(report.segment(NEWCOMERS)))


def _weight(one: SegmentFigures, colour: str) -> float:
    return one.spend_minor.value if colour == "spend" else float(one.shoppers)


def _cell(one: SegmentFigures, *, shade: int, mall: MallSettings) -> GridCell:
    enough = one.shoppers >= mall.min_group_size
    return GridCell(
        name=one.name,
        href=reverse("provider:segment", args=[one.code]),
        shoppers=wording.count(one.shoppers),
        share=wording.rate(one.share),
        spend=mall.money(one.spend_minor.value) if enough else wording.NOT_ENOUGH,
        bought=wording.rate(one.bought.value) if enough else wording.NOT_ENOUGH,
        churn=wording.rate(one.churn.value) if enough and one.churn else wording.NOT_ENOUGH,
        shade=shade,
        is_joined=len(one.cells) > 1,
    )


def figures(report: SegmentsReport, now: Mapping[str, int], *, as_of: str, mall: MallSettings) -> Table:
    """Every segment with intervals; `now` is how many are in it today."""
    numbers = ("Shoppers", "Today", "Spend in 180 days", "Bought in 30 days", "Visits without a purchase")
    quartiles = ("Days since the last order", "Orders in 180 days", "Spend, quartiles")
    columns: list[tables.Heading] = ["Segment", *map(tables.number, (*numbers, *quartiles))]
    caption = f"Figures with their 95 % intervals as of {as_of}; quartiles are 25, 50 and 75 %"
    return tables.table(caption, columns, [_row(one, now, mall) for one in report.segments])


def _row(one: SegmentFigures, now: Mapping[str, int], mall: MallSettings) -> list[tables.Content]:
    start: list[tables.Content] = [
        Cell(one.name, href=reverse("provider:segment", args=[one.code])),
        f"{wording.count(one.shoppers)} ({wording.rate(one.share)})",
        wording.count(now.get(one.code, 0)) if now else "not assigned yet",
    ]
    if one.shoppers < mall.min_group_size:
        return [*start, *[wording.NOT_ENOUGH] * 6]
    return [
        *start,
        _money(one.spend_minor, mall),
        wording.measure(one.bought),
        wording.measure(one.churn) if one.churn else wording.NOT_ENOUGH,
        _three(one.recency_days, lambda days: f"{days:.0f}"),
        _three(one.frequency, lambda orders: f"{orders:.0f}"),
        _three(one.monetary_minor, mall.money),
    ]


def _three(quartiles: tuple[float, float, float] | None, written: Callable[[float], str]) -> str:
    if quartiles is None:
        return "nobody bought"
    return " / ".join(written(value) for value in quartiles)


def _money(measure: Measure, mall: MallSettings) -> str:
    if measure.low is None or measure.high is None:
        return mall.money(measure.value)
    return f"{mall.money(measure.value)} ({mall.money(measure.low)} to {mall.money(measure.high)})"


def methods(report: SegmentsReport) -> Table:
    """The ways to make segments beside each other, and the plain ones they are held against."""
    numbers = (
        "Groups", "Silhouette", "Comes back (ARI)", "Log-loss", "95 % interval", "Better than one rate",
        "Of buys explained", "Of spend explained",
    )  # fmt: skip
    columns: list[tables.Heading] = ["Way", *map(tables.number, numbers), "Remark"]
    caption = f"{report.methods.rows:,} shoppers, {report.methods.split}: who buys in the next 30 days"
    return tables.table(caption, columns, list(_methods(report)))


def _methods(report: SegmentsReport) -> Iterator[list[tables.Content]]:
    for model in report.methods.models:
        of, gain = model.metrics, report.methods.paired_gain.get(model.name)
        loss = of.get("log_loss")
        groups = of.get("segments")
        yield [
            SEGMENTATIONS[model.name].capitalize(),
            f"{groups.value:.0f}" if groups else "",
            _plain(of.get("silhouette"), 3),
            _plain(of.get("stability"), 3),
            _plain(loss, 4),
            f"{loss.low:.4f} to {loss.high:.4f}" if loss and loss.low is not None else "",
            _signed(gain.metrics["log_loss"]) if gain else "",
            _percent(of.get("buys_explained")),
            _percent(of.get("spend_explained")),
            model.note or ("in use" if model.name == "grid" else ""),
        ]


def _plain(measure: Measure | None, decimals: int) -> str:
    return f"{measure.value:.{decimals}f}" if measure else ""


def _percent(measure: Measure | None) -> str:
    return f"{100 * measure.value:.1f} %".replace("-", "−") if measure else ""


def _signed(measure: Measure) -> str:
    text = f"{measure.value:+.4f} ({measure.low:+.4f} to {measure.high:+.4f})"
    return text.replace("-", "−")


def axes(report: SegmentsReport) -> Table:
    columns: list[tables.Heading] = [
        "Score", "Made of", tables.number("Variance in it"), tables.number("Levels"), "Tried"
    ]  # fmt: skip
    rows: list[list[tables.Content]] = []
    for axis in report.axes:
        made = ", ".join(f"{name} {weight:.2f}" for name, weight in axis.weights.items())
        tried = "; ".join(f"{k}: silhouette {s:.2f}, ARI {a:.2f}" for k, s, a in axis.tried)
        rows.append(
            [axis.name.capitalize(), made, wording.rate(axis.explained), str(len(axis.levels)), tried or "–"]
        )
    return tables.table("How the two scores are made and cut", columns, rows)


def versions(rows: Sequence[VersionLine], *, mall: MallSettings, may_promote: bool) -> Table:
    columns: list[tables.Heading] = [
        "Version", "State", tables.number("Shoppers"), "Fitted on", "Trained", "By"
    ]  # fmt: skip
    cells: list[list[tables.Content]] = [
        [
            Cell(f"Version {row.number}", href=f"{reverse('provider:segments')}?version={row.number}"),
            _state(row, may_promote),
            wording.count(row.rows),
            row.data_name,
            wording.moment(mall.local(row.created_at)),
            row.by_label,
        ]
        for row in rows
    ]
    return tables.table("Newest first", columns, cells)


def _state(row: VersionLine, may_promote: bool) -> tables.Content:
    if row.is_live:
        return Cell("in use", badge="good")
    href = reverse("provider:model-promote", args=[row.id])
    return Cell(f"Promote {row.number} …", href=href) if may_promote else ""


def migration(
    moves: Mapping[tuple[str, str], int], names: Mapping[str, str], *, before: str, after: str
) -> Table:
    """A row for each segment at the first day, a column for each at the second, with the share of the row."""
    olds, news = (_ordered({pair[place] for pair in moves}, names) for place in (0, 1))
    columns: list[tables.Heading] = [
        f"On {before}", *(tables.number(_name(code, names)) for code in news), tables.number("In all")
    ]  # fmt: skip
    rows: list[list[tables.Content]] = []
    for old in olds:
        total = sum(moves.get((old, new), 0) for new in news)
        cells = [_moved(moves.get((old, new), 0), total) for new in news]
        rows.append([_name(old, names), *cells, wording.count(total)])
    return tables.table(f"Where shoppers were on {before}, and where on {after}", columns, rows)


def _ordered(codes: set[str], names: Mapping[str, str]) -> list[str]:
    places = {code: place for place, code in enumerate(names)}
    return sorted(codes, key=lambda code: (places.get(code, len(places)), code == "", code))


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code) if code else NOWHERE


def _moved(count: int, total: int) -> str:
    return f"{wording.count(count)} ({100 * count / total:.0f} %)" if count else "0"


def members(rows: Sequence[Member], linked: frozenset[str], *, mall: MallSettings) -> Table:
    """`linked` are the keys whose page may be opened."""
    columns: list[tables.Heading] = ["Shopper", *map(tables.number, ("Spending", "Behaviour")), "Since"]
    cells: list[list[tables.Content]] = [
        [
            Cell(
                row.shopper_key,
                href=reverse("provider:shopper", args=[row.shopper_key]) if row.shopper_key in linked else "",
            ),
            _score(row.spending),
            _score(row.behaviour),
            wording.day(mall.local(row.from_at)),
        ]
        for row in rows
    ]
    return tables.table("Scores go from −3 to 3; a newcomer has none", columns, cells)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")
