"""The learners of the simulated mall: what they answer does not hang on what they may not know."""

from dataclasses import fields, replace

import numpy as np
import pytest

from engine.contracts import Terms
from engine.features import FEATURES
from engine.simulate import history
from engine.simulate.gate import LeakFound
from engine.simulate.mall import days
from engine.simulate.mall.columns import DecisionColumns
from engine.simulate.mall.days import WorldSettings
from engine.simulate.rehearsal import branches
from engine.simulate.rehearsal import models as learned

ARM = 2


@pytest.fixture(scope="module")
def slice_():
    mall = days.open_mall(WorldSettings(shoppers=4_000, days=3, seed=61))
    watch = history.Legacy(mall, random_share=1.0, arms=(0, ARM))
    parts = [watch.decisions(ends) for _, ends, _ in days.run(mall, watch=watch)]
    names = [field.name for field in fields(DecisionColumns)]
    return DecisionColumns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@pytest.fixture(scope="module")
def points():
    steps = branches.collect(WorldSettings(shoppers=1_500, days=3, seed=62), terms=Terms(), most=300)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def wide(points, rng):
    latents = rng.normal(size=points.latents.shape)
    return np.hstack([points.features.astype(np.float64), latents])


def test_chances_do_not_hang_on_latents(slice_, points):
    models = learned.fit_chances(slice_, arm=ARM, seed=1)

    one, other = (models.score_all(wide(points, np.random.default_rng(seed))) for seed in (1, 2))

    assert one == other
    assert len({score.risk for score in one}) > 10


def test_gains_hang_on_latents_in_the_latent_yardstick_alone(points):
    rng = np.random.default_rng(3)
    other = replace(points, latents=rng.permutation(points.latents))
    for latent in (False, True):
        said = [
            learned.fit_gains(part, seed=1, latent=latent).amounts(learned.wide(points))[0].tobytes()
            for part in (points, other)
        ]
        assert (said[0] == said[1]) is not latent


@pytest.mark.parametrize("name", ["shopper", "visit", "at_ms", "propensity_ppm", "value_minor", "cost_minor"])
def test_chances_do_not_hang_on_ids_or_amounts(slice_, points, name):
    """The same fit with another column in its place: it is not read."""
    other = replace(slice_, **{name: np.random.default_rng(4).permutation(getattr(slice_, name))})
    inputs = points.features.astype(np.float64)

    assert learned.fit_chances(slice_, arm=ARM, seed=1).score_all(inputs) == learned.fit_chances(
        other, arm=ARM, seed=1
    ).score_all(inputs)


def test_a_label_among_the_features_is_refused_by_the_learner(slice_):
    planted = slice_.features.copy()
    planted[:, FEATURES.index("searches")] = slice_.bought

    with pytest.raises(LeakFound, match="searches"):
        learned.fit_chances(replace(slice_, features=planted), arm=ARM, seed=1)


def test_a_gain_among_the_features_is_refused_by_the_learner(points):
    planted = points.features.astype(np.float64)
    planted[:, FEATURES.index("searches")] = points.net_minor[:, 1] - points.net_minor[:, 0]

    with pytest.raises(LeakFound, match="searches"):
        learned.fit_gains(replace(points, features=planted), seed=1)
