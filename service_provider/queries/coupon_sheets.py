"""Coupons, redemptions and the report of a campaign as rows of a file: columns, how many, and the rows."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from engine.contracts import Compared
from service_provider.adapters.spreadsheets import Column
from service_provider.models import Campaign
from service_provider.queries import coupon_list, segments
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons import campaign_coupons, campaign_effect
from service_provider.queries.reports.coupons.campaign_coupons import Line, Tally
from service_provider.queries.segment_sheets import CHUNK, Rows

_COUNTS = (
    "issued", "seen", "dismissed", "live", "redeemed", "expired", "revoked", "reversed", "over", "over_redeemed",
    "rated", "stars", "comments",
)  # fmt: skip
_IN_MONEY = (campaign_effect.CONTRIBUTION, campaign_effect.REVENUE)


def coupons(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """One row for each coupon, filtered as the page is; of a code only its end."""
    found = coupon_list.coupons(params)
    money = settings.minor_digits
    columns = (
        Column("coupon", "integer"), Column("code_end"), Column("campaign", "integer"), Column("campaign_name"),
        Column("shopper"), Column("decision", "integer"), Column("state"), Column("category"), Column("depth"),
        Column("cap", "money", money), Column("issued_at", "moment"), Column("issued_day", "date"),
        Column("expires_at", "moment"), Column("seen_at", "moment"), Column("dismissed_at", "moment"),
        Column("redeemed_at", "moment"), Column("reserved", "money", money), Column("spent", "money", money),
        Column("rating", "integer"),
    )  # fmt: skip
    rows = (coupon_list.coupon_row(row, settings) for row in found.iterator(chunk_size=CHUNK))
    return columns, found.count(), (tuple(getattr(row, name) for name in row.__slots__) for row in rows)


def redemptions(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """One row for each use of a coupon, those that were taken back too."""
    found = coupon_list.redemptions(params)
    money = settings.minor_digits
    columns = (
        Column("redemption", "integer"), Column("redeemed_at", "moment"), Column("coupon", "integer"),
        Column("campaign", "integer"), Column("campaign_name"), Column("shopper"), Column("where"), Column("order"),
        Column("basket", "money", money), Column("discount", "money", money), Column("taken_back_at", "moment"),
        Column("why"),
    )  # fmt: skip
    rows = (coupon_list.redemption_row(row, settings) for row in found.iterator(chunk_size=CHUNK))
    return columns, found.count(), (tuple(getattr(row, name) for name in row.__slots__) for row in rows)


def report(params: Mapping[str, str], settings: MallSettings, *, now: datetime) -> Rows:
    """What became of the coupons of each campaign: in all, by day, category and segment; `campaign` chooses one."""
    columns = (
        Column("campaign", "integer"), Column("campaign_name"), Column("as_of", "moment"), Column("by"),
        Column("group"), *(Column(name, "integer") for name in _COUNTS),
        Column("spent", "money", settings.minor_digits), Column("revenue", "money", settings.minor_digits),
    )  # fmt: skip
    rows = [
        (row.pk, row.name, settings.local(now), by, name, *(getattr(tally, one) for one in _COUNTS),
         tally.spent_minor, tally.revenue_minor)
        for row in _chosen(params)
        for by, name, tally in _lines(row.pk, now)
    ]  # fmt: skip
    return columns, len(rows), iter(rows)


def _lines(campaign_id: int, now: datetime) -> Iterator[tuple[str, str, Tally]]:
    names = segments.names()
    days = campaign_coupons.by_day(campaign_id, now=now)
    yield "all", "", campaign_coupons.total(days)
    parts: tuple[tuple[str, tuple[Line, ...]], ...] = (
        ("day", days),
        ("category", campaign_coupons.by_category(campaign_id, now=now)),
        ("segment", campaign_coupons.by_segment(campaign_id, now=now)),
    )
    for by, lines in parts:
        for line in lines:
            name = line.day.isoformat() if line.day else names.get(line.name, line.name)
            yield by, name, line.tally


def effect(params: Mapping[str, str], settings: MallSettings, *, now: datetime) -> Rows:
    """Treated against held out, outcome by outcome and segment by segment. What has not enough data has no figures."""
    figures = (
        "treated_mean",
        "held_mean",
        "difference",
        "difference_low",
        "difference_high",
        "always_low",
        "always_high",
    )
    columns = (
        Column("campaign", "integer"), Column("campaign_name"), Column("as_of", "moment"), Column("outcome"),
        Column("segment"), Column("treated", "integer"), Column("held_out", "integer"),
        Column("met_in_both", "integer"), Column("split_p_value", "number"), Column("currency"),
        *(Column(name, "number") for name in figures),
    )  # fmt: skip
    rows = [
        (row.pk, row.name, settings.local(now), *told)
        for row in _chosen(params)
        for told in _effects(row.pk, settings, now)
    ]
    return columns, len(rows), iter(rows)


def _effects(campaign_id: int, settings: MallSettings, now: datetime) -> Iterator[tuple[Any, ...]]:
    found = campaign_effect.of_campaign(campaign_id, settings=settings, now=now)
    split, names = found.found.split, segments.names()
    whole = (split.treated, split.held, found.conflicts, split.p_value)
    for name in (*_IN_MONEY, campaign_effect.BOUGHT):
        one = found.found.outcomes.get(name)
        yield name, "", *whole, settings.currency, *_figures(one, name, settings)
    for part in found.segments:
        counts = (part.treated, part.held, None, None)
        figures = _figures(part.contribution, campaign_effect.CONTRIBUTION, settings)
        yield (
            campaign_effect.CONTRIBUTION,
            names.get(part.code, part.code),
            *counts,
            settings.currency,
            *figures,
        )


def _figures(one: Compared | None, name: str, settings: MallSettings) -> tuple[float | None, ...]:
    if one is None:
        return (None,) * 7
    unit = 10**settings.minor_digits if name in _IN_MONEY else 1
    found = (
        one.treated_mean, one.held_mean, one.difference.value, one.difference.low, one.difference.high,
        one.always.low, one.always.high,
    )  # fmt: skip
    return tuple(None if value is None else value / unit for value in found)


def _chosen(params: Mapping[str, str]) -> QuerySet[Campaign]:
    rows, chosen = Campaign.objects.order_by("-pk"), params.get("campaign", "")
    if not chosen:
        return rows
    is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
    return rows.filter(pk=int(chosen)) if is_number else rows.none()
