"""Visits, many at once: a finite Markov chain (phase x basket x click) for each, walked click by click."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.contracts import DEPTHS
from engine.simulate.chance import draws
from engine.simulate.chance.arithmetic import exp
from engine.simulate.chance.draws import Floats, Ints, Words
from engine.simulate.mall import laws
from engine.simulate.mall.catalogue import TIERS, Catalogue
from engine.simulate.mall.laws import Tables
from engine.simulate.mall.shoppers import Shoppers

Flags = NDArray[np.bool_]
NONE = -1
ARM_DEPTHS = np.array((0.0, *DEPTHS))
_TWO_32, _TWO_24 = 2.0**-32, 2.0**-24
_STANDARD = 0.10  # the depth for which responses are stated


@dataclass(slots=True)
class Batch:
    """Visits that go on, one row each, all before the same click. Columns have equal length n."""

    row: Ints  # its place among the visits that began together
    visit: Ints
    shopper: Ints
    base: Words  # where the visit's draws start
    type_: Ints
    level: Ints
    mission: Ints  # the category she came for
    intent: Floats  # factor of the purchase hazard: shopper, day and what earlier visits left
    at_ms: Ints
    phase: Ints
    category: Ints  # where she is, NONE before the first
    product: Ints  # the last one seen, NONE before the first
    lines: Ints  # of the basket, 0 to 3
    line_product: Ints  # (n, 3)
    line_quantity: Ints  # (n, 3)
    arm: Ints  # of the live coupon, 0 none
    offered: Ints  # its category, NONE
    shown: Ints  # the click at which it was shown
    strength: Floats  # of her response at full match and attention, on the logarithm of the hazard

    def __len__(self) -> int:
        return len(self.visit)

    def take(self, rows: Ints | Flags) -> "Batch":
        """The rows with these numbers or flags, copied."""
        return Batch(*(getattr(self, name)[rows] for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(Batch))


def join(first: Batch, second: Batch) -> Batch:
    """The rows of both."""
    return Batch(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in _COLUMNS))


@dataclass(frozen=True, slots=True)
class Clicks:
    """What happened at one click of each row of a batch: the columns of an event; NONE is unknown."""

    step: int
    kind: Ints
    product: Ints
    category: Ints
    quantity: Ints


@dataclass(frozen=True, slots=True)
class World:
    """What every visit of a run shares."""

    shoppers: Shoppers
    catalogue: Catalogue
    tables: Tables
    effect: float = 1.0  # of coupons; 0 is the world in which they do nothing
    lift: float = 0.0  # the world whose effect is known: chance that a coupon turns a leaving into a purchase


def begin(
    world: World, *, shopper: Ints, visit: Ints, base: Words, start_ms: Ints, level: Ints, intent: Floats
) -> Batch:
    """Visits before their first click; `intent` is on the logarithm, as of the day and earlier visits."""
    who, n = world.shoppers, len(shopper)
    place = draws.uniform(draws.words(base, 0, draws.MISSION))
    mission = (place[:, None] >= who.reach[shopper, :-1]).sum(axis=1)
    none, zero = np.full(n, NONE, dtype=np.int64), np.zeros(n, dtype=np.int64)
    return Batch(
        row=np.arange(n), visit=visit, shopper=shopper, base=base, type_=who.type_[shopper], level=level,
        mission=mission, intent=exp(who.intent[shopper] + intent), at_ms=start_ms.copy(), phase=zero, category=none,
        product=none.copy(), lines=zero.copy(), line_product=np.full((n, laws.LINES), NONE, dtype=np.int64),
        line_quantity=np.zeros((n, laws.LINES), dtype=np.int64), arm=zero.copy(), offered=none.copy(),
        shown=zero.copy(), strength=np.zeros(n),
    )  # fmt: skip


def click(world: World, batch: Batch, step: int) -> Clicks:
    """The click number `step` of every row: moves the batch and says what was seen."""
    word = draws.words(batch.base, step, draws.PHASE_KIND_DWELL)
    kind = _move(world.tables, batch, word, step)
    goods = draws.words(batch.base, step, draws.ITEM)
    places = (kind == laws.CATEGORY_VIEW) | (kind == laws.VIEW) | (kind == laws.SEARCH)
    fresh = (kind == laws.ADD) & (batch.product < 0)
    _wander(world, batch, np.flatnonzero(places | fresh), step)
    _choose_item(world, batch, np.flatnonzero((kind == laws.VIEW) | fresh), goods)
    product = np.where((kind == laws.VIEW) | (kind == laws.ADD), batch.product, NONE)
    quantity = np.full(len(batch), NONE, dtype=np.int64)
    _fill(world, batch, np.flatnonzero(kind == laws.ADD), goods, quantity)
    _empty(batch, np.flatnonzero(kind == laws.REMOVE), product, quantity)
    category = np.where(places, batch.category, NONE)
    known = product >= 0
    category[known] = world.catalogue.category[product[known]]
    return Clicks(step, kind, product, category, quantity)


def _move(tables: Tables, batch: Batch, word: Words, step: int) -> Ints:
    """Phase, kind and gap of the click."""
    slot, second = draws.bits(word, 0, 12), draws.bits(word, 12, 12)
    if step == 0:
        batch.phase = tables.starts.pick(batch.type_, slot).astype(np.int64)
        return tables.landings.pick(np.zeros(len(batch), dtype=np.int64), second).astype(np.int64)
    batch.phase = tables.moves.pick(batch.type_ * laws.PHASES + batch.phase, slot).astype(np.int64)
    row = ((batch.type_ * laws.LEVELS + batch.level) * laws.PHASES + batch.phase) * 2 + (batch.lines > 0)
    kind = _KINDS[tables.clicks.pick(row, second)]
    kind[(kind == laws.ADD) & (batch.lines == laws.LINES)] = laws.CART  # three lines are a full basket
    gap_row = np.where(kind == laws.IDLE, laws.PHASES, batch.phase)
    bin_ = tables.gaps.pick(gap_row, draws.bits(word, 24, 12))
    low, high = laws.GAP_BORDERS[bin_], laws.GAP_BORDERS[bin_ + 1]
    batch.at_ms = batch.at_ms + low + (((high - low) * draws.bits(word, 36, 24)) >> 24)
    return kind


_KINDS = np.array(laws.CLICKS, dtype=np.int64)


def _wander(world: World, batch: Batch, rows: Ints, step: int) -> None:
    """Where these rows look next: the mission first, then the same category or, sometimes, another one."""
    if not len(rows):
        return
    here, shopper = batch.category[rows], batch.shopper[rows]
    word = draws.words(batch.base[rows], step, draws.CATEGORY)
    leaves = draws.bits(word, 0, 32) * _TWO_32 >= laws.STICKINESS[batch.phase[rows]]
    at = np.maximum(here, 0)
    own, reach = world.shoppers.utilities[shopper, at], world.shoppers.reach[shopper]
    place = draws.bits(word, 32, 32) * _TWO_32 * (1.0 - own)  # among the others
    before = reach[np.arange(len(rows)), at] - own
    place = np.where(place >= before, place + own, place)
    other = (place[:, None] >= reach[:, :-1]).sum(axis=1)
    there = np.where(here < 0, batch.mission[rows], np.where(leaves, other, here))
    held = np.flatnonzero(batch.arm[rows] > 0)
    if len(held):
        there[held] = _substitute(batch, rows[held], there[held], step)
    batch.category[rows] = there


def _substitute(batch: Batch, rows: Ints, there: Ints, step: int) -> Ints:
    """A live coupon draws her into its category."""
    pull = laws.SUBSTITUTION * (ARM_DEPTHS[batch.arm[rows]] / _STANDARD) * _attention(batch, rows, step)
    drawn = draws.uniform(draws.words(batch.base[rows], step, draws.SUBSTITUTE))
    return np.where((drawn < pull) & (batch.strength[rows] != 0.0), batch.offered[rows], there)


def _choose_item(world: World, batch: Batch, rows: Ints, goods: Words) -> None:
    if len(rows):
        who = batch.shopper[rows]
        batch.product[rows] = item_of(world.shoppers, world.catalogue, who, batch.category[rows], goods[rows])


def item_of(who: Shoppers, goods: Catalogue, shopper: Ints, category: Ints, word: Words) -> Ints:
    """A product of the category: its tier by her sensitivity to prices there, popular ones more often."""
    reach = who.tiers[shopper, category]
    tier = (draws.bits(word, 0, 24)[:, None] * _TWO_24 >= reach[:, :-1]).sum(axis=1)
    place = draws.bits(word, 24, 24) * _TWO_24
    group = category * TIERS + tier
    chosen: Ints = goods.first[group] + (goods.size[group] * place * place).astype(np.int64)
    return chosen


def _fill(world: World, batch: Batch, rows: Ints, goods: Words, quantity: Ints) -> None:
    if not len(rows):
        return
    slot = draws.bits(goods[rows], 48, 12)
    pieces = world.tables.quantities.pick(np.zeros(len(rows), dtype=np.int64), slot).astype(np.int64) + 1
    line = batch.lines[rows]
    batch.line_product[rows, line] = batch.product[rows]
    batch.line_quantity[rows, line] = pieces
    batch.lines[rows] = line + 1
    quantity[rows] = pieces


def _empty(batch: Batch, rows: Ints, product: Ints, quantity: Ints) -> None:
    """Takes the newest line out of the basket."""
    if not len(rows):
        return
    line = batch.lines[rows] - 1
    product[rows], quantity[rows] = batch.line_product[rows, line], batch.line_quantity[rows, line]
    batch.line_product[rows, line], batch.line_quantity[rows, line] = NONE, 0
    batch.lines[rows] = line


def offer(world: World, batch: Batch, rows: Ints, *, arm: Ints, category: Ints, step: int) -> None:
    """Shows these rows a coupon at this click."""
    type_ = batch.type_[rows]
    batch.arm[rows], batch.offered[rows], batch.shown[rows] = arm, category, step
    batch.strength[rows] = (
        world.effect
        * laws.RESPONSE[type_]
        * (ARM_DEPTHS[arm] / _STANDARD)
        * world.shoppers.sensitivity[batch.shopper[rows], category]
        * laws.MOMENT[batch.phase[rows]]
        * (1.0 + laws.LEVEL_RESPONSE * batch.level[rows])
    )


def _attention(batch: Batch, rows: Ints, step: int) -> Floats:
    return _FADING[step - batch.shown[rows]]


def _fading() -> Floats:
    fading = np.ones(laws.MAX_STEPS + 1)
    for step in range(laws.MAX_STEPS):
        fading[step + 1] = fading[step] * laws.ATTENTION
    return fading


_FADING = _fading()


def end(world: World, batch: Batch, step: int) -> tuple[Flags, Flags]:
    """Which rows buy and which leave at this click: competing hazards, one draw."""
    buys, leaves = end_chances(world, batch, step)
    drawn = draws.uniform(draws.words(batch.base, step, draws.ENDING))
    bought = drawn < buys
    return bought, ~bought & (drawn < buys + leaves)


def end_chances(world: World, batch: Batch, step: int) -> tuple[Floats, Floats]:
    """Each row's chances to buy and to leave at this click; the last click leaves nobody."""
    filled = batch.lines > 0
    buy = laws.BUY_HAZARD[batch.phase] * laws.BUY_OF_LINES[batch.lines] * batch.intent
    leave = laws.EXIT_HAZARD[batch.phase] * laws.EXIT_OF_TYPE[batch.type_] * (1.0 + step * laws.EXIT_FATIGUE)
    leave = np.where(filled, leave * laws.EXIT_WITH_BASKET, leave)
    waits = filled & (batch.level > 0) & ((batch.arm == 0) | (world.effect == 0.0))
    buy = np.where(waits, buy * _WAITING[batch.level], buy)
    leave = np.where(waits, leave * (1.0 + laws.WAITING_EXIT * batch.level), leave)
    held = np.flatnonzero(batch.strength != 0.0)
    if len(held):
        buy[held] *= exp(batch.strength[held] * _match(world, batch, held) * _attention(batch, held, step))
        leave[held] = np.where(batch.strength[held] < 0.0, leave[held] * laws.IRRITATION, leave[held])
    buys, leaves = laws.end_chances(np.maximum(buy, 1e-300), leave)
    leaves = 1.0 - buys if step + 1 == laws.MAX_STEPS else leaves
    return (buys, leaves) if not world.lift else _won_over(world, batch, buys, leaves)


def _won_over(world: World, batch: Batch, buys: Floats, leaves: Floats) -> tuple[Floats, Floats]:
    """In the world whose effect is known a coupon turns some round at the door, each arm as many."""
    won = np.where((batch.arm > 0) & (batch.lines > 0), leaves * world.lift, 0.0)
    return buys + won, leaves - won


_WAITING = exp(-laws.WAITING * np.arange(laws.LEVELS, dtype=np.float64))


def _match(world: World, batch: Batch, rows: Ints) -> Floats:
    """How well the coupon's category fits: in the basket or what she came for, where she is, or neither."""
    offered = batch.offered[rows]
    full = has_line_of(world, batch, rows, offered) | (offered == batch.mission[rows])
    near = np.where(offered == batch.category[rows], laws.MATCH_OF_LAST, laws.MATCH_OF_OTHERS)
    return np.where(full, 1.0, near)


def has_line_of(world: World, batch: Batch, rows: Ints, category: Ints) -> Flags:
    """Whether the basket holds something of the category."""
    held = batch.line_product[rows]
    found: Flags = ((held >= 0) & (world.catalogue.category[held] == category[:, None])).any(axis=1)
    return found
