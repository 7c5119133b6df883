"""Segments and their shoppers as rows of a file: columns, how many, and the rows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from engine.contracts import Measure, SegmentsReport
from service_provider.adapters.spreadsheets import Column
from service_provider.models import ModelVersion
from service_provider.queries import segments as memberships
from service_provider.queries.learning import SEGMENTS
from service_provider.queries.mall import MallSettings

CHUNK = 2000
_RFM = ("recency_days", "frequency", "monetary")
_QUARTILES = ("25", "50", "75")
Rows = tuple[tuple[Column, ...], int, Iterator[tuple[Any, ...]]]


def segments(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """One row for each segment of each version; `version` chooses one as the page does."""
    versions = ModelVersion.objects.filter(kind=SEGMENTS).order_by("-number")
    chosen = params.get("version", "")
    if chosen:
        is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        versions = versions.filter(number=int(chosen)) if is_number else versions.none()
    columns = (
        Column("version", "integer"), Column("live"), Column("as_of", "moment"), Column("segment"),
        Column("name"), Column("spending_levels"), Column("behaviour_levels"), Column("shoppers", "integer"),
        Column("share", "number"), Column("currency"),
        *(Column(f"{name}{part}", "number") for name in ("spend_180d", "bought_30d", "visits_without_purchase")
          for part in ("", "_low", "_high")),
        Column("visits_60d", "integer"),
        *(Column(f"{name}_{part}", "number") for name in _RFM for part in _QUARTILES),
    )  # fmt: skip
    total = sum(len(found) for found in versions.values_list("report__segments", flat=True))
    return columns, total, _segments(versions.iterator(chunk_size=50), settings)


def _segments(versions: Iterable[ModelVersion], settings: MallSettings) -> Iterator[tuple[Any, ...]]:
    unit = 10**settings.minor_digits
    for version in versions:
        report = SegmentsReport.from_json(version.report)
        as_of = settings.local(datetime.fromtimestamp(report.as_of_ms / 1000, UTC))
        about = version.number, "yes" if version.live_kind else "no", as_of
        for one in report.segments:
            enough = one.shoppers >= settings.min_group_size
            spend = one.spend_minor
            levels = (_levels(cell[axis] for cell in one.cells) for axis in (0, 1))
            money = None if one.monetary_minor is None else tuple(part / unit for part in one.monetary_minor)
            rfm = (one.recency_days, one.frequency, money)
            yield (
                *about, one.code, one.name, *levels, one.shoppers, one.share, settings.currency,
                *_figures(spend if enough else None, unit), *_figures(one.bought if enough else None),
                *_figures(one.churn if enough else None), one.visits,
                *(value for three in rfm for value in (three if enough and three else (None,) * 3)),
            )  # fmt: skip


def _levels(found: Iterable[int]) -> str:
    """Counted from 1, the lowest."""
    return " and ".join(str(level + 1) for level in sorted(set(found)))


def _figures(measure: Measure | None, unit: int = 1) -> tuple[float | None, ...]:
    parts = (measure.value, measure.low, measure.high) if measure else (None,) * 3
    return tuple(None if part is None else part / unit for part in parts)


def members(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """The shoppers who are in the segment `code` now, in the order `sort` of the page."""
    code = params.get("code", "")
    found = memberships.members(code, sort=params.get("sort", "")).select_related("shopper", "version")
    name = memberships.names().get(code, code)
    columns = (
        Column("shopper"), Column("segment"), Column("name"), Column("spending", "number"),
        Column("behaviour", "number"), Column("since", "moment"), Column("version", "integer"),
    )  # fmt: skip
    rows = (
        (
            row.shopper.key, code, name, row.spending_score, row.behaviour_score,
            settings.local(row.from_at), row.version.number,
        )
        for row in found.defer("version__report").iterator(chunk_size=CHUNK)
    )  # fmt: skip
    return columns, found.count(), rows
