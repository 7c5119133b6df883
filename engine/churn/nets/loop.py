"""How a net is trained: one prefix of each visit an epoch, early stop, and a checkpoint that goes on as if unbroken."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from math import cos, pi

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.churn.nets import rows as batching
from engine.churn.nets.checkpoint import Course, again, kept
from engine.churn.nets.fitted import FittedNet, losses_of
from engine.churn.nets.layers import Net, Sizes
from engine.churn.nets.rows import Ints, Rows
from engine.churn.windows import Windows
from engine.contracts import Progress

RATE, WEIGHT_DECAY, CLIP = 3e-3, 1e-4, 1.0
"""Of learning: the rate of the first batch, which falls to 0 along half a wave; the pull of weights to 0; the
longest gradient."""

AVERAGED = 0.99
"""The net that is kept is the running mean of those after each batch; the newest has one hundredth."""

LEAVES, NEXT = 0.3, 0.2
"""Weights of the tasks beside: leaving within a minute, and the next category. A net may have more of its own."""

PATIENCE = 3
_TOLD_EVERY = 20  # batches

Fit = Generator[Progress, None, FittedNet]


def fit(
    name: str,
    make: Callable[[Sizes], Net],
    train: Windows,
    valid: Windows,
    *,
    seed: int,
    epochs: int,
    clock: Callable[[], float],
    state: bytes | None = None,
) -> Fit:
    """What `nets.fit_cnn` says, for any net that `make` makes."""
    if not len(train.visit):
        raise ValueError("There is no visit to learn from.")
    learnt, asked = Rows(train), Rows(valid)
    with _quiet():
        course = _begin(make, train, learnt, seed)
        if state is not None:
            again(course, state, name=name)
    while course.epoch < epochs and course.patience < PATIENCE:
        started = clock()
        yield from _epoch(course, learnt, name=name, seed=seed, epochs=epochs)
        with _quiet():
            course.judge(_validated(course, asked))
        course.seconds += clock() - started
        yield Progress(name, course.epoch, epochs, kept(course, name=name))
    course.take_best()
    return FittedNet(name, course.net, train.words, course.seconds, course.best_epoch)


@contextmanager
def _quiet() -> Iterator[None]:
    """One thread and no operation whose order of sums is left to chance; as it was before, afterwards."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)


def _begin(make: Callable[[Sizes], Net], train: Windows, learnt: Rows, seed: int) -> Course:
    """The net before its first epoch; the weights are drawn apart from any other draw of this process."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = make(Sizes(len(train.words.categories), len(train.words.segments)))
    net.aggregates.learn_scale(learnt.logs)
    net.heads.start_at(float(np.average(learnt.churned, weights=learnt.weight)))
    return Course(net, torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY))


def _epoch(
    course: Course, learnt: Rows, *, name: str, seed: int, epochs: int
) -> Generator[Progress, None, None]:
    """One prefix of each visit. What is drawn depends on the seed and the epoch alone."""
    chance = np.random.Generator(np.random.PCG64([seed, course.epoch]))
    dropped = torch.Generator().manual_seed(int(chance.integers(2**62)))
    chosen = batching.one_of_each_visit(learnt.visit, chance)
    todo = batching.batches(chosen, learnt.length, chance)
    for number, rows in enumerate(todo):
        come = (course.epoch + number / len(todo)) / epochs
        with _quiet():
            _turn_down(course, come)
            _learn(course, learnt, rows, dropped)
        if number % _TOLD_EVERY == _TOLD_EVERY - 1:
            yield Progress(f"{name}, batch {number + 1} of {len(todo)}", course.epoch, epochs)


def _turn_down(course: Course, come: float) -> None:
    for group in course.optimiser.param_groups:
        group["lr"] = RATE * 0.5 * (1.0 + cos(pi * come))


def _learn(course: Course, learnt: Rows, rows: Ints, dropped: torch.Generator) -> None:
    course.optimiser.zero_grad()
    loss = _loss(course.net, learnt, rows, dropped)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(course.net.parameters(), CLIP)
    course.optimiser.step()
    course.average(AVERAGED)


def _loss(net: Net, learnt: Rows, rows: Ints, dropped: torch.Generator) -> Tensor:
    """BCE(churn) + LEAVES BCE(leaves within a minute) + NEXT CE(next category), each where it is known."""
    batch = learnt.batch(rows)
    churn, leaves, following = net(batch, dropped)
    weight = torch.from_numpy(learnt.weight[rows] * learnt.drawn_for[rows])
    left, category = torch.from_numpy(learnt.leaves[rows]), torch.from_numpy(learnt.next_category[rows])
    bce = functional.binary_cross_entropy_with_logits
    loss = _mean(bce(churn, torch.from_numpy(learnt.churned[rows]), reduction="none"), weight)
    loss = loss + LEAVES * _mean(bce(leaves, left.clamp(min=0.0), reduction="none"), weight * (left >= 0))
    known = (category > 0) & (category < following.shape[1])
    crossed = functional.cross_entropy(following, torch.where(known, category, 0), reduction="none")
    loss = loss + NEXT * _mean(crossed, weight * known)
    return loss + net.beside(batch)


def _mean(losses: Tensor, weight: Tensor) -> Tensor:
    return (losses * weight).sum() / weight.sum().clamp(min=1e-9)


def _validated(course: Course, asked: Rows) -> float | None:
    """The log-loss of the averaged net on the rows to ask, None where there are none."""
    if not len(asked):
        return None
    with course.averaged():
        losses = losses_of(course.net, asked)
    return float(np.average(losses, weights=asked.weight)) if asked.weight.sum() else None
