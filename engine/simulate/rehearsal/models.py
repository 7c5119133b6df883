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
from engine.simulate.rehearsal.branches import ARMS, Points


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
    """By arm from 1 on: the expected gain over no coupon; and the expected cost, by the share of `cost_parts`."""

    gains: tuple[lgb.Booster, ...]
    cost: lgb.Booster
    cost_parts: tuple[float, ...]  # (A,) what an arm costs, as a share of the middle one; 0 in arm 0
    columns: int  # of the input

    def amounts(self, features: Floats) -> tuple[Floats, Floats]:
        """(n, A) gains and (n, A) costs in the smallest unit; 0 in arm 0."""
        own = features[:, : self.columns]
        gains = np.stack([np.zeros(len(features)), *(predict(model, own) for model in self.gains)], axis=1)
        cost = np.maximum(predict(self.cost, own), 0.0)
        return gains, cost[:, None] * np.array(self.cost_parts)

    def score_all(self, features: Floats) -> list[Scores]:
        """Gains and liabilities of each row of (n, columns) and anything beyond it."""
        gains, costs = self.amounts(features)
        return [
            Scores(gains=tuple(g), liabilities=tuple(c))
            for g, c in zip(gains.tolist(), costs.tolist(), strict=True)
        ]


def fit_gains(points: Points, *, seed: int, latent: bool = False, forest: bool = False) -> GainModels:
    """A model of the gain for each arm and one of the cost; with `latent` the shopper's parameters are known.

    gate.LeakFound where a feature tells the gain. ValueError where no coupon was redeemed.
    """
    inputs = wide(points) if latent else points.features.astype(np.float64)
    net, cost = points.net_minor, points.cost_minor
    if not cost[:, MIDDLE].any():
        raise ValueError("Not one coupon was redeemed.")
    if not latent:  # the latent yardstick is one because it knows more
        for arm in range(1, ARMS):
            check_columns(FEATURES, points.features, net[:, arm] - net[:, 0])
    gains = tuple(
        fit(inputs, net[:, arm] - net[:, 0], seed=seed + arm, chance=False, forest=forest)
        for arm in range(1, ARMS)
    )
    parts = cost.sum(axis=0) / cost[:, MIDDLE].sum()
    return GainModels(
        gains, fit(inputs, cost[:, MIDDLE], seed=seed, chance=False), tuple(parts.tolist()), inputs.shape[1]
    )


MIDDLE = 2  # the arm whose cost is learned; the others cost in proportion


def wide(points: Points) -> Floats:
    """(n, features + latents): what the latent yardstick sees."""
    return np.hstack([points.features.astype(np.float64), points.latents])


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
