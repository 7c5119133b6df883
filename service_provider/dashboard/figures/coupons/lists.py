"""Coupons and redemptions as tables."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode

from service_provider.dashboard import tables, wording
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.coupon_list import CouponRow, RedemptionRow
from service_provider.queries.mall import MallSettings

BADGES = {"Redeemed": "good", "Issued": "accent", "Seen": "accent"}
COUPONS: tuple[tables.Heading, ...] = (
    "Coupon", "State", "Campaign", "Shopper", "What", "Category", "Given out", "Valid until", "Seen", "Used",
    tables.number("Cost"), "Why",
)  # fmt: skip
REDEMPTIONS: tuple[tables.Heading, ...] = (
    "When", "Coupon", "Campaign", "Shopper", "Where", tables.number("Basket"), tables.number("Taken off"), "Order",
    tables.words("Taken back"),
)  # fmt: skip


def coupons(rows: Sequence[CouponRow], *, as_of: str, mall: MallSettings) -> Table:
    cells: list[list[tables.Content]] = [
        [
            f"…{row.code_end}",
            Cell(row.state, badge=BADGES.get(row.state, "plain")),
            Cell(row.campaign, href=reverse("provider:campaign", args=[row.campaign_id])),
            Cell(row.shopper_key, href=f"?{urlencode({'shopper': row.shopper_key})}"),
            row.depth,
            row.category,
            wording.moment(row.issued_at),
            wording.moment(row.expires_at),
            _when(row.seen_at),
            _when(row.redeemed_at),
            mall.money(row.spent_minor) if row.redeemed_at else "",
            Cell("its decision", href=reverse("provider:decision", args=[row.decision_id]))
            if row.decision_id
            else "",
        ]
        for row in rows
    ]
    return tables.table(f"Coupons, the newest first, as of {as_of}", COUPONS, cells)


def redemptions(rows: Sequence[RedemptionRow], *, as_of: str, mall: MallSettings) -> Table:
    cells: list[list[tables.Content]] = [
        [
            wording.moment(row.at),
            str(row.coupon_id),
            Cell(row.campaign, href=reverse("provider:campaign", args=[row.campaign_id])),
            row.shopper_key,
            row.where,
            mall.money(row.basket_minor),
            mall.money(row.discount_minor),
            row.order_key[:8],
            f"{wording.moment(row.reversed_at)}: {row.reversed_why}" if row.reversed_at else "",
        ]
        for row in rows
    ]
    return tables.table(f"Redemptions, the newest first, as of {as_of}", REDEMPTIONS, cells)


def _when(moment: datetime | None) -> str:
    return wording.moment(moment) if moment else ""
