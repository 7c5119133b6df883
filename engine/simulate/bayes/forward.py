"""The forward recursion: how likely each draw makes what was observed, and in which phase it leaves her."""

from enum import Enum

import numpy as np

from engine.simulate.bayes import chain as chains
from engine.simulate.bayes.chain import Chain
from engine.simulate.bayes.observations import NONE, Observations
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall import laws
from engine.simulate.mall.columns import Flags


class Known(Enum):
    """What is known of the end of the last click that is read."""

    RUNNING = "the visit goes on"
    NOTHING = "not drawn yet"
    END = "how the visit ended"


def forward(
    chain: Chain, seen: Observations, clicks: Ints, known: Known, *, carried: Floats | None = None
) -> tuple[Floats, Floats]:
    """Likelihoods of the first `clicks` (n,) clicks of n visits, each up to a factor of the visit.

    `carried`: (n, D) or (n, 1), instead of what the visits are known to carry.

    Returns (n, P, D), by the last phase and without price tiers, and (n, D), the logarithm of the tiers' part.
    Raises ValueError where no draw could have clicked so.
    """
    order = np.argsort(-clicks, kind="stable")
    found = np.empty((len(seen), laws.PHASES, chain.draws))
    factor = np.exp(seen.carried[:, None] if carried is None else carried)
    found[order] = _walked(chain, seen.take(order), clicks[order], known, factor=factor[order])
    return found, _log_tiers(chain, seen, clicks)


def _walked(chain: Chain, seen: Observations, clicks: Ints, known: Known, *, factor: Floats) -> Floats:
    """`found` of visits of which the longer ones stand first."""
    state = np.empty((len(seen), laws.PHASES, chain.draws))
    for step in range(int(clicks[0]) if len(clicks) else 0):
        on = int(np.count_nonzero(clicks > step))
        goes_on = (clicks[:on] > step + 1) | (known is Known.RUNNING)
        _click(chain, state[:on], _emissions(chain, seen, step, goes_on), step)
        filled = np.flatnonzero(goes_on & (seen.lines[:on, step] > 0))
        if len(filled):
            hazard = chain.buy[seen.lines[filled, step]] * factor[filled, None]
            state[filled] *= np.exp(-hazard)
    if known is Known.END:
        _end(chain, state, seen, clicks)
    return state


def _click(chain: Chain, state: Floats, emissions: Floats, step: int) -> None:
    """Moves the phases of (n, P, D) and weighs them with (n, B, P)."""
    for number, block in enumerate(chain.blocks):
        if step == 0:
            state[:, :, block] = (emissions[:, number] * chain.starts[number])[:, :, None]
        else:
            move = emissions[:, number, :, None] * chain.moves[number].T
            state[:, :, block] = move @ state[:, :, block]


def _emissions(chain: Chain, seen: Observations, step: int, goes_on: Flags) -> Floats:
    """(n, B, P): the chance of what is seen of a click, and of not leaving; its greatest is made 1."""
    on = len(goes_on)
    kind, lines = seen.kind[:on, step], seen.lines[:on, step]
    if step == 0:
        shape = (on, len(chain.blocks), laws.PHASES)
        found = np.broadcast_to(chain.landings[kind][:, None, None], shape)
    else:
        gap = np.where(kind == laws.IDLE, NONE, seen.gap[:on, step])
        phases = chain.gaps[gap] * chain.turns[seen.turn[:on, step]]
        found = chain.kinds[seen.lines[:on, step - 1], kind] * phases[:, None, :]
    stays = np.exp(-chain.leave[step, lines]).transpose(0, 2, 1)
    found = np.where(goes_on[:, None, None], found * stays, found)
    greatest = found.max(axis=(1, 2), keepdims=True)
    if not (greatest > 0.0).all():
        visit = int(seen.visit[int(np.argmin(greatest))])
        raise ValueError(f"Visit {visit}: the laws of the mall do not allow its click {step + 1}.")
    return found / greatest


def _end(chain: Chain, state: Floats, seen: Observations, clicks: Ints) -> None:
    """Weighs (n, P, D) with the chance of how each visit ended after its last click."""
    for row, last in enumerate((clicks - 1).tolist()):
        lines, carried = int(seen.lines[row, last]), float(seen.carried[row])
        bought = bool(seen.bought[row])
        state[row] *= chains.ending(chain, last, lines=lines, carried=carried, bought=bought)


def _log_tiers(chain: Chain, seen: Observations, clicks: Ints) -> Floats:
    """(n, D): the sum of the logarithms of the chances of the tiers chosen."""
    counts = np.zeros((len(seen), len(chain.log_tiers)))
    rows, steps = np.nonzero((seen.group != NONE) & (np.arange(seen.group.shape[1]) < clicks[:, None]))
    np.add.at(counts, (rows, seen.group[rows, steps]), 1.0)
    return counts @ chain.log_tiers
