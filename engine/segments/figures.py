"""The figures of each segment: size, spend, who bought, which visits ended without a purchase."""

import numpy as np

from engine import metrics
from engine.contracts import NEWCOMERS, Measure, SegmentFigures
from engine.contracts.segments import Quartiles
from engine.segments.columns import Flags, Floats, ShopperColumns, known
from engine.segments.serve import Assigned, SegmentModel

NEWCOMERS_NAME = "Newcomers"
Z = 1.96


def of_all(
    model: SegmentModel, columns: ShopperColumns, assigned: Assigned, *, kept: frozenset[str]
) -> tuple[SegmentFigures, ...]:
    """One row for each segment of the model, the newcomers last, and none for a segment without shoppers."""
    told = {one.code: (one.name, one.spending, one.behaviour) for one in model.segments}
    told[NEWCOMERS] = (NEWCOMERS_NAME, 0.0, 0.0)
    rows = []
    for code, (name, spending, behaviour) in told.items():
        members = assigned.codes == code
        part = columns.take(members)
        bought = known(part.orders_30d) > 0
        rows.append(
            SegmentFigures(
                code=code,
                name=name,
                cells=tuple((cell.spending, cell.behaviour) for cell in model.cells if cell.code == code),
                shoppers=len(part),
                share=len(part) / max(1, len(columns)),
                spending=spending,
                behaviour=behaviour,
                spend_minor=_mean(known(part.spend_180d_minor)),
                bought=_share(bought),
                churn=churn(part),
                visits=int(known(part.visits_60d).sum()),
                recency_days=_quartiles(part.days_since_last_order[known(part.orders_ever) > 0]),
                frequency=_quartiles(known(part.orders_180d)),
                monetary_minor=_quartiles(known(part.spend_180d_minor)),
                is_kept=code in kept,
            )
        )
    return tuple(row for row in rows if row.shoppers or row.code == NEWCOMERS)


def churn(columns: ShopperColumns) -> Measure | None:
    """Share of visits that ended without a purchase; the interval lets visits of one shopper be alike (linearised
    ratio of means). None where there was no visit."""
    visits = known(columns.visits_60d)
    total = float(visits.sum())
    if not total:
        return None
    without = visits - np.minimum(known(columns.buying_visits_60d), visits)
    value = float(without.sum()) / total
    if len(visits) < 2:
        return Measure(value)
    apart = without - value * visits
    half = Z * float(np.sqrt(len(visits) / (len(visits) - 1) * (apart**2).sum())) / total
    return Measure(value, max(0.0, value - half), min(1.0, value + half))


def _mean(values: Floats) -> Measure:
    if not len(values):
        return Measure(0.0)
    mean = float(values.mean())
    if len(values) < 2:
        return Measure(mean)
    half = Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return Measure(mean, max(0.0, mean - half), mean + half)  # spend is never below nothing


def _share(flags: Flags) -> Measure:
    return metrics.proportion(int(flags.sum()), len(flags)) if len(flags) else Measure(0.0)


def _quartiles(values: Floats) -> Quartiles | None:
    if not len(values):
        return None
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return (low, middle, high)
