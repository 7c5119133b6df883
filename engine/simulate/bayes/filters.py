"""P(purchase later in the visit | what was observed), with its error: the yardstick of models of purchase."""

from dataclasses import dataclass, fields

import numpy as np

from engine.simulate.bayes import chain as chains
from engine.simulate.bayes.chain import Chain
from engine.simulate.bayes.forward import Known, forward
from engine.simulate.bayes.observations import Observations
from engine.simulate.mall import laws
from engine.simulate.mall.draws import Floats, Ints

BATCH = 64  # visits at once: bounds the memory
FEWEST_DRAWS = 2
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class BayesAnswer:
    """Answers for n visits, in the order of the question."""

    chance: Floats  # (n,) of a purchase later in the visit, 0 to 1
    standard_error: Floats  # (n,) of `chance`, for the draws are finitely many
    effective_draws: Floats  # (n,) 1 to the number of draws: few say that few draws explain the visit

    def __len__(self) -> int:
        return len(self.chance)


def filter_at(
    seen: Observations,
    *,
    at: int | Ints,
    past: Observations | None = None,
    draws: int = 2_000,
    seed: int = 0,
    is_running: bool = True,
) -> BayesAnswer:
    """The chance that each visit ends in a purchase after its click number `at`.

    `at`: 1 to laws.MAX_STEPS, one number or (n,) of them; what `seen` holds of later clicks is not read.
    `past`: visits among which the earlier ones of each shopper are found (same shopper, lower number of the
    visit): the answer with history. All visits of a run will do. Without it the population is the prior.
    `draws`, `seed`: of the sample of latents; equal ones give equal answers.
    `is_running`: the visit is known to go on after that click. Otherwise, as a policy stands, the click was
    seen and it is not known whether she buys or leaves there; a purchase there counts as later.

    Raises ValueError for an `at` out of range, for a visit that had no such click or (`is_running`) ended with
    it, for fewer than 2 draws, and for clicks that the laws of the mall do not allow.
    Sources: Rabiner 1989, Särkkä 2013 (recursions); Geweke 1989, Kong 1992 (error, effective draws).
    """
    clicks = _checked(seen, at, draws, is_running)
    chain = chains.make(chains.prior(draws, seed=seed))
    history = _History(chain, past) if past is not None else None
    order = np.lexsort((clicks, seen.carried))  # visits of one offset stand together: one backward recursion
    values = _Values(chain, clicks, is_running)
    answer = BayesAnswer(*(np.empty(len(seen)) for _ in fields(BayesAnswer)))
    known = Known.RUNNING if is_running else Known.NOTHING
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        visits = seen.take(rows)
        phases, log_weight = forward(chain, visits, clicks[rows], known)
        log_weight += chain.log_shares
        if history is not None:
            log_weight += history.of(visits)
        later = values.of(visits, clicks[rows])
        found = _averaged(chain, visits, phases, log_weight, later)
        answer.chance[rows], answer.standard_error[rows], answer.effective_draws[rows] = found
    return answer


def _checked(seen: Observations, at: int | Ints, draws: int, is_running: bool) -> Ints:
    """The number of clicks to read of each visit."""
    if draws < FEWEST_DRAWS:
        raise ValueError(f"The Bayes filter needs at least {FEWEST_DRAWS} draws, not {draws}.")
    clicks = np.broadcast_to(np.asarray(at, dtype=np.int64), len(seen)).copy()
    if ((clicks < 1) | (clicks > laws.MAX_STEPS)).any():
        raise ValueError(f"A click has a number from 1 to {laws.MAX_STEPS}.")
    over = seen.clicks <= clicks if is_running else seen.clicks < clicks
    if over.any():
        row = int(np.argmax(over))
        raise ValueError(
            f"Visit {seen.visit[row]} is over at click {clicks[row]}: it had {seen.clicks[row]}."
        )
    return clicks


class _Values:
    """What the backward recursion says; the recursion of the last offset is kept."""

    def __init__(self, chain: Chain, clicks: Ints, is_running: bool) -> None:
        self._chain, self._is_running = chain, is_running
        self._clicks = frozenset(clicks.tolist())
        self._offset: float | None = None
        self._found: dict[int, Floats] = {}

    def of(self, visits: Observations, clicks: Ints) -> Floats:
        """(n, P, D): the chance to buy after those clicks, given phase and draw."""
        later = np.empty((len(visits), laws.PHASES, self._chain.draws))
        for row, (offset, number) in enumerate(zip(visits.carried.tolist(), clicks.tolist(), strict=True)):
            if offset != self._offset:
                self._found = chains.values(
                    self._chain, self._clicks, carried=offset, is_running=self._is_running
                )
                self._offset = offset
            later[row] = self._found[number][visits.lines[row, number - 1]]
        return later


class _History:
    """How likely each draw makes the earlier visits of a shopper."""

    def __init__(self, chain: Chain, past: Observations) -> None:
        self._chain = chain
        self._past = past.take(np.lexsort((past.visit, past.shopper)))

    def of(self, visits: Observations) -> Floats:
        """(n, D) logarithms of likelihoods, each up to a constant of the visit."""
        owner, earlier = self._before(visits)
        found = np.zeros((len(visits), self._chain.draws))
        for start in range(0, len(owner), BATCH):
            here = slice(start, start + BATCH)
            past = self._past.take(earlier[here])
            phases, logs = forward(self._chain, past, past.clicks, Known.END)
            with np.errstate(divide="ignore"):  # a draw that cannot have done so has the weight 0
                logs += np.log(phases.sum(axis=1))
            np.add.at(found, owner[here], logs)
        return found

    def _before(self, visits: Observations) -> tuple[Ints, Ints]:
        """Pairs of a row of `visits` and a row of the past that is of the same shopper and before it."""
        first = np.searchsorted(self._past.shopper, visits.shopper, side="left")
        last = np.searchsorted(self._past.shopper, visits.shopper, side="right")
        owner: list[int] = []
        earlier: list[int] = []
        for row, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            end = low + int(np.searchsorted(self._past.visit[low:high], visits.visit[row]))
            owner += [row] * (end - low)
            earlier += range(low, end)
        return np.array(owner, dtype=np.int64), np.array(earlier, dtype=np.int64)


def _averaged(
    chain: Chain, visits: Observations, phases: Floats, log_weight: Floats, later: Floats
) -> tuple[Floats, Floats, Floats]:
    """Chance, standard error and effective draws (n,) from (n, P, D), (n, D) and (n, P, D)."""
    likelihood = phases.sum(axis=1)
    with np.errstate(divide="ignore"):
        logs = np.log(likelihood) + log_weight
    greatest = logs.max(axis=1, keepdims=True)
    if not np.isfinite(greatest).all():
        visit = int(visits.visit[int(np.argmin(greatest))])
        raise ValueError(f"Visit {visit}: no draw can have done what it and those before it show.")
    weight = np.exp(logs - greatest)
    weight /= weight.sum(axis=1, keepdims=True)
    chance = (phases * later).sum(axis=1) / np.maximum(likelihood, _TINY)
    mean = (weight * chance).sum(axis=1)
    error = _error(chain, weight * (chance - mean[:, None]))
    return mean, error, 1.0 / (weight**2).sum(axis=1)


def _error(chain: Chain, part: Floats) -> Floats:
    """(n,) from each draw's part (n, D) in the deviation: the spread within the pairs, whose shares are known."""
    first, sizes = [block.start for block in chain.blocks], chain.sizes
    total = np.add.reduceat(part, first, axis=1)
    alone = np.maximum(sizes - 1, 1)
    centred = np.add.reduceat(part**2, first, axis=1) - np.where(sizes > 1, total**2 / sizes, 0.0)
    return np.sqrt(np.maximum(centred * sizes / alone, 0.0).sum(axis=1))
