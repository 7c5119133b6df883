"""The state of a visit: the only place that says what an event does to it. Rules: docs/algorithms/visit.md.

Moments are whole milliseconds since 1970 in UTC, money is in the smallest unit. A state is bounded whatever
happens in a visit: its bytes are at most LIMIT. Nothing here knows a clock; repeats were refused before.
"""

import struct
from collections.abc import Iterable
from hashlib import blake2b
from zlib import crc32

from engine import trail as trails
from engine.contracts import KINDS, CategoryCount, EventIn, Line, VisitState

LIMIT = 2_048
"""Bytes that no state exceeds."""

CATEGORIES, MARKS, LINES = 12, 32, 12
ID_BYTES, PRODUCT_BYTES, CATEGORY_BYTES = 64, 40, 52
MOST_PIECES, MOST_MINOR, LAST_MOMENT = 100_000, 10**12, 2**53

_PLACES = {kind: place for place, kind in enumerate(KINDS)}
_VIEW, _ADD, _REMOVE = _PLACES["product_view"], _PLACES["add_to_cart"], _PLACES["remove_from_cart"]
_PURCHASE = _PLACES["purchase"]
_VIEWS = frozenset({_PLACES["category_view"], _VIEW, _PLACES["search"]})
_BASKET = frozenset({_ADD, _REMOVE, _PURCHASE})
_REST = ""
_new = tuple.__new__  # builds a NamedTuple at half the price of its own constructor

Counts = tuple[CategoryCount, ...]
Basket = tuple[Line, ...]

_FORMAT = 2
_NUMBERS = struct.Struct(f"<IqqIqqqIqIqqqq?{len(KINDS)}I")
_COUNTS, _PRICE = struct.Struct("<III"), struct.Struct("<qI")


def empty(visit_id: str, shopper_id: str) -> VisitState:
    """The state before the first event. Ids over ID_BYTES are cut as in `short`."""
    return VisitState(
        short(visit_id, ID_BYTES), short(shopper_id, ID_BYTES), 0, 0, 0, (0,) * len(KINDS), 0, 0, 0, 0,
        (), "", "", b"", (), 0, 0, 0, 0, 0, (), 0, 0, False,
    )  # fmt: skip


def short(text: str, limit: int) -> str:
    """`text`; where it has more than `limit` bytes in UTF-8, its beginning, "~" and ten digits of its hash."""
    if len(text) <= limit and text.isascii():
        return text
    whole = text.encode("utf-8", "surrogatepass")
    if len(whole) <= limit:
        return text
    return whole[: limit - 11].decode("utf-8", "ignore") + "~" + blake2b(whole, digest_size=5).hexdigest()


def fold_all(state: VisitState, events: Iterable[EventIn]) -> VisitState:
    """The state after `events`, in the order of their receipt. Errors as in `fold`."""
    for event in events:
        state = fold(state, event)
    return state


def fold(state: VisitState, event: EventIn) -> VisitState:
    """The state after one more event; `state` stays as it was.

    The ids of visit and shopper are not compared: whoever cut the visits knows which events are whose.
    ValueError, in words, for an unknown kind, a moment outside 1..LAST_MOMENT, a price outside 0..MOST_MINOR
    or a quantity under 1.
    """
    _, _, _, at, name, product, category, price, quantity = event
    kind = _PLACES.get(name, -1)
    if kind < 0 or not 0 < at <= LAST_MOMENT or price is not None or quantity is not None:
        _refuse_unsound(event, kind)
    (
        visit_id, shopper_id, version, started, last, counts, late, gap, gaps, gap_max, categories, last_category,
        last_product, trail, viewed, repeats, spent, priced, low, high, basket, added, last_price, _,
    ) = state  # fmt: skip
    version += 1
    counts = (*counts[:kind], counts[kind] + 1, *counts[kind + 1 :])
    product = short(product, PRODUCT_BYTES)
    category = short(category, CATEGORY_BYTES)
    is_late = at < last
    if is_late:
        late += 1
        started = min(started, at)
    else:
        started, gap, gaps, gap_max = _waited(started, at - last, gaps, gap_max) if started else (at, 0, 0, 0)
        last = at
        last_category = category or last_category
        last_product = product or last_product
    if category:
        categories = _touched(categories, category, kind, 0 if is_late else version)
    place = trails.place_of(category, categories)
    if kind == _VIEW:
        viewed, repeats = _marked(viewed, repeats, product)
        spent, priced, low, high, last_price = _priced(state, price, is_late)
    elif kind in _BASKET:
        category = _known(categories, category)
        basket = _filled(basket, kind, product=product, category=category, price=price, quantity=quantity)
        added = at if kind == _ADD and not 0 < added < at else added
    if not is_late:
        trail = trails.longer(trail, kind, place, gap_ms=gap, price=price or 0, is_full=bool(basket))
    return _new(VisitState, (
        visit_id, shopper_id, version, started, last, counts, late, gap, gaps, gap_max, categories, last_category,
        last_product, trail, viewed, repeats, spent, priced, low, high, basket, added, last_price, is_late,
    ))  # fmt: skip


def _refuse_unsound(event: EventIn, kind: int) -> None:
    if kind < 0:
        raise ValueError(f"There is no kind of event {event.kind!r}; there are {', '.join(KINDS)}.")
    if not 0 < event.occurred_at <= LAST_MOMENT:
        raise ValueError(f"{event.occurred_at} is no moment: milliseconds since 1970 were expected.")
    if event.price_minor is not None and not 0 <= event.price_minor <= MOST_MINOR:
        raise ValueError(f"{event.price_minor} is no price: a number from 0 to {MOST_MINOR} was expected.")
    if event.quantity is not None and event.quantity < 1:
        raise ValueError(f"{event.quantity} is no quantity: a number from 1 was expected.")


def _waited(started: int, gap: int, gaps: int, gap_max: int) -> tuple[int, int, int, int]:
    return started, gap, gaps + gap, gap if gap > gap_max else gap_max


def _touched(categories: Counts, category: str, kind: int, seen: int) -> Counts:
    """The counts with one more event in `category`; `seen` is 0 for a late one."""
    views, adds = 1 if kind in _VIEWS else 0, 1 if kind == _ADD else 0
    for place, (name, old_views, old_adds, old_seen) in enumerate(categories):
        if name in (category, _REST):  # the rest stands last and takes what has no count of its own
            entry = _new(CategoryCount, (name, old_views + views, old_adds + adds, seen or old_seen))
            return (*categories[:place], entry, *categories[place + 1 :])
    name = category if len(categories) < CATEGORIES - 1 else _REST
    return (*categories, _new(CategoryCount, (name, views, adds, seen)))


def _known(categories: Counts, category: str) -> str:
    """`category` where it has a count of its own, else no name: a basket names no other."""
    return category if any(known[0] == category for known in categories) else _REST


def _marked(viewed: tuple[int, ...], repeats: int, product: str) -> tuple[tuple[int, ...], int]:
    """The marks with that of `product` as the newest, and the repeats, one more where it was there."""
    if not product:
        return viewed, repeats
    mark = crc32(product.encode("utf-8", "surrogatepass"))
    if mark not in viewed:
        return (*viewed[1 - MARKS :], mark), repeats
    place = viewed.index(mark)
    return (*viewed[:place], *viewed[place + 1 :], mark), repeats + 1


def _priced(state: VisitState, price: int | None, is_late: bool) -> tuple[int, int, int, int, int]:
    """Sum, number, lowest, highest and last of the prices viewed."""
    spent, priced, low, high = state[16:20]
    if price is None:
        return spent, priced, low, high, state.last_price_minor
    return (
        spent + price,
        priced + 1,
        price if price < low or not priced else low,
        price if price > high else high,
        state.last_price_minor if is_late and priced else price,
    )


def _filled(
    basket: Basket, kind: int, *, product: str, category: str, price: int | None, quantity: int | None
) -> Basket:
    """The basket after an add, a removal or a purchase. A thirteenth line is not kept."""
    if not product:
        return () if kind == _PURCHASE else basket
    for place, line in enumerate(basket):
        if line[0] == product:
            new = _added(line, category, price, quantity) if kind == _ADD else _taken(line, kind, quantity)
            return (*basket[:place], *new, *basket[place + 1 :])
    if kind != _ADD or len(basket) == LINES:
        return basket
    return (*basket, *_added(Line(product, category, 0, 0), category, price, quantity))


def _added(line: Line, category: str, price: int | None, quantity: int | None) -> Basket:
    product, old_category, old_price, pieces = line
    pieces = min(pieces + (quantity or 1), MOST_PIECES)
    return (Line(product, category or old_category, old_price if price is None else price, pieces),)


def _taken(line: Line, kind: int, quantity: int | None) -> Basket:
    """The line less `quantity`, no line where nothing is left. Unknown: one piece, all in a purchase."""
    product, category, price, pieces = line
    left = 0 if quantity is None and kind == _PURCHASE else pieces - (quantity or 1)
    return (Line(product, category, price, left),) if left > 0 else ()


def to_bytes(state: VisitState) -> bytes:
    """A state at rest: at most LIMIT bytes, the same for equal states, with a version and a checksum."""
    parts = [
        _text(state.visit_id), _text(state.shopper_id), _text(state.last_category), _text(state.last_product),
        _NUMBERS.pack(
            *state[2:5], state.late, *state[7:10], state.repeat_views, *state[16:20], state.first_add_at,
            state.last_price_minor, state.is_late, *state.counts,
        ),
        bytes((len(state.trail),)), state.trail, bytes((len(state.viewed),)),
        struct.pack(f"<{len(state.viewed)}I", *state.viewed),
        bytes((len(state.categories), len(state.basket))),
    ]  # fmt: skip
    places = {_REST: len(state.categories)}
    for place, (category, views, adds, seen) in enumerate(state.categories):
        parts += _text(category), _COUNTS.pack(views, adds, seen)
        if category:
            places[category] = place
    for product, category, price, pieces in state.basket:
        parts += _text(product), bytes((places[category],)), _PRICE.pack(price, pieces)
    body = b"".join(parts)
    return bytes((_FORMAT,)) + crc32(body).to_bytes(4, "little") + body


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return bytes((len(raw),)) + raw


class OtherVersion(ValueError):
    """A state that another release kept; its visit is folded again from the log."""


def from_bytes(raw: bytes) -> VisitState:
    """The state that `to_bytes` was given. OtherVersion or ValueError, in words, for what it did not make."""
    if raw[:1] != bytes((_FORMAT,)):
        found = raw[0] if raw else "nothing"
        raise OtherVersion(f"This state of a visit has version {found}; version {_FORMAT} was expected.")
    if crc32(raw[5:]).to_bytes(4, "little") != raw[1:5]:
        raise ValueError("This state of a visit is damaged: its checksum is not that of its content.")
    cursor = _Cursor(raw[5:])
    try:
        state = _read(cursor)
    except (IndexError, struct.error, UnicodeDecodeError) as fault:
        raise ValueError("This state of a visit is damaged: it ends too early.") from fault
    if cursor.at != len(cursor.raw):
        raise ValueError("This state of a visit is damaged: it does not end where it should.")
    return state


class _Cursor:
    """Reads parts of bytes one after the other."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def numbers(self, layout: struct.Struct) -> tuple[int, ...]:
        self.at += layout.size
        return layout.unpack_from(self.raw, self.at - layout.size)

    def byte(self) -> int:
        self.at += 1
        return self.raw[self.at - 1]

    def part(self) -> bytes:
        size = self.byte()
        self.at += size
        return self.raw[self.at - size : self.at]

    def text(self) -> str:
        return self.part().decode("utf-8", "surrogatepass")


def _read(cursor: _Cursor) -> VisitState:
    visit_id, shopper_id, last_category, last_product = (cursor.text() for _ in range(4))
    version, started, last, late, gap, gaps, gap_max, repeats, *numbers = cursor.numbers(_NUMBERS)
    spent, priced, low, high, added, last_price, is_late, *counts = numbers
    trail = cursor.part()
    viewed = cursor.numbers(struct.Struct(f"<{cursor.byte()}I"))
    named, lines = cursor.byte(), cursor.byte()
    categories = tuple(CategoryCount(cursor.text(), *cursor.numbers(_COUNTS)) for _ in range(named))
    names = (*(known.category for known in categories), _REST)
    basket = tuple(Line(cursor.text(), names[cursor.byte()], *cursor.numbers(_PRICE)) for _ in range(lines))
    return VisitState(
        visit_id, shopper_id, version, started, last, tuple(counts), late, gap, gaps, gap_max, categories,
        last_category, last_product, trail, viewed, repeats, spent, priced, low, high, basket, added, last_price,
        bool(is_late),
    )  # fmt: skip
