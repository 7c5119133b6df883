"""A chart as a value: drawn by static/service_provider/charts.js, and its table beside it."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from service_provider.dashboard import tables, wording

PERCENT, COUNT = "percent", "count"
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
    """`kind` is one of KINDS, `unit` percent (values from 0 to 1) or count; `as_of` is written out already.

    `label_title` heads the first column of the table; `download` is what the download pages call the data.
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
                {"name": s.name, "values": s.values, "intervals": s.intervals, "reference": s.is_reference}
                for s in self.series
            ],
        }

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
                cells.append(wording.interval(series.intervals[index]))
        return cells

    def _told(self, series: Series) -> str:
        known = [value for value in series.values if value is not None]
        if not known:
            return wording.NOT_ENOUGH
        low, high = self._written(min(known)), self._written(max(known))
        return low if low == high else f"from {low} to {high}"

    def _written(self, value: float | None) -> str:
        if self.unit == PERCENT or value is None:
            return wording.rate(value)
        return wording.count(round(value))
