"""From what the models said on every split to the table, its paired gains and its verdict."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.contracts import Evaluation, Gain, Measure, Progress, Scored
from engine.tabular.contest import BASELINE, RIVAL, STACK, Lineup, Round, Said
from engine.tabular.figures import FIGURES, Shares, better_by, by_drawing, figures, over_splits

DRAWS = 400
PAIRED = ("roc_auc", "average_precision", "brier", "log_loss", "ece", "calibration_slope")
WINS = ("roc_auc", "average_precision", "brier", "log_loss")
OVERLAP = (
    "Intervals over splits: the splits share rows, so the variance is corrected (Nadeau and Bengio 2003) and the "
    "intervals are of the mean over splits."
)
DRAWN = "Intervals of one test part: its rows drawn anew {draws} times, the same rows for every model."


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report says about the run itself."""

    split: str
    seeds: tuple[int, ...]
    rows: int
    notes: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    rivals: tuple[str, ...] = (RIVAL,)  # the stack is held against each, everybody against the first


def build(
    rounds: Sequence[Round], lineup: Lineup, frame: Frame, *, seed: int
) -> Generator[Progress, None, Evaluation]:
    """The evaluation of these rounds: intervals over the splits, or by drawing rows anew where there is one."""
    found = yield from (_drawn(rounds[0], lineup, seed) if len(rounds) == 1 else _spread(rounds, lineup))
    models = tuple(
        Scored(
            name,
            {
                figure: found.measure(name, figure)
                for figure in FIGURES
                if np.isfinite(found.value(name, figure))
            },
            fit_seconds=float(np.mean([one.said[name].seconds for one in rounds])),
            note=_note(name, lineup, rounds),
        )
        for name in lineup.names
    )
    gains = {name: _gain(found, name, frame.rivals[0]) for name in lineup.names if name != frame.rivals[0]}
    gains |= {f"{STACK}_over_{rival}": _gain(found, STACK, rival) for rival in frame.rivals[1:]}
    how = DRAWN.format(draws=DRAWS) if len(rounds) == 1 else OVERLAP
    return Evaluation(
        split=frame.split,
        seeds=frame.seeds,
        rows=frame.rows,
        baseline=BASELINE,
        models=models,
        paired_gain=gains,
        verdict=_verdict(found, frame, gains),
        notes=(*frame.notes, how),
        protocol={**frame.protocol, "test_rows": int(len(rounds[0].labels)), "splits": len(rounds)},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """Figures by model: of every split, or of the one split and of its rows drawn anew."""

    whole: Sequence[Mapping[str, Mapping[str, float]]]  # by split
    drawn: Sequence[Mapping[str, Mapping[str, float]]]  # by draw; empty where there are several splits
    shares: Shares

    def value(self, name: str, figure: str) -> float:
        return float(np.mean([one[name][figure] for one in self.whole]))

    def measure(self, name: str, figure: str) -> Measure:
        if self.drawn:
            return by_drawing(self.whole[0][name][figure], [one[name][figure] for one in self.drawn])
        return over_splits([one[name][figure] for one in self.whole], self.shares)

    def gains(self, ours: str, theirs: str, figure: str) -> tuple[Measure, int]:
        """The paired difference, and in how many splits it is above 0."""
        whole = [better_by(one[ours], one[theirs])[figure] for one in self.whole]
        wins = sum(gain > 0 for gain in whole)
        if self.drawn:
            drawn = [better_by(one[ours], one[theirs])[figure] for one in self.drawn]
            return by_drawing(whole[0], drawn), wins
        return over_splits(whole, self.shares), wins


def _spread(rounds: Sequence[Round], lineup: Lineup) -> Generator[Progress, None, _Found]:
    whole = []
    for done, one in enumerate(rounds):
        yield Progress("Measuring", done, len(rounds))
        whole.append(_figures(one.labels, one.said, lineup.names))
    return _Found(whole, [], Shares(rounds[0].train_rows, len(rounds[0].labels)))


def _drawn(one: Round, lineup: Lineup, seed: int) -> Generator[Progress, None, _Found]:
    rng, labels, drawn = np.random.default_rng(seed), one.labels, []
    for done in range(DRAWS):
        if done % 10 == 0:
            yield Progress("Drawing test rows anew", done, DRAWS)
        rows = rng.integers(0, len(labels), len(labels))
        if len(np.unique(labels[rows])) == 2:
            drawn.append(_figures(labels[rows], one.said, lineup.names, rows))
    return _Found([_figures(labels, one.said, lineup.names)], drawn, Shares(one.train_rows, len(labels)))


def _figures(
    labels: Any, said: Mapping[str, Said], names: Iterable[str], rows: Any = slice(None)
) -> dict[str, dict[str, float]]:
    return {name: figures(labels, said[name].chances[rows], said[name].threshold) for name in names}


def _gain(found: _Found, name: str, rival: str) -> Gain:
    metrics: dict[str, Measure] = {}
    for figure in PAIRED:
        gain, wins = found.gains(name, rival, figure)
        if np.isfinite(gain.value):
            metrics[figure] = gain
        if figure in WINS and not found.drawn:
            metrics[f"{figure}_wins"] = Measure(float(wins))
    return Gain(rival, metrics)


def _note(name: str, lineup: Lineup, rounds: Sequence[Round]) -> str:
    if name in lineup.members:
        return f"member of the stack, weight {np.mean([one.weights[name] for one in rounds]):.2f}"
    return "" if name != STACK else "joins the members by weights learnt on out-of-fold chances"


def _verdict(found: _Found, frame: Frame, gains: Mapping[str, Gain]) -> str:
    auc = found.measure(STACK, "roc_auc")
    if auc.low is None or auc.low <= 0.5:
        return f"No signal: the ROC-AUC of the stack is {_said(auc)}, which a coin would reach too."
    sentences = [f"The ROC-AUC of the stack is {_said(auc)}."]
    over = [gains[STACK], *(gains[f"{STACK}_over_{rival}"] for rival in frame.rivals[1:])]
    return " ".join([*sentences, *(_compared(gain, len(found.whole)) for gain in over)])


def _compared(gain: Gain, splits: int) -> str:
    parts = []
    for figure, words in (
        ("roc_auc", "ROC-AUC"),
        ("average_precision", "average precision"),
        ("brier", "Brier"),
    ):
        measure = gain.metrics[figure]
        wins = gain.metrics.get(f"{figure}_wins")
        counted = f", better in {wins.value:.0f} of {splits} splits" if wins else ""
        sure = "" if measure.low is not None and measure.low > 0 else ", not sure to be above 0"
        parts.append(f"{words} {_said(measure, signed=True)}{counted}{sure}")
    return f"Paired gain over {gain.against}: {'; '.join(parts)}."


def _said(measure: Measure, *, signed: bool = False) -> str:
    form = "+.4f" if signed else ".4f"
    if measure.low is None or measure.high is None:
        return f"{measure.value:{form}}"
    return f"{measure.value:{form}} [{measure.low:{form}}, {measure.high:{form}}]"
