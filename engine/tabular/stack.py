"""Chances of rows that a model has not learnt, and members joined by weights that are learnt from such chances."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from engine.tabular.columns import Floats, Ints, Table
from engine.tabular.learners import Learner
from engine.tabular.splits import Split

Clock = Callable[[], float]
EDGE = 1e-5
"""Chances are held this far from 0 and 1."""
_PULL = 1.0  # on the squares of the weights, as one row in the sum


@dataclass(frozen=True, slots=True)
class Answer:
    """`held`: chances of the training rows, each by a model that has not learnt it; `asked`: of the test rows, by a
    model that has learnt all training rows; `seconds`: of that fit."""

    held: Floats
    asked: Floats
    seconds: float


def ask(
    learner: Learner, train: Table, test: Table, *, folds: Sequence[Split], seed: int, clock: Clock
) -> Generator[None, None, Answer]:
    """Steps, one a fit, whose result is what the learner says. Everything it learns, it learns inside a fold."""
    held = np.zeros(len(train))
    for fold in folds:
        held[fold.test] = learner.fit(train.take(fold.train), seed=seed)(train.take(fold.test))
        yield
    begun = clock()
    predict = learner.fit(train, seed=seed)
    seconds = clock() - begun
    yield
    return Answer(held, predict(test), seconds)


def join(answers: Mapping[str, Answer], labels: Ints) -> tuple[Answer, dict[str, float]]:
    """The stack of these members, and the weight of each. `labels` are those of the training rows."""
    held = np.column_stack([logit(answer.held) for answer in answers.values()])
    asked = np.column_stack([logit(answer.asked) for answer in answers.values()])
    weights, shift = _weights(held, labels)
    joined = Answer(
        chance(held @ weights + shift),
        chance(asked @ weights + shift),
        sum(answer.seconds for answer in answers.values()),
    )
    return joined, dict(zip(answers, weights.tolist(), strict=True))


def logit(chances: Floats) -> Floats:
    """Log-odds, of chances held EDGE away from 0 and 1."""
    held = np.clip(chances, EDGE, 1.0 - EDGE)
    return np.asarray(np.log(held / (1.0 - held)))


def chance(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _weights(logits: Floats, labels: Ints) -> tuple[Floats, float]:
    """Weights of 0 and more, (members,), and a shift, of the least log-loss."""
    rows, members = logits.shape

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, total = point[:-1], logits @ point[:-1] + point[-1]
        off = chance(total) - labels
        value = float(np.mean(np.logaddexp(0.0, total) - labels * total))
        slope = np.append(logits.T @ off / rows + _PULL * weights / rows, off.mean())
        return value + _PULL * float(weights @ weights) / (2 * rows), slope

    begin = np.append(np.full(members, 1.0 / members), 0.0)
    bounds = [(0.0, None)] * members + [(None, None)]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.asarray(found[:-1]), float(found[-1])
