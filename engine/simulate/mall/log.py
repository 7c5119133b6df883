"""The log of a day as a shop would have it: clicks and purchases, bots, late and repeated events."""

import numpy as np

from engine.simulate.chance import draws
from engine.simulate.chance.draws import Ints
from engine.simulate.mall import laws
from engine.simulate.mall.catalogue import Catalogue, catalogue
from engine.simulate.mall.columns import EventColumns, LineColumns
from engine.simulate.mall.days import DAY_MS, DAY_SLOTS, HOUR_MS, Mall, first_ms
from engine.simulate.mall.visits import NONE
from engine.simulate.mall.walk import Ends, Trail

Rows = dict[str, Ints]
_LATE, _DUPLICATE, _BOT = "late", "duplicate", "bots"
_TYPES = {
    "shopper": np.int32, "visit": np.int64, "step": np.int32, "occurred_ms": np.int64, "received_ms": np.int64,
    "kind": np.int8, "product": np.int32, "category": np.int8, "price_minor": np.int64, "quantity": np.int32,
}  # fmt: skip
CHECKOUT_MS, PAYING_MS = 15_000, 5_000
MOST_BOTS = 1 << 16  # a day: each is another machine


def events(mall: Mall, day: int, trails: list[Trail], ends: Ends) -> EventColumns:
    """Everything that was received of this day's visits, in the order of receipt."""
    rows = _joined([_clicked(trail) for trail in trails] + [_bought(ends), *_bots(mall, day, len(ends.row))])
    goods = rows["product"]
    rows["price_minor"] = np.where(goods >= 0, mall.world.catalogue.price_minor[np.maximum(goods, 0)], NONE)
    start = draws.seed_word(mall.settings.seed, _LATE)
    word = draws.bases(start, rows["visit"], rows["step"])
    delay = draws.bits(draws.bases(start, rows["visit"]), 0, 10)  # of the visit's connection
    late = draws.bits(word, 0, 24) < round(laws.LATE_RATE * 2**24)
    rows["received_ms"] = rows["occurred_ms"] + delay + np.where(late, 60_000 + draws.bits(word, 24, 19), 0)
    rows = _joined([rows, _repeated(rows, mall.settings.seed)])
    order = np.lexsort((rows["step"], rows["visit"], rows["received_ms"]))
    return EventColumns(**{name: rows[name][order].astype(kind) for name, kind in _TYPES.items()})


def happened(trails: list[Trail], ends: Ends) -> Rows:
    """Clicks, checkouts and purchases of a day's visits as they happened, visit by visit."""
    rows = _joined([*(_clicked(trail) for trail in trails), _bought(ends)])
    order = np.lexsort((rows["step"], rows["visit"]))
    return {name: column[order] for name, column in rows.items()}


def _joined(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _clicked(trail: Trail) -> Rows:
    clicks = trail.clicks
    return {
        "shopper": trail.shopper,
        "visit": trail.visit,
        "step": np.full(len(trail.visit), clicks.step, dtype=np.int64),
        "occurred_ms": trail.at_ms,
        "kind": clicks.kind,
        "product": clicks.product,
        "category": clicks.category,
        "quantity": clicks.quantity,
    }


def _bought(ends: Ends) -> Rows:
    """A checkout, and a purchase for each line, at the end of each visit that buys."""
    rows, slot = np.nonzero(ends.bought[:, None] & (ends.line_product >= 0))
    first = np.flatnonzero(ends.bought)
    number = slot + 2  # lines stand in the first places of a basket
    goods = ends.line_product[rows, slot]
    category = _categories()[goods]
    none = np.full(len(first), NONE, dtype=np.int64)
    both = np.concatenate([first, rows])
    return {
        "shopper": ends.shopper[both],
        "visit": ends.visit[both],
        "step": ends.step[both] + np.concatenate([np.ones(len(first), dtype=np.int64), number]),
        "occurred_ms": ends.at_ms[both]
        + CHECKOUT_MS
        + np.where(np.arange(len(both)) < len(first), 0, PAYING_MS),
        "kind": np.concatenate([np.full(len(first), laws.CHECKOUT), np.full(len(rows), laws.PURCHASE)]),
        "product": np.concatenate([none, goods]),
        "category": np.concatenate([none, category]),
        "quantity": np.concatenate([none, ends.line_quantity[rows, slot]]),
    }


def _categories() -> Ints:
    return catalogue().category.astype(np.int64)


def _bots(mall: Mall, day: int, visits: int) -> list[Rows]:
    """Machines that race through the shop: product after product within a fraction of a second."""
    start = draws.seed_word(mall.settings.seed, _BOT)
    chance = visits * laws.BOT_RATE
    extra = draws.uniform(draws.bases(start, np.array([day])))[0] < chance - int(chance)
    number = min(int(chance) + int(extra), MOST_BOTS)
    if number == 0:
        return []
    shopper = mall.settings.shoppers + day * MOST_BOTS + np.arange(number)
    base = draws.bases(start, shopper, day)
    length = 20 + draws.bits(base, 0, 6)
    opened = first_ms(mall.settings) + day * DAY_MS + draws.bits(base, 8, 20) * DAY_MS // 2**20 - HOUR_MS
    who = np.repeat(np.arange(number), length)
    step = np.arange(len(who)) - np.repeat(np.cumsum(length) - length, length)
    word = draws.words(base[who], step, draws.ITEM)
    gaps = 40 + draws.bits(word, 0, 8)
    ran = np.cumsum(gaps)
    goods = draws.bits(word, 8, 32) % len(mall.world.catalogue.products)
    return [
        {
            "shopper": shopper[who],
            "visit": shopper[who] * DAY_SLOTS + day,
            "step": step,
            "occurred_ms": opened[who] + ran - np.repeat(ran[np.cumsum(length) - length], length),
            "kind": np.full(len(who), laws.VIEW, dtype=np.int64),
            "product": goods,
            "category": _categories()[goods],
            "quantity": np.full(len(who), NONE, dtype=np.int64),
        }
    ]


def _repeated(rows: Rows, seed: int) -> Rows:
    """Some events arrive a second time."""
    word = draws.bases(draws.seed_word(seed, _DUPLICATE), rows["visit"], rows["step"])
    again = np.flatnonzero(draws.bits(word, 0, 24) < round(laws.DUPLICATE_RATE * 2**24))
    copies = {name: column[again] for name, column in rows.items()}
    copies["received_ms"] = copies["received_ms"] + 500 + draws.bits(word[again], 24, 12)
    return copies


def lines(mall: Mall, ends: Ends) -> LineColumns:
    """The lines of the day's orders; a coupon's cost lies on the lines of its category, to the last unit."""
    goods: Catalogue = mall.world.catalogue
    rows, slot = np.nonzero(ends.bought[:, None] & (ends.line_product >= 0))
    product, quantity = ends.line_product[rows, slot], ends.line_quantity[rows, slot]
    return LineColumns(
        shopper=ends.shopper[rows].astype(np.int32),
        visit=ends.visit[rows],
        placed_ms=ends.at_ms[rows] + CHECKOUT_MS + PAYING_MS,
        product=product.astype(np.int32),
        category=goods.category[product],
        quantity=quantity.astype(np.int32),
        price_minor=goods.price_minor[product],
        discount_minor=_discounts(goods, ends)[rows, slot],
        mall=goods.mall[product],
        payment=mall.world.shoppers.payment[ends.shopper[rows]],
        arm=np.where(ends.redeemed, ends.arm, 0)[rows].astype(np.int8),
    )


def _discounts(goods: Catalogue, ends: Ends) -> Ints:
    """(n, 3): each line's part of the coupon's cost, in proportion to its worth; the parts sum to the cost."""
    product = np.maximum(ends.line_product, 0)
    fits = (ends.line_product >= 0) & (goods.category[product] == ends.offered[:, None])
    worth = np.where(fits, goods.price_minor[product] * ends.line_quantity, 0)
    below = np.cumsum(worth, axis=1)
    upto = ends.cost_minor[:, None] * below // np.maximum(below[:, -1:], 1)
    parts: Ints = np.diff(upto, axis=1, prepend=0)
    return parts
