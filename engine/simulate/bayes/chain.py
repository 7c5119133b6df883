"""The chain of a visit for many shoppers at once: the mall's laws, per draw of what is latent.

Axes: D draws, B the pairs of a type and a level that occur among them, S clicks, L = 4 numbers of lines, P = 3
phases. Draws are sorted by pair, so that what depends on the pair alone is computed once for its block.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.contracts import KINDS
from engine.simulate.bayes.observations import STAYED, TURNED
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.chance.tables import Choices
from engine.simulate.mall import laws, shoppers
from engine.simulate.mall.shoppers import Shoppers

LEVELS_OF_BASKET = laws.LINES + 1
_STATES = LEVELS_OF_BASKET * laws.PHASES


@dataclass(frozen=True, slots=True)
class Chain:
    """Chances and hazards. Only `buy` and `log_tiers` depend on more than the pair of type and level."""

    order: Ints  # (D,) the place that each draw had among the shoppers it was made from
    blocks: tuple[slice, ...]  # (B,) the draws of each pair
    log_shares: Floats  # (D,) logarithm of the pair's share in the population, divided among its draws
    starts: Floats  # (B, P)
    moves: Floats  # (B, P, P) from, to
    landings: Floats  # (kinds,) of the first click
    kinds: Floats  # (L, kinds, B, P) as seen, by the lines before the click
    gaps: Floats  # (bins + 1, P); the last row is 1, for a gap that says nothing
    turns: Floats  # (3, P) by UNSAID, STAYED, TURNED
    log_tiers: Floats  # (groups, D) logarithms of the chances of a tier, by category and tier
    buy: Floats  # (L, P, D) hazard at the offset 0
    leave: Floats  # (S, L, P, B) hazard
    lines: Floats  # (B, L P, L P) chances to come from lines and phase to lines and phase, were there no end

    @property
    def draws(self) -> int:
        return self.buy.shape[-1]

    def of_draw(self, by_pair: Floats) -> Floats:
        """(..., B) -> (..., D)."""
        return np.repeat(by_pair, self.sizes, axis=-1)

    @property
    def sizes(self) -> Ints:
        """(B,) how many draws each pair has."""
        return np.array([block.stop - block.start for block in self.blocks], dtype=np.int64)


def make(who: Shoppers) -> Chain:
    """The chain of each of these shoppers under the laws as they are now."""
    pair = who.type_ * laws.LEVELS + who.level
    order = np.argsort(pair, kind="stable")
    found, first = np.unique(pair[order], return_index=True)
    sizes = np.diff([*first, len(order)])
    type_, level = found // laws.LEVELS, found % laws.LEVELS
    tables = laws.tables()
    kinds = _kinds_seen(tables.clicks.chances[type_, level])
    moves = tables.moves.chances[type_]
    landings = np.zeros(len(KINDS))
    landings[: len(tables.landings.chances)] = tables.landings.chances
    gaps = tables.gaps.chances[: laws.PHASES].T
    tiers = shoppers.tier_chances(who.sensitivity[order])  # (D, C, TIERS)
    return Chain(
        order=order,
        blocks=tuple(
            slice(low, low + size) for low, size in zip(first.tolist(), sizes.tolist(), strict=True)
        ),
        log_shares=np.repeat(np.log(_shares()[type_, level] / sizes), sizes),
        starts=tables.starts.chances[type_],
        moves=moves,
        landings=landings,
        kinds=kinds,
        gaps=np.concatenate([gaps, np.ones((1, laws.PHASES))]),
        turns=_turns(),
        log_tiers=np.log(tiers.reshape(len(order), -1).T),
        buy=_buy(who.intent[order], who.level[order]),
        leave=_leave(type_, level),
        lines=_between_states(moves, kinds),
    )


def _shares() -> Floats:
    """(types, levels): of the population, exactly; the draws of a pair stand for its share, however many they are."""
    of_types: Floats = Choices(np.array(laws.TYPE_SHARES)).chances
    return of_types[:, None] * Choices(laws.LEVEL_SHARES).chances


def _kinds_seen(clicks: Floats) -> Floats:
    """(L, kinds, B, P) from (B, P, basket filled, columns of CLICKS); three lines are a full basket."""
    seen = np.zeros((LEVELS_OF_BASKET, len(KINDS), *clicks.shape[:2]))
    for lines in range(LEVELS_OF_BASKET):
        seen[lines, list(laws.CLICKS)] = np.moveaxis(clicks[:, :, int(lines > 0)], -1, 0)
    seen[laws.LINES, laws.CART] += seen[laws.LINES, laws.ADD]
    seen[laws.LINES, laws.ADD] = 0.0
    seen[0, laws.REMOVE] = 0.0
    return seen


def _turns() -> Floats:
    turns = np.ones((3, laws.PHASES))
    turns[STAYED], turns[TURNED] = laws.STICKINESS, 1.0 - laws.STICKINESS
    return turns


def _buy(intent: Floats, level: Ints) -> Floats:
    """(L, P, D): nothing without a basket; who knows coupons waits for one."""
    base = laws.BUY_OF_LINES[:, None] * laws.BUY_HAZARD
    base[0] = 0.0
    eager: Floats = np.exp(intent - laws.WAITING * level)
    return base[:, :, None] * eager


def _leave(type_: Ints, level: Ints) -> Floats:
    """(S, L, P, B)."""
    steps = 1.0 + np.arange(laws.MAX_STEPS) * laws.EXIT_FATIGUE
    filled = laws.EXIT_WITH_BASKET * (1.0 + laws.WAITING_EXIT * level)
    basket = np.stack([np.ones(len(level)), *[filled] * laws.LINES])  # (L, B)
    hazard: Floats = laws.EXIT_HAZARD[:, None] * laws.EXIT_OF_TYPE[type_]  # (P, B)
    return steps[:, None, None, None] * basket[:, None, :] * hazard


def _between_states(moves: Floats, kinds: Floats) -> Floats:
    """(B, L P, L P): the phase moves, then the click adds a line, takes one out, or neither."""
    pairs, phases = moves.shape[0], laws.PHASES
    between = np.zeros((pairs, LEVELS_OF_BASKET, phases, LEVELS_OF_BASKET, phases))
    for lines in range(LEVELS_OF_BASKET):
        adds, removes = kinds[lines, laws.ADD], kinds[lines, laws.REMOVE]  # (B, P)
        between[:, lines, :, lines] = moves * (1.0 - adds - removes)[:, None, :]
        if lines < laws.LINES:
            between[:, lines, :, lines + 1] = moves * adds[:, None, :]
        if lines > 0:
            between[:, lines, :, lines - 1] = moves * removes[:, None, :]
    return between.reshape(pairs, _STATES, _STATES)


def ending(chain: Chain, step: int, *, lines: int, carried: float, bought: bool) -> Floats:
    """(P, D): the chance that the visit ends at the click `step` (from 0) in this way, by the phase there."""
    buy, leave = chain.buy[lines] * np.exp(carried), chain.of_draw(chain.leave[step, lines])
    goes_on: Floats = np.exp(-(buy + leave))
    buys = (1.0 - goes_on) * buy / (buy + leave)
    if bought:
        return buys
    return 1.0 - buys if step + 1 == laws.MAX_STEPS else 1.0 - goes_on - buys


def values(chain: Chain, clicks: Collection[int], *, carried: Floats, is_running: bool) -> dict[int, Floats]:
    """(L, P, D) for each of these numbers of clicks: the chance to buy later, by the backward recursion.

    `carried`: (D,) or (1,). `is_running`: the visit goes on after that click; else it is not drawn yet whether
    it ends there.
    """
    found: dict[int, Floats] = {}
    later = np.zeros(chain.buy.shape)
    buy = chain.buy * np.exp(carried)
    does_not_buy, does_not_leave = np.exp(-buy), np.exp(-chain.leave)
    for number in range(laws.MAX_STEPS, min(clicks) - 1, -1):
        if is_running and number in clicks:
            found[number] = later
        share = buy / (buy + chain.of_draw(chain.leave[number - 1]))
        goes_on = does_not_buy * chain.of_draw(does_not_leave[number - 1])
        now = share + goes_on * (later - share)  # (1 - goes_on) share + goes_on later
        if not is_running and number in clicks:
            found[number] = now
        later = _stepped_back(chain, now)
    return found


def _stepped_back(chain: Chain, now: Floats) -> Floats:
    """The values before the phase and the lines of the click are known."""
    flat = now.reshape(_STATES, -1)
    before = np.empty_like(flat)
    for between, block in zip(chain.lines, chain.blocks, strict=True):
        before[:, block] = between @ flat[:, block]
    return before.reshape(now.shape)
