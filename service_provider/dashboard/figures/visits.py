"""One visit: its risk as it went on, and its clicks with the weight that the net gives each."""

from collections.abc import Sequence
from dataclasses import dataclass

from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.dashboard.tables import Table
from service_provider.queries.mall import MallSettings
from service_provider.queries.risk import VisitStory

SHADES = 5


@dataclass(frozen=True, slots=True)
class ClickRow:
    """`shade` from 0 to 5 by its weight beside the heaviest one's."""

    number: str
    time: str
    kind: str
    what: str
    weight: str
    shade: int


def risks(story: VisitStory, *, as_of: str) -> Chart | None:
    """None where no model was asked."""
    said = [one for one in story.scores if not one.is_shadow]
    if not said:
        return None
    steps = tuple(dict.fromkeys(one.step for one in story.scores))
    live, shadow = (
        {one.step: one.churn for one in story.scores if one.is_shadow == is_shadow}
        for is_shadow in (False, True)
    )
    series = [Series("the version in use", tuple(live.get(step) for step in steps))]
    if shadow:
        series.append(
            Series("the candidate beside it", tuple(shadow.get(step) for step in steps), is_reference=True)
        )
    return Chart(
        kind="line",
        title="Risk as the visit went on",
        labels=tuple(f"event {step}" for step in steps),
        series=tuple(series),
        unit=PERCENT,
        as_of=as_of,
        note="The chance that the rest of the visit brings no purchase, as it was said at each decision point.",
        label_title="After",
    )


def scores(story: VisitStory, *, mall: MallSettings) -> Table:
    columns: list[tables.Heading] = [
        "Asked", *map(tables.number, ("Events then", "Risk", "Version")), "Part", tables.number("Microseconds"),
    ]  # fmt: skip
    rows: list[list[tables.Content]] = [
        [
            wording.moment(mall.local(one.at)),
            wording.count(one.step),
            wording.rate(one.churn),
            str(one.version),
            "beside it" if one.is_shadow else "in use",
            wording.count(one.micros),
        ]
        for one in story.scores
    ]
    return tables.table("Every score of this visit", columns, rows)


def clicks(story: VisitStory, weights: Sequence[float] | None, *, mall: MallSettings) -> list[ClickRow]:
    """Without weights every shade is 0. Weights belong to the newest clicks."""
    told = list(weights or ())[-len(story.clicks) :] if story.clicks else []
    padded: list[float | None] = [None] * (len(story.clicks) - len(told)) + list(told)
    most = max(told, default=0.0)
    return [
        ClickRow(
            str(click.number),
            f"{mall.local(click.at):%H:%M:%S}",
            click.kind,
            " · ".join(part for part in (click.category, click.product_id) if part),
            "" if weight is None else wording.rate(weight),
            round(SHADES * weight / most) if weight and most else 0,
        )
        for click, weight in zip(story.clicks, padded, strict=True)
    ]
