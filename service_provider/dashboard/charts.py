"""A chart as a value: drawn by static/service_provider/charts.js, and its table beside it."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from service_provider.dashboard import tables, wording
from service_provider.queries.mall import MallSettings

PERCENT, COUNT, MONEY = "percent", "count", "money"
KINDS = ("bar", "line", "pie", "spline")


@dataclass(frozen=True, slots=True)
class Series:
    """One value a label; None leaves a gap. `is_reference` draws a dashed line, whatever the chart's kind."""

    name: str
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float] | None, ...] = ()
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` is one of KINDS, `unit` percent (values from 0 to 1), count, or money (in the smallest unit, then
    `mall` says how it is written, with `finer` more decimals); `as_of` is written out already.

    `label_title` heads the first column of the table; `download` is what the download pages call the data.
    Bars that are `stacked` add up to a whole.
    """

    kind: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    as_of: str
    note: str = ""
    label_title: str = ""
    download: str = ""
    stacked: bool = False
    mall: MallSettings | None = None
    finer: int = 0

    @property
    def id(self) -> str:
        return f"chart-{slugify(self.title)}"

    @property
    def summary(self) -> str:
        """What somebody who cannot see the picture is told."""
        told = "; ".join(f"{series.name} {self._told(series)}" for series in self.series)
        return f"{self.title}. {self.kind.capitalize()} chart over {len(self.labels)} entries. {told}."

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws from."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "labels": self.labels,
            "series": [
                {
                    "name": s.name,
                    "values": tuple(self._drawn(value) for value in s.values),
                    "intervals": tuple(bounds and tuple(map(self._drawn, bounds)) for bounds in s.intervals),
                    "reference": s.is_reference,
                }
                for s in self.series
            ],
            "stacked": self.stacked,
        } | ({"currency": self.mall.currency, "digits": self._digits} if self.mall else {})

    @property
    def _digits(self) -> int:
        return (self.mall.minor_digits if self.mall else 0) + self.finer

    def _drawn(self, value: float | None) -> float | None:
        """Money as it is spoken of, not in the smallest unit, and with no more decimals than are written."""
        if self.mall is None or value is None:
            return value
        return round(value / 10**self.mall.minor_digits, self._digits)

    @property
    def table(self) -> tables.Table:
        """The same data, with the intervals that a picture shows as whiskers."""
        columns: list[tables.Heading] = [self.label_title or "Entry"]
        for series in self.series:
            columns.append(tables.number(series.name))
            if series.intervals:
                columns.append(tables.number("95 % interval"))
        rows = [[label, *self._cells(index)] for index, label in enumerate(self.labels)]
        return tables.table(f"{self.title}, as of {self.as_of}", columns, rows)

    def _cells(self, index: int) -> list[str]:
        cells = []
        for series in self.series:
            cells.append(self._written(series.values[index]))
            if series.intervals:
                cells.append(self._interval(series.intervals[index]))
        return cells

    def _interval(self, bounds: tuple[float, float] | None) -> str:
        if bounds is None or self.unit == PERCENT:
            return wording.interval(bounds)
        return f"{self._written(bounds[0])} to {self._written(bounds[1])}"

    def _told(self, series: Series) -> str:
        known = [value for value in series.values if value is not None]
        if not known:
            return wording.NOT_ENOUGH
        low, high = self._written(min(known)), self._written(max(known))
        return low if low == high else f"from {low} to {high}"

    def _written(self, value: float | None) -> str:
        if self.unit == PERCENT or value is None:
            return wording.rate(value)
        if self.mall:
            return self.mall.money(value, finer=self.finer)
        return wording.count(round(value))
