"""A table of 4,096 slots gives each outcome its share, to the slot."""

import numpy as np
import pytest

from engine.simulate.chance.tables import SLOTS, Choices
from engine.simulate.mall import laws

ALL = {
    "starts": laws.STARTS, "moves": laws.MOVES, "clicks": laws.click_weights(), "gaps": laws.gap_weights(),
    "quantities": laws.QUANTITY, "types": np.array(laws.TYPE_SHARES), "levels": laws.LEVEL_SHARES,
    "thirds": np.ones(3), "crowded": np.array([1.0, *[1e-9] * 9]), "sure": np.array([0.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_slots_are_shares_to_the_slot(name):
    weights = ALL[name]
    rows = weights.reshape(-1, weights.shape[-1])
    choices = Choices(weights)
    counts = (choices.chances * SLOTS).reshape(rows.shape)
    exact = rows / rows.sum(axis=1, keepdims=True) * SLOTS

    assert choices.chances.shape == weights.shape
    assert (counts == np.rint(counts)).all()
    assert (counts.sum(axis=1) == SLOTS).all()
    assert ((counts > 0) == (rows > 0)).all()
    scarce = ((exact > 0) & (exact < 1)).sum(axis=1, keepdims=True)  # each keeps a slot that others pay
    assert (np.abs(counts - exact) <= 1 + scarce).all()


@pytest.mark.parametrize("name", ALL)
def test_every_slot_is_picked_as_its_chance_says(name):
    weights = ALL[name]
    choices = Choices(weights)
    slots = np.arange(SLOTS)
    for row, chances in enumerate(choices.chances.reshape(-1, weights.shape[-1])):
        picked = choices.pick(np.full(SLOTS, row), slots)

        assert np.bincount(picked, minlength=len(chances)).tolist() == (chances * SLOTS).tolist()
