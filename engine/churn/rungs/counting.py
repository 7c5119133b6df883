"""b0 and b1: what can be learnt by counting."""

import json

import numpy as np
from numpy.typing import NDArray

from engine.churn.answers import scorers
from engine.churn.answers.inputs import ACTIONS
from engine.churn.answers.scorers import LONGEST, ORDER, SEGMENT, Chain, Rates
from engine.churn.regressions import ridge_logit
from engine.churn.rungs.fitted import Plain, longest
from engine.churn.windows import Windows

Floats = NDArray[np.float64]
SHRINKS, ACTIONS_WORTH = 50.0, 5.0


def rates(train: Windows) -> Plain:
    """b0: purchases by segment and step, shrunk to the step's rate and that to the overall one."""
    segments = len(train.words.segments) + 1
    row = train.aggregates[:, SEGMENT] + 1
    step = np.clip(train.aggregates[:, 0], 1, LONGEST) - 1
    place = row * LONGEST + step
    weight = train.weight.astype(np.float64)
    size = np.bincount(place, weight, segments * LONGEST).reshape(segments, LONGEST)
    bought = np.bincount(place, weight * train.bought, segments * LONGEST).reshape(segments, LONGEST)
    overall = bought.sum() / size.sum()
    by_step = (bought.sum(axis=0) + SHRINKS * overall) / (size.sum(axis=0) + SHRINKS)
    table = (bought + SHRINKS * by_step) / (size + SHRINKS)
    kept = {"b0.json": json.dumps({"table": table.tolist()}).encode()}
    return Plain("b0", Rates(table), kept)


def chain(train: Windows, valid: Windows) -> Plain:
    """b1: two interpolated Markov chains of order ORDER; which of them made these actions?

    How much their log-odds are worth is learnt on `valid`: on visits that were counted they say too much.
    """
    whole = train.take(longest(train))
    codes, here = scorers.grams(whole.steps), whole.steps[:, :, 0] > 0
    logs = []
    for label in (1, 0):
        rows = whole.bought == label
        weight = np.broadcast_to(whole.weight[rows][:, None], codes[rows].shape)[here[rows]]
        logs.append(_log_chances(codes[rows][here[rows]], weight.astype(np.float64)))
    odds = (logs[0] - logs[1]).astype("<f4")
    design = scorers.chain_columns(valid.aggregates, valid.steps, odds)
    line = ridge_logit(
        design,
        valid.bought.astype(np.float64),
        valid.weight.astype(np.float64),
        towards=np.zeros(3),
        strength=1.0,
    )
    kept = {"b1.json": json.dumps({"line": line.tolist()}).encode(), "b1.odds": odds.tobytes()}
    return Plain("b1", Chain(odds, line), kept)


def _log_chances(codes: NDArray[np.int64], weight: Floats) -> Floats:
    """(ACTIONS ** (ORDER + 1),) log P(action | the ORDER before it), each order shrunk to the next shorter one."""
    chance = np.full((1, ACTIONS), 1.0 / ACTIONS)
    for order in range(ORDER + 1):
        size = ACTIONS ** (order + 1)
        counts = np.bincount(codes % size, weight, size).reshape(-1, ACTIONS)
        prior = np.tile(chance, (len(counts) // len(chance), 1))  # without the oldest action
        chance = (counts + ACTIONS_WORTH * prior) / (counts.sum(axis=1, keepdims=True) + ACTIONS_WORTH)
    found: Floats = np.log(chance.ravel())
    return found
