"""P(purchase later in the visit | what was observed), with its error: the yardstick of models of purchase."""

from dataclasses import dataclass, fields

import numpy as np

from engine.simulate.bayes import chain as chains
from engine.simulate.bayes import population
from engine.simulate.bayes.chain import Chain
from engine.simulate.bayes.forward import Known, forward
from engine.simulate.bayes.observations import NONE, Observations
from engine.simulate.bayes.population import Lives
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall import laws
from engine.simulate.mall.days import DAY_SLOTS

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
    lives: Lives | None = None,
    draws: int = 2_000,
    seed: int = 0,
    is_running: bool = True,
) -> BayesAnswer:
    """The chance that each visit ends in a purchase after its click number `at`.

    `at`: 1 to laws.MAX_STEPS, one number or (n,) of them; what `seen` holds of later clicks is not read.
    `past`: visits among which the earlier ones of each shopper are found (same shopper, lower number of the
    visit): the answer with history. All visits of a run will do, and it needs all earlier ones.
    `lives`: of draws in a run like this one: the answer to who knows the day and the visit alone, not what the
    shopper bought before; `seen.carried` is not read, `draws` and `seed` are those of the lives.
    With neither, `seen.carried` is known and the population is the prior.
    `draws`, `seed`: of the sample of latents; equal ones give equal answers.
    `is_running`: the visit is known to go on after that click. Otherwise, as a policy stands, the click was
    seen and it is not known whether she buys or leaves there; a purchase there counts as later.

    Raises ValueError for an `at` out of range or beyond what was noted, for a visit that had no such click or
    (`is_running`) ended with it, for a past not noted to its end, for fewer than 2 draws, for `past` together
    with `lives`, for a day after the lives' last, and for clicks that the laws of the mall do not allow.
    Sources: Rabiner 1989, Särkkä 2013 (recursions); Geweke 1989, Kong 1992 (error, effective draws).
    """
    clicks = _checked(seen, at, is_running)
    if past is not None and lives is not None:
        raise ValueError("The past of a shopper is known or it is not: give `past` or `lives`.")
    prior = _unknown(seen, lives) if lives is not None else _known(seen, draws, seed)
    history = _History(prior.chain, past) if past is not None else None
    values = _Values(prior, clicks, is_running)
    answer = BayesAnswer(*(np.empty(len(seen)) for _ in fields(BayesAnswer)))
    order = np.lexsort((clicks, prior.key))  # visits of one key stand together: one backward recursion
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        visits, key = seen.take(rows), prior.key[rows]
        known = Known.RUNNING if is_running else Known.NOTHING
        phases, log_weight = forward(prior.chain, visits, clicks[rows], known, carried=prior.carried[key])
        log_weight += prior.log_weight[key]
        if history is not None:
            log_weight += history.of(visits)
        later = values.of(visits, key, clicks[rows])
        found = _averaged(prior.chain, visits, phases, log_weight, later)
        answer.chance[rows], answer.standard_error[rows], answer.effective_draws[rows] = found
    return answer


@dataclass(frozen=True, slots=True)
class _Prior:
    """What is known of the shoppers before their visits. Visits with the same key (0 to G - 1) share it."""

    chain: Chain
    key: Ints  # (n,)
    carried: Floats  # (G, 1) where it is known, else (G, D)
    log_weight: Floats  # (G, D)


def _known(seen: Observations, draws: int, seed: int) -> _Prior:
    if draws < FEWEST_DRAWS:
        raise ValueError(f"The Bayes filter needs at least {FEWEST_DRAWS} draws, not {draws}.")
    chain = chains.make(population.draw(draws, seed=seed))
    carried, key = np.unique(seen.carried, return_inverse=True)
    weight = np.broadcast_to(chain.log_shares, (len(carried), draws))
    return _Prior(chain, key, carried[:, None], weight)


def _unknown(seen: Observations, lives: Lives) -> _Prior:
    """By day: the draws' own purchases stand for the shopper's, and who comes often is met more often."""
    day = seen.visit % DAY_SLOTS
    if (day >= len(lives.carried)).any():
        raise ValueError(f"The lives have {len(lives.carried)} days; a visit is of a later one.")
    chain = chains.make(lives.who)
    return _Prior(
        chain, day, lives.carried[:, chain.order], lives.log_rate[:, chain.order] + chain.log_shares
    )


def _checked(seen: Observations, at: int | Ints, is_running: bool) -> Ints:
    """The number of clicks to read of each visit."""
    clicks = np.broadcast_to(np.asarray(at, dtype=np.int64), len(seen)).copy()
    if ((clicks < 1) | (clicks > laws.MAX_STEPS)).any():
        raise ValueError(f"A click has a number from 1 to {laws.MAX_STEPS}.")
    if (clicks > seen.kind.shape[1]).any():
        raise ValueError(f"Of these visits {seen.kind.shape[1]} clicks were noted, not {clicks.max()}.")
    over = seen.clicks <= clicks if is_running else seen.clicks < clicks
    if over.any():
        row = int(np.argmax(over))
        raise ValueError(
            f"Visit {seen.visit[row]} is over at click {clicks[row]}: it had {seen.clicks[row]}."
        )
    return clicks


class _Values:
    """What the backward recursion says; the recursion of the last key is kept."""

    def __init__(self, prior: _Prior, clicks: Ints, is_running: bool) -> None:
        self._prior, self._is_running = prior, is_running
        self._clicks = frozenset(clicks.tolist())
        self._key = NONE
        self._found: dict[int, Floats] = {}

    def of(self, visits: Observations, keys: Ints, clicks: Ints) -> Floats:
        """(n, P, D): the chance to buy after those clicks, given phase and draw."""
        chain = self._prior.chain
        later = np.empty((len(visits), laws.PHASES, chain.draws))
        for row, (key, number) in enumerate(zip(keys.tolist(), clicks.tolist(), strict=True)):
            if key != self._key:
                carried = self._prior.carried[key]
                self._found = chains.values(chain, self._clicks, carried=carried, is_running=self._is_running)
                self._key = key
            later[row] = self._found[number][visits.lines[row, number - 1]]
        return later


class _History:
    """How likely each draw makes the earlier visits of a shopper."""

    def __init__(self, chain: Chain, past: Observations) -> None:
        if (past.clicks > past.kind.shape[1]).any():
            raise ValueError("Of earlier visits every click must have been noted.")
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
