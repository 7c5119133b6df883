"""Decisions as rows of a file: columns, how many, and the rows."""

from collections.abc import Mapping
from typing import Any

from service_provider.adapters.spreadsheets import Column
from service_provider.queries import decisions as rows_of
from service_provider.queries.decisions import DecisionRow
from service_provider.queries.mall import MallSettings
from service_provider.queries.segment_sheets import CHUNK, Rows


def decisions(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """One row for each decision, filtered as the page is; those that withheld a coupon are among them."""
    rows = rows_of.filtered(params)
    columns = (
        Column("decision", "integer"), Column("decided_at", "moment"), Column("shopper"),
        Column("campaign", "integer"), Column("campaign_name"), Column("arm", "integer"), Column("coupon"),
        Column("coupon_state"), Column("category"), Column("group"), Column("reasons"), Column("risk", "number"),
        Column("microseconds", "integer"),
    )  # fmt: skip
    found = (_row(rows_of.row_of(row, settings)) for row in rows.iterator(chunk_size=CHUNK))
    return columns, rows.count(), found


def _row(row: DecisionRow) -> tuple[Any, ...]:
    return (
        row.id, row.at, row.shopper_key, row.campaign_id, row.campaign, row.arm, row.coupon, row.coupon_state,
        row.category, row.group, "; ".join(row.reasons), row.risk, row.micros,
    )  # fmt: skip
