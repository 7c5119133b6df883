"""Prefixes of visits as models learn them: folded event by event, by the code that serves. docs/algorithms/churn.md."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import trail as trails
from engine.churn import columns
from engine.churn.columns import NO_STANDING, STEPS, Words
from engine.churn.log import NEVER, EventLog, make_log
from engine.contracts import KINDS, MOMENTS, EventIn, Progress, VisitState
from engine.features import vector
from engine.visit import empty, fold

__all__ = ["NEVER", "EventLog", "Windows", "make", "make_log", "words_of"]

SILENCE_MS = 30 * 60_000
SOON_MS = 60_000
DRAWN = -1
"""The moment of a prefix that was drawn."""
FIRST = 3
"""No prefix shorter than this is drawn: nothing is decided before it."""
MOST_CATEGORIES = 2_000
LEAST_CHANCE = 0.05
"""A visit counts at most for twenty, however unlikely it was that it stayed without a coupon."""
EACH = 2_000  # visits between two reports of progress

_ADD, _PURCHASE = KINDS.index("add_to_cart"), KINDS.index("purchase")
_PAYING = frozenset({KINDS.index("checkout"), _PURCHASE})


@dataclass(frozen=True, slots=True)
class Windows:
    """Prefixes of visits, one a row, in the order of visits and then of events."""

    visit: NDArray[np.int64]  # as in the log
    shopper: NDArray[np.int64]
    at_ms: NDArray[np.int64]  # of the newest event; in the visit, the latest moment known
    step: NDArray[np.int32]  # events so far
    moment: NDArray[np.int8]  # index in `moments`, DRAWN for a drawn one
    aggregates: NDArray[np.int64]  # (n, len(AGGREGATES))
    steps: NDArray[np.int16]  # (n, STEPS, 5)
    segment: NDArray[np.int16]  # place in words.segments, -1 unknown
    bought: NDArray[np.int8]  # 1: a purchase follows in this visit
    leaves: NDArray[np.int8]  # 1: the visit's last event is within SOON_MS
    ends: NDArray[np.int8]  # 1: nothing follows
    next_category: NDArray[np.int16]  # as words.category of the next event that names one, 0 where none does
    end_ms: NDArray[np.int64]  # of the visit's last event
    weight: NDArray[np.float32]
    words: Words = field(default_factory=Words)
    moments: tuple[str, ...] = MOMENTS

    def __len__(self) -> int:
        return len(self.visit)

    def take(self, rows: NDArray[Any]) -> "Windows":
        """The rows with these numbers or flags."""
        return replace(self, **{name: getattr(self, name)[rows] for name in ROWS})

    def to_leave(self) -> "Windows":
        """The same prefixes, asked whether the visit ends with the newest event: `bought` is 0 where it does."""
        return replace(self, bought=(1 - self.ends).astype(np.int8))


ROWS = tuple(one.name for one in fields(Windows) if one.name not in ("words", "moments"))


def words_of(log: EventLog, *, until_ms: int = NEVER) -> Words:
    """The categories that events up to a moment name, the most frequent ones first: a category's number is its rank,
    which trees can cut. And the segments of the standings."""
    named = log.category[(log.at_ms <= until_ms) & (log.category >= 0)]
    counts = np.bincount(named, minlength=len(log.categories))
    most = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES].tolist()
    segments = sorted({standing.segment for standing in log.standings or () if standing.segment})
    return Words(tuple(log.categories[i] for i in most if counts[i] and log.categories[i]), tuple(segments))


def make(
    log: EventLog,
    *,
    until_ms: int,
    at: Sequence[str] = MOMENTS,
    extra: int = 2,
    words: Words | None = None,
    seed: int = 0,
    is_point: Callable[[VisitState], bool] | None = None,
) -> Generator[Progress, None, Windows]:
    """The prefixes of untreated visits that were over at `until_ms`: at the moments `at`, and `extra` drawn ones.

    `at`: numbers of events as text, and "add", the first add to cart. A prefix whose newest event is a checkout
    or a purchase is left out: nothing is to be foretold there. `is_point`:
    which prefixes may be drawn (None: all of at least FIRST events whose newest is not late).
    `words`: what is known by name (None: all that the log names).
    """
    known = words or words_of(log, until_ms=until_ms)
    maker = _Maker(log, known, _Wanted.of(at), extra, is_point)
    rng = np.random.default_rng((seed, 0x57))
    bounds, last = log.bounds(), _last_moments(log)
    usable = (last < until_ms - SILENCE_MS) & (log.treated_at >= NEVER)
    for visit in range(log.visits):
        if usable[visit] and bounds[visit + 1] > bounds[visit]:
            maker.add(visit, slice(int(bounds[visit]), int(bounds[visit + 1])), rng)
        if visit % EACH == 0:
            yield Progress("Folding visits", visit, log.visits)
    return maker.windows(tuple(at))


def _last_moments(log: EventLog) -> NDArray[np.int64]:
    last = np.zeros(log.visits, dtype=np.int64)
    np.maximum.at(last, log.visit, log.at_ms)
    return last


def open_share(log: EventLog, until_ms: int) -> float:
    """The share of the visits that may still have gone on at a moment."""
    return float((_last_moments(log) >= until_ms - SILENCE_MS).mean()) if log.visits else 0.0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which moments by their place in `at`."""

    by_step: Mapping[int, int]
    add: int  # -1: not wanted

    @classmethod
    def of(cls, at: Sequence[str]) -> "_Wanted":
        numbers = [name for name in at if name != "add"]
        if not all(name.isdecimal() and int(name) > 0 for name in numbers) or len(set(at)) < len(at):
            raise ValueError(f"Moments are different numbers of events, or add; {', '.join(at)} was given.")
        return cls({int(name): at.index(name) for name in numbers}, at.index("add") if "add" in at else -1)


class _Maker:
    """Folds visit after visit and keeps the prefixes that are wanted."""

    def __init__(
        self,
        log: EventLog,
        words: Words,
        wanted: _Wanted,
        extra: int,
        is_point: Callable[[VisitState], bool] | None,
    ) -> None:
        self._log, self._words, self._wanted, self._extra = log, words, wanted, extra
        self._is_point = is_point
        self._categories = [*log.categories, ""]  # the last place is -1
        self._known = np.array([words.category(name) for name in self._categories], dtype=np.int16)
        self._unknown = columns.standing_numbers(NO_STANDING, words)
        self._standing = self._unknown
        self._numbers: list[tuple[int, ...]] = []  # visit, shopper, moment, place of the event
        self._vectors: list[tuple[int, ...]] = []
        self._trails: list[bytes] = []
        self._places: list[NDArray[np.int16]] = []

    def add(self, visit: int, rows: slice, rng: np.random.Generator) -> None:
        drawn: list[tuple[int, VisitState]] = []
        known = self._log.standings
        self._standing = columns.standing_numbers(known[visit], self._words) if known else self._unknown
        candidates, has_added, step = 0, False, 0
        chances = rng.random(rows.stop - rows.start)
        for place, state, kind in self._states(rows):
            step += 1
            if kind not in _PAYING and (moment := self._wanted.by_step.get(step)) is not None:
                self._keep(visit, moment, place, state)
            if kind == _ADD and not has_added:
                has_added = True
                if self._wanted.add >= 0:
                    self._keep(visit, self._wanted.add, place, state)
            if kind in _PAYING or not self._may_be_drawn(state):
                continue
            candidates += 1
            _draw(drawn, (place, state), self._extra, candidates, chance=chances[step - 1])
        for place, state in sorted(drawn, key=lambda one: one[0]):
            self._keep(visit, DRAWN, place, state)

    def _may_be_drawn(self, state: VisitState) -> bool:
        if not self._extra or state.version < FIRST or state.is_late:
            return False
        return self._is_point is None or self._is_point(state)

    def _states(self, rows: slice) -> Generator[tuple[int, VisitState, int], None, None]:
        log, state = self._log, empty("", "")
        told = (log.at_ms, log.kind, log.product, log.category, log.price_minor, log.quantity)
        for offset, (at, kind, product, category, price, quantity) in enumerate(
            zip(*(column[rows].tolist() for column in told), strict=True)
        ):
            event = EventIn(
                "", "", "", at, KINDS[kind], str(product) if product >= 0 else "", self._categories[category],
                price if price >= 0 else None, quantity if quantity > 0 else None,
            )  # fmt: skip
            state = fold(state, event)
            yield rows.start + offset, state, kind

    def _keep(self, visit: int, moment: int, place: int, state: VisitState) -> None:
        shopper = int(self._log.shopper[visit])
        self._numbers.append((visit, shopper, moment, place, state.last_at, state.version))
        self._vectors.append((*vector(state), *self._standing))
        self._trails.append(state.trail)
        self._places.append(columns.places(state, self._words))

    def windows(self, at: tuple[str, ...]) -> Windows:
        numbers = np.array(self._numbers, dtype=np.int64).reshape(-1, 6)
        visit, shopper, moment, place, at_ms, step = numbers.T
        aggregates = np.array(self._vectors, dtype=np.int64).reshape(-1, len(columns.AGGREGATES))
        future = _Future(self._log, self._known)
        end_ms = future.end_ms[visit]
        return Windows(
            visit=visit,
            shopper=shopper,
            at_ms=at_ms,
            step=step.astype(np.int32),
            moment=moment.astype(np.int8),
            aggregates=aggregates,
            steps=self._steps(),
            segment=aggregates[:, columns.AGGREGATES.index("segment")].astype(np.int16),
            bought=(future.last_purchase[visit] > place).astype(np.int8),
            leaves=(end_ms - at_ms <= SOON_MS).astype(np.int8),
            ends=(future.last_place[visit] == place).astype(np.int8),
            next_category=future.next_category[place],
            end_ms=end_ms,
            weight=(1 / np.maximum(self._log.untreated_chance[visit], LEAST_CHANCE)).astype(np.float32),
            words=self._words,
            moments=at,
        )

    def _steps(self) -> NDArray[np.int16]:
        """As columns.steps, for all rows at once."""
        number = len(self._trails)
        raw = b"".join(trail.rjust(STEPS * trails.STEP_BYTES, b"\0") for trail in self._trails)
        trail = np.frombuffer(raw, dtype=np.uint8).reshape(number, STEPS, trails.STEP_BYTES)
        lengths = np.array([len(trail) // trails.STEP_BYTES for trail in self._trails], dtype=np.int64)
        known = np.array(self._places, dtype=np.int16).reshape(number, trails.NO_PLACE + 1)
        return columns.unpacked(trail, known, lengths)


def _draw(
    drawn: list[tuple[int, VisitState]],
    one: tuple[int, VisitState],
    most: int,
    met: int,
    *,
    chance: float,
) -> None:
    """Reservoir sampling (Vitter 1985, algorithm R): each of the prefixes met so far is as likely to be kept."""
    if len(drawn) < most:
        drawn.append(one)
    elif (slot := int(chance * met)) < most:
        drawn[slot] = one


class _Future:
    """What came after each event of a log."""

    def __init__(self, log: EventLog, known: NDArray[np.int16]) -> None:
        place, visits = np.arange(len(log.visit)), log.visits
        self.end_ms = _last_moments(log)
        self.last_place = np.full(visits, -1, dtype=np.int64)
        np.maximum.at(self.last_place, log.visit, place)
        self.last_purchase = np.full(visits, -1, dtype=np.int64)
        paid = log.kind == _PURCHASE
        np.maximum.at(self.last_purchase, log.visit[paid], place[paid])
        self.next_category = _next_named(log, known)


def _next_named(log: EventLog, known: NDArray[np.int16]) -> NDArray[np.int16]:
    """By event: the category of the next one of the same visit that names one, 0 where none does."""
    number = len(log.visit)
    named = np.where(log.category >= 0, np.arange(number), number)
    later = np.minimum.accumulate(np.append(named[1:], number)[::-1])[::-1] if number else named
    inside = later < number
    found = np.zeros(number, dtype=np.int16)
    same = inside.copy()
    same[inside] = log.visit[later[inside]] == log.visit[inside]
    found[same] = known[log.category[later[same]]]
    return found
