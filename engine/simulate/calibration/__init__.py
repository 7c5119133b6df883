"""How the simulated mall compares with what is known of real ones, each figure with its standard error.

Bands: docs/algorithms/mall.md. A run is small or large; a figure holds where it lies in its band or within three
standard errors of it.
"""

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from engine.contracts import Progress
from engine.metrics import auc_with_variance
from engine.simulate import bayes, learn
from engine.simulate.calibration import runs
from engine.simulate.calibration.runs import AT, Early, Effect, Walked
from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall.days import WorldSettings

BANDS: dict[str, tuple[float, float]] = {
    "visits_per_shopper_60_days": (5.5, 6.5),
    "visit_conversion": (0.02, 0.03),
    "purchase_given_add": (0.19, 0.21),
    "lift_of_10_percent": (0.08, 0.12),
    "auc_gradient_boosting": (0.65, 0.80),
}
USUAL_DAYS = 60
THIN, RICH = 0.5, 1.45  # scales of the margins: treat-all loses with the one and earns with the other
MOST_FILTERED = 4_000  # visits that the Bayes filter is asked about
FEWEST_BUYERS = 20
ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `low` and `high` are its band, None where it has none. `holds` is None without a band."""

    name: str
    value: float
    standard_error: float
    low: float | None = None
    high: float | None = None
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What `simulate_mall --report` prints."""

    settings: WorldSettings
    visits: int
    events: int
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    def figure(self, name: str) -> Figure:
        """The figure called `name`. KeyError where there is none."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)

    @property
    def holds(self) -> bool:
        """Whether every figure with a band lies within it, or within three standard errors of it."""
        return all(figure.holds is not False for figure in self.figures)

    def to_json(self) -> dict[str, Any]:
        figures = {figure.name: asdict(figure) for figure in self.figures}
        protocol = asdict(self.settings) | {"start": self.settings.start.isoformat()}
        counts = {"visits": self.visits, "events": self.events, "holds": self.holds}
        return {"protocol": protocol, **counts, "figures": figures, "notes": list(self.notes)}

    def lines(self) -> list[str]:
        """The table for a terminal."""
        found = [f"{self.visits:,} visits, {self.events:,} events", ""]
        for figure in self.figures:
            band = _band_text(figure.low, figure.high)
            verdict = {True: "holds", False: "OUTSIDE", None: ""}[figure.holds]
            value = f"{figure.value:10.4f} ± {figure.standard_error:.4f}"
            found.append(f"{figure.name:<36} {value:<22} {band:<14} {verdict}")
        return [*found, *(f"\n{note}" for note in self.notes)]


def _band_text(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"below {high:g}"
    return f"above {low:g}" if high is None else f"{low:g} to {high:g}"


def report(
    settings: WorldSettings, *, filter_draws: int = 2_000
) -> Generator[Progress, None, CalibrationReport]:
    """Walks the world twice, without coupons and with one for everybody, and states the figures."""
    bare, early, effect = yield from runs.bare(settings)
    treated = yield from runs.treated(settings)
    yield Progress("What can be foretold", 0, 1)
    predicted, notes = _predictions(bare, early, filter_draws)
    figures = (
        _visits(bare, settings),
        _rate("visit_conversion", bare, _bought(bare), np.ones(len(bare.ends.row))),
        _rate("purchase_given_add", bare, _bought(bare), bare.added),
        *_judged(bare, (*_lifts(bare, treated, effect), *predicted, *_treat_all(bare, effect))),
    )
    return CalibrationReport(settings, len(bare.ends.row), bare.events, figures, _notes(bare, notes))


def _judged(bare: Walked, figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """What hangs on purchases, without a verdict where too few visits buy: their errors say nothing then."""
    if bare.ends.bought.sum() >= FEWEST_BUYERS:
        return figures
    return tuple(Figure(figure.name, figure.value, figure.standard_error) for figure in figures)


def _notes(bare: Walked, notes: tuple[str, ...]) -> tuple[str, ...]:
    bought = int(bare.ends.bought.sum())
    if bought >= FEWEST_BUYERS:
        return notes
    few = f"{bought} visits buy; from {FEWEST_BUYERS} on the coupon's lift and gain are held against their bands."
    return (few, *notes)


def _bought(walked: Walked) -> Floats:
    return walked.ends.bought.astype(np.float64)


def _figure(
    name: str,
    value: float,
    error: float,
    band: tuple[float | None, float | None] | None = None,
    *,
    least: Callable[[float], float] | None = None,
) -> Figure:
    """`least` gives the error that the figure has at least where its true value is the number given: three
    visits without a purchase are no proof that nobody buys, though they all say the same."""
    low, high = band if band else BANDS.get(name, (None, None))
    if low is None and high is None:
        return Figure(name, value, error)
    if least is not None:
        nearest = max(value, low if low is not None else value)
        nearest = min(nearest, high if high is not None else nearest)
        error = max(error, least(nearest))
    above = low is None or value >= low - ERRORS * error
    below = high is None or value <= high + ERRORS * error
    return Figure(name, value, error, low, high, above and below)


def _by_shopper(walked: Walked, shopper: Ints, values: Floats) -> Floats:
    """Sums per shopper: a shopper's visits hang together, shoppers do not."""
    count = walked.mall.settings.shoppers
    sums: Floats = np.bincount(shopper, weights=values, minlength=count).astype(np.float64)
    return sums


def _visits(bare: Walked, settings: WorldSettings) -> Figure:
    visits = _by_shopper(bare, bare.ends.shopper, np.ones(len(bare.ends.row)))
    scale, shoppers = USUAL_DAYS / settings.days, len(visits)
    each = visits * scale
    return _figure(
        "visits_per_shopper_60_days",
        float(each.mean()),
        float(each.std() / sqrt(shoppers)),
        least=lambda mean: sqrt(mean * scale / shoppers),  # of counts by chance alone (Poisson)
    )


def _rate(name: str, walked: Walked, part: Floats, whole: Floats) -> Figure:
    """The share of `part` (0 or 1 by visit) in `whole`; its error is at least that of visits that do not hang
    together."""
    shopper, count = walked.ends.shopper, max(1.0, float(whole.sum()))
    return _of_sums(
        name,
        _by_shopper(walked, shopper, part),
        _by_shopper(walked, shopper, whole),
        least=lambda rate: sqrt(rate * (1.0 - rate) / count),
    )


def _of_sums(
    name: str,
    part: Floats,
    whole: Floats,
    *,
    less: float = 0.0,
    least: Callable[[float], float] | None = None,
) -> Figure:
    """The ratio of two sums over shoppers, less a constant, with its linearised standard error (Cochran 1977)."""
    if not whole.sum():
        return Figure(name, 0.0, 0.0)
    ratio = float(part.sum() / whole.sum())
    error = float(np.sqrt(len(part)) * (part - ratio * whole).std() / whole.sum())
    return _figure(name, ratio - less, error, least=least)


def _lifts(bare: Walked, treated: Walked, effect: Effect) -> tuple[Figure, Figure]:
    """The relative lift of conversion by a 10 % coupon at the first decision point, paired.

    Visit by visit: each with and without it, in expectation over who buys and leaves when. And over the whole
    run: two worlds with the same shocks, with all that coupons leave over for later visits.
    """
    without = _by_shopper(bare, bare.ends.shopper, _bought(bare))
    more = _by_shopper(bare, effect.shopper, effect.bought)
    with_ = _by_shopper(treated, treated.ends.shopper, _bought(treated))
    return (
        _of_sums("lift_of_10_percent", more, without),
        _of_sums("lift_of_10_percent_over_the_run", with_, without, less=1.0),
    )


def _treat_all(bare: Walked, effect: Effect) -> tuple[Figure, ...]:
    """What a coupon for everybody gains per shopper with thin and with rich margins, and where it breaks even.

    Margins are the catalogue's times a scale; the shoppers do the same with either.
    """
    more = _by_shopper(bare, effect.shopper, effect.contribution_minor)
    cost = _by_shopper(bare, effect.shopper, effect.cost_minor)
    found = [_of_sums("treat_all_break_even_margin_scale", cost, more)]
    for name, scale in (("thin", THIN), ("rich", RICH)):
        gain = scale * more - cost
        band = (None, 0.0) if scale < 1.0 else (0.0, None)
        error = float(gain.std() / sqrt(len(gain)))
        found.append(_figure(f"treat_all_gain_{name}_margins", float(gain.mean()), error, band))
    return tuple(found)


def _predictions(bare: Walked, early: Early, filter_draws: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """How well gradient boosting foretells a purchase after AT clicks, with the Bayes filter beside it."""
    label, shopper = _bought(bare)[early.place], bare.ends.shopper[early.place]
    half = draws.bits(draws.bases(draws.seed_word(bare.mall.settings.seed, "halves"), shopper), 0, 1)
    learnt, asked = np.flatnonzero(half == 0), np.flatnonzero(half == 1)
    if min(label[learnt].sum(), label[asked].sum()) < FEWEST_BUYERS:
        return (), (f"Too few visits buy after {AT} clicks to say how well that can be foretold.",)
    model = learn.fit(early.features[learnt], label[learnt], seed=bare.mall.settings.seed, chance=True)
    said = learn.predict(model, early.features[asked])
    figures = [_auc("auc_gradient_boosting", label[asked], said)]
    some = asked[: _enough(label[asked])]
    lives = bayes.live(bare.mall.settings, draws=filter_draws)
    known = bayes.filter_at(early.seen.take(some), at=AT, lives=lives, draws=filter_draws).chance
    rate = float(label[learnt].mean())
    few, boosted = label[some], said[: len(some)]
    figures += [
        _auc("auc_bayes_filter", few, known),
        _auc("auc_gradient_boosting_same_visits", few, boosted),
        _gain("log_loss_gain_bayes_filter", few, known, rate),
        _gain("log_loss_gain_gradient_boosting", few, boosted, rate),
    ]
    note = (
        f"Purchases are foretold after {AT} clicks for {len(asked):,} visits of shoppers that were not learned "
        f"from; the Bayes filter for {len(some):,} of them, from {filter_draws:,} draws. Gains of the log-loss "
        f"are over the rate of purchases, {rate:.4f}."
    )
    return tuple(figures), (note,)


def _enough(label: Floats) -> int:
    return min(len(label), MOST_FILTERED)


def _auc(name: str, label: Floats, score: Floats) -> Figure:
    if not 0 < label.sum() < len(label):
        return Figure(name, float("nan"), float("nan"))
    value, variance = auc_with_variance(label.astype(np.int64), score)
    return _figure(name, value, sqrt(variance))


def _gain(name: str, label: Floats, score: Floats, rate: float) -> Figure:
    """Mean log-loss of the rate less that of the score, per visit, with its standard error."""
    chance = np.minimum(np.maximum(score, 1e-9), 1 - 1e-9)
    own = -np.where(label > 0, np.log(chance), np.log(1 - chance))
    plain = -np.where(label > 0, log(rate), log(1 - rate))
    gain: Floats = plain - own
    return _figure(name, float(gain.mean()), float(gain.std() / sqrt(len(gain))))
