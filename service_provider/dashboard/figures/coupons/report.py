"""What the report of a campaign shows: what became of its coupons, and what they changed."""

from collections.abc import Mapping, Sequence

from engine.contracts import Compared, Measure
from service_provider.dashboard import charts, tables, wording
from service_provider.dashboard.charts import Chart, Series
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons.campaign_coupons import Comment, Line, Precision, Tally
from service_provider.queries.reports.coupons.campaign_effect import (
    BOUGHT,
    CONTRIBUTION,
    REVENUE,
    Effect,
    SegmentEffect,
)
from service_provider.queries.reports.coupons.campaign_ratio import HighShare
from service_provider.queries.reports.shares import Share

Figure = tuple[str, str, str]  # name, value, note
TITLES = {
    CONTRIBUTION: "Contribution: margin less what coupons took off",
    REVENUE: "Revenue: what was paid",
    BOUGHT: "Bought at all",
}
COUNTS = ("Given out", "Seen", "Used", "Expired", "Revoked", "Taken back", "Can be used")
NO_SEGMENT = "no segment yet"


def numbers(tally: Tally, *, enough: int, mall: MallSettings) -> tuple[Figure, ...]:
    """The figures at the top, each with what it is a part of."""
    used = Share(tally.redeemed, tally.issued, enough)
    over = Share(tally.over_redeemed, tally.over, enough)
    at_end = f"; of {wording.count(tally.over)} whose time is over {_share(over)}" if tally.over else ""
    stars = (
        f"mean of {wording.count(tally.rated)}: {tally.stars / tally.rated:.1f} of 5"
        if tally.rated
        else "none yet"
    )
    return (
        ("Given out", wording.count(tally.issued), f"{wording.count(tally.live)} can still be used"),
        ("Seen", wording.count(tally.seen), f"{wording.count(tally.dismissed)} put away"),
        ("Used", wording.count(tally.redeemed), f"{_share(used)} of all so far{at_end}"),
        ("Over unused", wording.count(tally.expired), "their money was given back"),
        ("Revoked, taken back", f"{wording.count(tally.revoked)}, {wording.count(tally.reversed)}", ""),
        ("Spent", mall.money(tally.spent_minor), "what the used ones took off"),
        ("Revenue with a coupon", mall.money(tally.revenue_minor), "paid for these baskets, at tills too"),
        ("Rated", wording.count(tally.rated), f"{stars}; {wording.count(tally.comments)} with a word"),
    )  # fmt: skip


def _share(share: Share) -> str:
    told = wording.rate(share.rate)
    return f"{told} ({wording.interval(share.interval)})" if share.interval else told


# ---- against the holdout ------------------------------------------------------------------------------


def held_out(effect: Effect) -> str:
    """Who is compared, in a sentence."""
    own = (
        f" and the campaign's own ({wording.rate(effect.own_holdout_bp / 10_000)} of the rest), both together"
        if effect.own_holdout_bp
        else "; this campaign has none of its own"
    )
    met = effect.found.split
    whole = (
        f"{wording.count(met.treated)} shoppers who may get coupons are compared with {wording.count(met.held)} who "
        f"are held out: the mall's holdout ({wording.rate(effect.holdout_bp / 10_000)}){own}."
    )
    if effect.conflicts:
        whole += (
            f" {wording.count(effect.conflicts)} were met in both groups, because a visitor logged in; each counts "
            "where she was put first."
        )
    return whole


def verdict(effect: Effect, mall: MallSettings) -> str:
    """What may be said of the contribution, however often the page is looked at."""
    found = effect.found
    if not found.split.is_sound:
        return (
            f"Stopped: {wording.rate(found.split.held_share)} should be held out and {_held_rate(effect)} are, which "
            f"is no chance (p = {found.split.p_value:.2g}). Was the holdout changed meanwhile? Until that is found out "
            "no difference can be believed."
        )
    one = found.outcomes.get(CONTRIBUTION)
    if one is None:
        return f"{wording.NOT_ENOUGH.capitalize()}: it takes 30 shoppers in each group and 20 who bought."
    if not one.sign:
        return "No difference can be told yet between shoppers with and without coupons."
    earned, all_ = (mall.money(abs(value)) for value in (one.difference.value, one.in_all.value))
    more = "more" if one.sign > 0 else "less"
    return f"Each shopper who may get coupons brought {earned} {more}, {all_} in all."


def _held_rate(effect: Effect) -> str:
    split = effect.found.split
    return wording.rate(split.held / max(1, split.treated + split.held))


def outcomes(effect: Effect, *, as_of: str, mall: MallSettings) -> Table | None:
    """Mean outcomes of a shopper in both groups, the difference with its intervals, and the sum."""
    rows: list[list[tables.Content]] = [
        [
            TITLES[name],
            _told(one.treated_mean, name, mall),
            _told(one.held_mean, name, mall),
            _told(one.difference.value, name, mall),
            between(one.difference, name, mall),
            between(one.always, name, mall),
            _relative(one.relative),
        ]
        for name, one in effect.found.outcomes.items()
    ]
    columns: tuple[tables.Heading, ...] = (
        "Per shopper, in 14 days",
        *map(tables.number, ("May get coupons", "Held out", "Difference", "95 % interval")),
        tables.number("Holds at every look"),
        tables.number("Relative"),
    )
    return tables.table(f"With coupons and without, as of {as_of}", columns, rows) if rows else None


def between(figure: Measure, name: str, mall: MallSettings) -> str:
    if figure.low is None or figure.high is None:
        return "none: all are alike"
    return f"{_told(figure.low, name, mall)} to {_told(figure.high, name, mall)}"


def _told(value: float, name: str, mall: MallSettings) -> str:
    return wording.rate(value) if name == BOUGHT else mall.money(value)


def _relative(figure: Measure | None) -> str:
    if figure is None:
        return wording.NOT_ENOUGH
    return f"{wording.points(figure.value)} % ({wording.interval((figure.low or 0.0, figure.high or 0.0))})"


def gain(one: Compared, mall: MallSettings) -> Figure:
    """What coupons brought in all, beside what it may be."""
    once, always = (between(part, CONTRIBUTION, mall) for part in (one.in_all, one.in_all_always))
    note = f"95 % interval {once}; at every look {always}"
    return "Gained against the holdout", mall.money(one.in_all.value), note


def segments(
    found: Sequence[SegmentEffect], names: Mapping[str, str], *, as_of: str, mall: MallSettings
) -> Table | None:
    rows: list[list[tables.Content]] = [
        [
            names.get(one.code, one.code),
            wording.count(one.treated),
            wording.count(one.held),
            mall.money(one.contribution.difference.value) if one.contribution else wording.NOT_ENOUGH,
            between(one.contribution.difference, CONTRIBUTION, mall) if one.contribution else "",
            Cell("sure", badge="good") if one.is_sure else "not sure",
        ]
        for one in found
    ]
    columns: tuple[tables.Heading, ...] = (
        "Segment when she was met",
        *map(tables.number, ("May get coupons", "Held out", "Contribution: difference", "95 % interval")),
        "Among all segments",
    )
    return tables.table(f"Differences by segment, as of {as_of}", columns, rows) if rows else None


def precision(found: Precision) -> Figure:
    return (
        "Precision of targeting",
        wording.rate(found.meant.rate),
        f"{_of(found.meant)} held-out visits in which a coupon was wanted ended without a purchase"
        f"{_bounds(found.meant)}; of all held-out visits with a decision {_share(found.all_)}",
    )


def _of(share: Share) -> str:
    return f"{wording.count(share.hits)} of {wording.count(share.total)}"


def _bounds(share: Share) -> str:
    return f" ({wording.interval(share.interval)})" if share.interval else ""


# ---- coupons by day, category, segment ----------------------------------------------------------------


def by_day(lines: Sequence[Line], *, as_of: str) -> Chart:
    return _chart(
        "Coupons by day", "Day", [(wording.day(line.day) if line.day else "", line.tally) for line in lines],
        as_of=as_of, kind="line",
    )  # fmt: skip


def by_category(lines: Sequence[Line], *, as_of: str) -> Chart:
    return _chart(
        "Coupons by category",
        "Category",
        [(line.name, line.tally) for line in lines],
        as_of=as_of,
        kind="bar",
    )


def by_segment(lines: Sequence[Line], names: Mapping[str, str], *, as_of: str) -> Chart:
    known = [(names.get(line.name, line.name) or NO_SEGMENT, line.tally) for line in lines]
    return _chart("Coupons by segment", "Segment when it was decided", known, as_of=as_of, kind="bar")


def _chart(title: str, label: str, rows: Sequence[tuple[str, Tally]], *, as_of: str, kind: str) -> Chart:
    """What never happened yet is left out, but for what everybody looks for."""
    counts = zip(*(_counts(tally) for _, tally in rows), strict=True)
    return Chart(
        kind=kind,
        title=title,
        labels=tuple(name for name, _ in rows),
        series=tuple(
            Series(name, tuple(map(float, column)))
            for name, column in zip(COUNTS, counts, strict=True)
            if name in COUNTS[:3] or any(column)
        ),
        unit=charts.COUNT,
        as_of=as_of,
        label_title=label,
    )


def _counts(tally: Tally) -> tuple[int, ...]:
    return (
        tally.issued, tally.seen, tally.redeemed, tally.expired, tally.revoked, tally.reversed, tally.live,
    )  # fmt: skip


def money(title: str, rows: Sequence[tuple[str, Tally]], *, as_of: str, mall: MallSettings) -> Chart:
    """What coupons took off, and what was paid for the baskets that they came off."""
    return Chart(
        kind="bar",
        title=title,
        labels=tuple(name for name, _ in rows),
        series=(
            Series("Spent", tuple(float(tally.spent_minor) for _, tally in rows)),
            Series("Revenue with a coupon", tuple(float(tally.revenue_minor) for _, tally in rows)),
        ),
        unit=charts.MONEY,
        as_of=as_of,
        label_title="Category",
        mall=mall,
    )


# ---- High and Low, and words --------------------------------------------------------------------------


def ratio(title: str, shares: Sequence[HighShare], *, as_of: str) -> Table | None:
    rows: list[list[tables.Content]] = [
        [
            one.name,
            wording.rate(one.high.rate),
            wording.interval(one.high.interval),
            wording.count(one.high.hits),
            wording.count(one.high.total),
        ]
        for one in shares
    ]
    columns: tuple[tables.Heading, ...] = (
        title,
        *map(tables.number, ("High share", "95 % interval", "High", "Predictions")),
    )
    caption = f"High and Low by {title.lower()}, lowest first, as of {as_of}"
    return tables.table(caption, columns, rows) if rows else None


def comments(found: Sequence[Comment]) -> Table | None:
    rows: list[list[tables.Content]] = [
        [wording.moment(one.at), f"{one.rating} of 5" if one.rating else "none", one.text] for one in found
    ]
    columns = ("Given out", "Stars", tables.words("What she said"))
    return tables.table("The newest words", columns, rows) if rows else None
