"""A version of segments in use, without a fit that takes seconds."""

from datetime import datetime, timedelta
from typing import Any

import make
from make import NOON

from engine.contracts import (
    NEWCOMERS,
    SEGMENTATIONS,
    AxisReport,
    Evaluation,
    Gain,
    Measure,
    Scored,
    SegmentFigures,
    SegmentsReport,
)
from service_provider.models import Membership, ModelVersion, Promotion

NAMES = {
    "segment-01": "Rare lookers",
    "segment-02": "Frequent lookers",
    "segment-03": "Loyal big spenders",
    NEWCOMERS: "Newcomers",
}
CELLS = {"segment-01": ((0, 0),), "segment-02": ((0, 1),), "segment-03": ((1, 0), (1, 1)), NEWCOMERS: ()}
SIZES = {"segment-01": 400, "segment-02": 300, "segment-03": 90, NEWCOMERS: 10}


def _segment(code: str) -> SegmentFigures:
    buys = code == "segment-03"
    return SegmentFigures(
        code=code,
        name=NAMES[code],
        cells=CELLS[code],
        shoppers=SIZES[code],
        share=SIZES[code] / 800,
        spending=2.0 if buys else -0.5,
        behaviour=0.0,
        spend_minor=Measure(45_000.0, 40_000.0, 50_000.0) if buys else Measure(0.0, 0.0, 0.0),
        bought=Measure(0.4, 0.3, 0.5),
        churn=Measure(0.9, 0.88, 0.92),
        visits=SIZES[code] * 4,
        recency_days=(3.0, 9.0, 20.0) if buys else None,
        frequency=(1.0, 2.0, 4.0),
        monetary_minor=(10_000.0, 30_000.0, 60_000.0),
    )


def report() -> SegmentsReport:
    measures = {"log_loss": Measure(0.26, 0.25, 0.27), "buys_explained": Measure(0.03, 0.01, 0.05)}
    form = {"segments": Measure(4.0), "silhouette": Measure(0.53), "stability": Measure(0.92)}
    plain = ("one_rate", "scores", "scores_and_grid")
    models = [Scored(name, measures | ({} if name in plain else form)) for name in SEGMENTATIONS]
    gain = Gain("one_rate", {"log_loss": Measure(0.01, -0.002, 0.022)})
    verdict = "Neither is better by more than one standard error."
    return SegmentsReport(
        as_of_ms=round(NOON.timestamp() * 1000),
        rows=800,
        newcomers=10,
        axes=(
            AxisReport("spending", {"spend": 0.5}, 0.9, (-0.5, 2.0), ((2, 0.9, 1.0),), is_stable=True),
            AxisReport("behaviour", {"visits": 0.4}, 0.4, (-1.0, 0.6), ((2, 0.5, 0.9),), is_stable=True),
        ),
        segments=tuple(_segment(code) for code in NAMES),
        methods=Evaluation("5 folds", (0,), 800, "one_rate", tuple(models), {"grid": gain}, verdict),
        gates={"grid": Gain("scores", {"log_loss": Measure(-0.001, -0.006, 0.004)})},
        verdict=verdict,
    )


def version(number: int = 1, *, live: bool = True, **fields: Any) -> ModelVersion:
    made = make.model_version(
        number, kind="segments", live_kind="segments" if live else None, report=report().to_json(), **fields
    )
    if live:
        Promotion.objects.create(kind="segments", version=made, verb="promote", by_label="petra", at=NOON)
    return made


def put(
    shopper: Any,
    made: ModelVersion,
    code: str = NEWCOMERS,
    *,
    since: datetime = NOON,
    until: datetime | None = None,
    score: float = 1.0,
) -> Membership:
    """A stretch of hers, which lasts where no end is said."""
    scores = {} if code == NEWCOMERS else {"spending_score": score, "behaviour_score": -score}
    return Membership.objects.create(
        shopper=shopper,
        live_shopper=None if until else shopper,
        version=made,
        segment=code,
        from_at=since,
        until_at=until,
        **scores,
    )


def in_use(shopper: Any) -> ModelVersion:
    """A version in use in which she is a newcomer."""
    made = version()
    put(shopper, made)
    return made


DAY = timedelta(days=1)
