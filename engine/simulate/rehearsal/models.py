"""What the rehearsed policies have learned: chances from a mall's random slice, gains from every arm's outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from engine.contracts import Scores, VisitState
from engine.features import FEATURES, vector
from engine.simulate.chance.draws import Floats
from engine.simulate.gate import check_columns
from engine.simulate.learn import fit, predict
from engine.simulate.mall.columns import DecisionColumns
from engine.simulate.rehearsal.branches import ARMS, LATENTS, Points


@dataclass(frozen=True, slots=True)
class ChanceModels:
    """Chances of a purchase from the random slice: untreated, and with the standard coupon (two models)."""

    untreated: lgb.Booster
    treated: lgb.Booster

    def score_all(self, features: Floats) -> list[Scores]:
        """Risk, propensity and uplift of each row of (n, len(FEATURES)) and anything beyond it."""
        own = features[:, : len(FEATURES)]
        bare, with_coupon = predict(self.untreated, own), predict(self.treated, own)
        return [
            Scores(risk=1.0 - p, propensity=p, uplift=q - p)
            for p, q in zip(bare.tolist(), with_coupon.tolist(), strict=True)
        ]


def fit_chances(decisions: DecisionColumns, *, arm: int, seed: int) -> ChanceModels:
    """Two models on the random slice: arm 0 and the standard arm. ValueError where one of them is too small,
    gate.LeakFound where a feature tells the purchase."""
    models = []
    for wanted in (0, arm):
        rows = decisions.is_random & (decisions.arm == wanted)
        bought = decisions.bought[rows].astype(np.float64)
        if not 0 < bought.sum() < len(bought):
            raise ValueError(f"Arm {wanted} of the random slice has no purchase, or nothing else.")
        check_columns(FEATURES, decisions.features[rows], bought)
        models.append(fit(decisions.features[rows], bought, seed=seed, chance=True))
    return ChanceModels(*models)


@dataclass(frozen=True, slots=True)
class GainModels:
    """By arm from 1 on: the expected gain over no coupon, and the expected cost. `columns` of the input."""

    gains: tuple[lgb.Booster, ...]
    costs: tuple[lgb.Booster, ...]
    columns: int

    def amounts(self, features: Floats) -> tuple[Floats, Floats]:
        """(n, A) gains and (n, A) costs in the smallest unit; 0 in arm 0."""
        own, nothing = features[:, : self.columns], np.zeros(len(features))
        gains = np.stack([nothing, *(predict(model, own) for model in self.gains)], axis=1)
        costs = np.stack([nothing, *(predict(model, own) for model in self.costs)], axis=1)
        return gains, np.maximum(costs, 0.0)

    def score_all(self, features: Floats) -> list[Scores]:
        gains, costs = self.amounts(features)
        return [
            Scores(gains=tuple(g), liabilities=tuple(c))
            for g, c in zip(gains.tolist(), costs.tolist(), strict=True)
        ]


def fit_gains(points: Points, *, seed: int, latent: bool = False, forest: bool = False) -> GainModels:
    """One model of the gain and one of the cost per arm; with `latent` the shopper's parameters are known.
    gate.LeakFound where a feature tells the gain."""
    inputs = wide(points) if latent else points.features.astype(np.float64)
    net = points.net_minor
    if not latent:  # the latent yardstick is one because it knows more
        for arm in range(1, ARMS):
            check_columns(FEATURES, points.features, net[:, arm] - net[:, 0])
    gains = [
        fit(inputs, net[:, arm] - net[:, 0], seed=seed + arm, chance=False, forest=forest)
        for arm in range(1, ARMS)
    ]
    costs = [
        fit(inputs, points.cost_minor[:, arm], seed=seed + arm, chance=False, forest=forest)
        for arm in range(1, ARMS)
    ]
    return GainModels(tuple(gains), tuple(costs), inputs.shape[1])


def wide(points: Points) -> Floats:
    """(n, features + latents): what the latent yardstick sees."""
    return np.hstack([points.features.astype(np.float64), points.latents])


WIDTH = len(FEATURES) + len(LATENTS)


class Ahead:
    """Scores of a batch, computed together and handed out one by one as `decide` asks (contracts.Models)."""

    def __init__(self, models: ChanceModels | GainModels) -> None:
        self._models = models
        self._scores: dict[str, Scores] = {}

    def prepare(self, states: Sequence[VisitState], latents: Floats) -> None:
        """Scores these states; `latents` (n, len(LATENTS)) are read by the latent yardstick alone."""
        features = np.array([vector(state) for state in states], dtype=np.float64)
        scores = self._models.score_all(np.hstack([features, latents]))
        self._scores = {state.visit_id: score for state, score in zip(states, scores, strict=True)}

    def score(self, state: VisitState) -> Scores:
        """KeyError for a state that was not prepared."""
        return self._scores[state.visit_id]
