"""Events and states for tests: a visit that starts at ten, one event a second unless said otherwise."""

from collections.abc import Mapping
from typing import Any

from engine import visit
from engine.contracts import Choice, EventIn, Scores, VisitState

TEN = 1_767_261_600_000  # Thursday, 1 January 2026, 10:00 UTC
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def event(kind: str = "page_view", at: int = TEN, **fields: Any) -> EventIn:
    return EventIn("e-1", "anna", "visit-1", at, kind, **fields)


def view(
    product: str = "shirt", category: str = "Clothing", price: int | None = 1_000, at: int = TEN
) -> EventIn:
    return event("product_view", at, product_id=product, category=category, price_minor=price)


def add(
    product: str = "shirt", category: str = "Clothing", price: int | None = 1_000, **fields: Any
) -> EventIn:
    return event("add_to_cart", product_id=product, category=category, price_minor=price, **fields)


def state(*events: EventIn | str, every: int = SECOND) -> VisitState:
    """The state after `events`, `every` milliseconds apart; a word is an event of that kind."""
    given = (event(e) if isinstance(e, str) else e for e in events)
    timed = (e._replace(occurred_at=TEN + place * every) for place, e in enumerate(given))
    return visit.fold_all(visit.empty("visit-1", "anna"), timed)


class Fixed:
    """Chance that is known: a number for each purpose."""

    def __init__(self, draws: Mapping[int, float] | None = None) -> None:
        self.draws = draws or {}

    def uniform(self, purpose: int) -> float:
        return self.draws[purpose]


class Wants:
    """A policy that wants what it is told."""

    name = "wants"

    def __init__(self, choice: Choice) -> None:
        self.choice = choice

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Any) -> Choice:
        return self.choice


class Says:
    """Models that say what they are told, and count how often they were asked."""

    def __init__(self, scores: Scores) -> None:
        self.scores, self.asked = scores, 0

    def score(self, state: VisitState) -> Scores:
        self.asked += 1
        return self.scores
