"""What segments are worth: who buys in the next 30 days, asked of shoppers that nothing was learnt from."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from engine.contracts import SEGMENTATIONS, Evaluation, Gain, Measure, Progress, Scored
from engine.segments import alternatives
from engine.segments.agreement import silhouette
from engine.segments.alternatives import METHODS, Shape
from engine.segments.columns import Flags, Floats, Ints, ShopperColumns

FOLDS = 5
LEAST_BUYERS = 20
PRIOR = 5.0  # shoppers with the rate of all that stand beside those of a segment
SAFE = 1e-6
CAP = 0.99
Z = 1.96


@dataclass(frozen=True, slots=True)
class Past:
    """Shoppers as they were 30 days before, and what came then: (n,) bought, and spent in the smallest unit."""

    columns: ShopperColumns
    bought: Flags
    spend_minor: Floats


@dataclass(frozen=True, slots=True)
class Compared:
    """The table, the gates, and what follows."""

    evaluation: Evaluation
    gates: Mapping[str, Gain]
    verdict: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """By shopper, held out: chance to buy and expected spend."""

    chance: Floats
    spend: Floats


def compare(
    columns: ShopperColumns,
    past: Past | None,
    grid: Shape,
    *,
    seed: int,
    clock: Callable[[], float],
) -> Generator[Progress, None, Compared]:
    """Every method on the shoppers of `columns` who are no newcomers, and the criterion on `past`, where it holds
    at least 20 buyers and as many who did not buy."""
    settled = columns.take(~columns.is_newcomer())
    shapes, forms, seconds = {}, {}, {}
    for number, name in enumerate(METHODS):
        yield Progress(f"Comparing: {SEGMENTATIONS[name]}", number, len(METHODS) + FOLDS)
        began = clock()
        chosen = name in ("joint", "autoencoder")
        shapes[name] = alternatives.choose_groups(name, settled, seed=seed) if chosen else grid
        forms[name] = _form(name, settled, shapes[name], seed=seed)
        seconds[name] = clock() - began
    usable = past is not None and min(past.bought.sum(), (~past.bought).sum()) >= LEAST_BUYERS
    told: dict[str, _Told] = {}
    if past is not None and usable:
        told = yield from _held_out(past, shapes, seed=seed)
    return _summed(columns, past if usable else None, told, forms, shapes, seconds, seed)


def _form(name: str, settled: ShopperColumns, shape: Shape, *, seed: int) -> dict[str, Measure]:
    rng = np.random.default_rng(seed)
    points = alternatives.plane(settled).points(settled)
    labels = METHODS[name](settled, shape, seed)(settled)
    stability = shape.stability
    if stability is None:
        stability = alternatives.stability(METHODS[name], settled, shape, seed=seed)
    sizes = np.unique(labels, return_counts=True)[1]
    return {
        "segments": Measure(float(len(sizes))),
        "smallest_share": Measure(float(sizes.min() / len(labels))),
        "silhouette": Measure(silhouette(points, labels, rng=rng)),
        "stability": Measure(stability),
    }


def _held_out(
    past: Past, shapes: Mapping[str, Shape], *, seed: int
) -> Generator[Progress, None, dict[str, _Told]]:
    """What every model says of each shopper, fitted on the other four fifths."""
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(past.bought)) % FOLDS
    told = {name: _Told(np.zeros(len(fold)), np.zeros(len(fold))) for name in SEGMENTATIONS}
    for number in range(FOLDS):
        yield Progress("Asking shoppers who were held out", len(METHODS) + number, len(METHODS) + FOLDS)
        kept, asked = fold != number, fold == number
        for name, (chance, spend) in _fold(past, kept, asked, shapes, seed).items():
            told[name].chance[asked], told[name].spend[asked] = chance, spend
    return told


def _fold(
    past: Past, kept: Flags, asked: Flags, shapes: Mapping[str, Shape], seed: int
) -> dict[str, tuple[Floats, Floats]]:
    train, test = past.columns.take(kept), past.columns.take(asked)
    bought, spend = past.bought[kept].astype(np.float64), _capped(past)[kept]
    old, new = ~train.is_newcomer(), ~test.is_newcomer()
    settled = train.take(old) if old.any() else train
    found = {"one_rate": (np.full(len(test), bought.mean()), np.full(len(test), spend.mean()))}
    groups: dict[str, tuple[Ints, Ints]] = {}
    for name, fit in METHODS.items():
        label = fit(settled, shapes[name], seed)
        of_train, of_test = (np.where(f, label(c) + 1, 0) for f, c in ((old, train), (new, test)))
        groups[name] = of_train, of_test
        found[name] = _rates(of_train, of_test, bought), _rates(of_train, of_test, spend)
    fitted = alternatives.plane(settled)
    plain = [_terms(fitted.points(c), f) for f, c in ((old, train), (new, test))]
    found["scores"] = _regressed(plain[0], plain[1], bought, spend)
    most = int(max(groups["grid"][0].max(), groups["grid"][1].max())) + 1
    both = [np.hstack([p, np.eye(most)[g]]) for p, g in zip(plain, groups["grid"], strict=True)]
    found["scores_and_grid"] = _regressed(both[0], both[1], bought, spend)
    return found


def _capped(past: Past) -> Floats:
    """Spend, no more than the 99th percentile of those who bought: one television decides nothing."""
    return np.minimum(past.spend_minor, np.quantile(past.spend_minor[past.bought], CAP))


def _rates(train: Ints, test: Ints, values: Floats) -> Floats:
    """The mean of each group, drawn a little to that of all."""
    most = int(max(train.max(), test.max())) + 1
    count = np.bincount(train, minlength=most)
    total = np.bincount(train, weights=values, minlength=most)
    means: Floats = (total + PRIOR * values.mean()) / (count + PRIOR)
    return means[test]


def _terms(points: Floats, settled: Flags) -> Floats:
    """Both scores, their squares and product, and being no newcomer, who has no scores."""
    x, y = np.where(settled, points[:, 0], 0.0), np.where(settled, points[:, 1], 0.0)
    return np.column_stack([x, y, x * x, y * y, x * y, settled.astype(np.float64)])


def _regressed(train: Floats, test: Floats, bought: Floats, spend: Floats) -> tuple[Floats, Floats]:
    chance = LogisticRegression(C=1.0, max_iter=1_000).fit(train, bought > 0)
    return (
        np.asarray(chance.predict_proba(test)[:, 1], dtype=np.float64),
        np.asarray(Ridge(1.0).fit(train, spend).predict(test), dtype=np.float64),
    )


def _summed(
    columns: ShopperColumns,
    past: Past | None,
    told: Mapping[str, _Told],
    forms: Mapping[str, dict[str, Measure]],
    shapes: Mapping[str, Shape],
    seconds: Mapping[str, float],
    seed: int,
) -> Compared:
    losses = {name: _losses(past.bought, one.chance) for name, one in told.items()} if past else {}
    models = []
    for name in SEGMENTATIONS:
        metrics = dict(forms.get(name, {}))
        if past is not None:
            metrics |= _worth(past, told[name], told["one_rate"], losses[name])
        note = "" if name not in shapes or shapes[name].is_fit else _NO_K
        models.append(Scored(name, metrics, seconds.get(name, 0.0), None, note))
    gains = {
        name: Gain("one_rate", {"log_loss": _mean(losses["one_rate"] - loss)})
        for name, loss in losses.items()
        if name != "one_rate"
    }
    gates = {
        name: Gain("scores", {"log_loss": _mean(losses["scores"] - losses[name])})
        for name in ("grid", "scores_and_grid")
        if losses
    }
    verdict = _verdict(gates, losses)
    rows = len(past.bought) if past else len(columns)
    evaluation = Evaluation(
        f"{FOLDS} folds over shoppers", (seed,), rows, "one_rate", tuple(models), gains, verdict
    )
    return Compared(evaluation, gates, verdict, ())


_NO_K = "no k from 3 to 8 was stable with every cluster at 5 % or more; the largest silhouette is shown"


def _losses(bought: Flags, chance: Floats) -> Floats:
    safe = np.clip(chance, SAFE, 1 - SAFE)
    return -np.log(np.where(bought, safe, 1 - safe))


def _worth(past: Past, told: _Told, rate: _Told, losses: Floats) -> dict[str, Measure]:
    return {
        "log_loss": _mean(losses),
        "buys_explained": _explained(past.bought.astype(np.float64), told.chance, rate.chance),
        "spend_explained": _explained(_capped(past), told.spend, rate.spend),
    }


def _explained(true: Floats, said: Floats, mean: Floats) -> Measure:
    """Share of the squared error of the mean that is gone; the interval is that of the paired differences."""
    whole = float(((true - mean) ** 2).mean())
    found = _mean((true - mean) ** 2 - (true - said) ** 2)
    return Measure(*(None if part is None else part / whole for part in (found.value, found.low, found.high)))  # type: ignore[arg-type]


def _mean(values: Floats) -> Measure:
    mean, half = float(values.mean()), Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return Measure(mean, mean - half, mean + half)


def standard_error(measure: Measure) -> float:
    """Of a mean with its interval."""
    return 0.0 if measure.low is None else (measure.value - measure.low) / Z


def passes(gain: Gain) -> bool:
    """Whether it is better by more than one standard error."""
    found = gain.metrics["log_loss"]
    return found.value > standard_error(found)


def _verdict(gates: Mapping[str, Gain], losses: Mapping[str, Floats]) -> str:
    if not gates:
        return (
            "There is not enough of a past yet to say what segments are worth: at least 20 shoppers who bought in "
            "the last 30 days, and 20 who did not, must have been known before."
        )
    parts = []
    for name, words in (("scores_and_grid", "Beside both scores"), ("grid", "In place of both scores")):
        gain = gates[name].metrics["log_loss"]
        parts.append(
            f"{words}, segments change the held-out log-loss by {gain.value:+.5f} "
            f"(standard error {standard_error(gain):.5f}; above 0 is better)."
        )
    earned = any(passes(gain) for gain in gates.values())
    end = (
        "That is more than one standard error: they earn a place in a model."
        if earned
        else "Neither is better by more than one standard error: segments are words for people, "
        "and the scores serve models."
    )
    own = float(losses["grid"].mean())
    beaten = [
        SEGMENTATIONS[name]
        for name in ("joint", "autoencoder", "terciles")
        if passes(Gain("grid", {"log_loss": _mean(losses["grid"] - losses[name])}))
        and float(losses[name].mean()) < own
    ]
    better = f" Better than the grid by more than one standard error: {', '.join(beaten)}." if beaten else ""
    return " ".join([*parts, end]) + better
