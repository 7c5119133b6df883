"""What a decision is made of: arms, terms, scores, the choice of a policy and the decision itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.contracts.visits import VisitState

NO_COUPON = 0
"""The arm that holds back; arm i >= 1 offers `Terms.depths[i - 1]`."""

DEPTHS = (0.05, 0.10, 0.15, 0.20)


@dataclass(frozen=True, slots=True)
class Standing:
    """What this shopper has had so far, as far as limits ask for it."""

    coupons_this_visit: int = 0
    last_coupon_at: int | None = None  # milliseconds since 1970
    live_coupons: int = 0
    just_bought: frozenset[str] = frozenset()  # categories bought in this visit or lately
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the house allows at this moment. Rates from 0 to 1, money in the smallest unit."""

    depths: tuple[float, ...] = DEPTHS
    cap_minor: int = 200_000  # the most that one coupon may cost
    min_basket_minor: int = 0
    valid_ms: int = 24 * 3_600_000
    margins: Mapping[str, float] = field(default_factory=dict)  # category -> margin rate; missing counts as 0
    margin_floor: float = 0.0  # what must be left of the margin after the discount
    budget_left_minor: int | None = None  # None: not limited
    first_event: int = 3  # no decision before this event (1 is the first)
    every: int = 5  # each so many events is a decision point; 0: none for that reason
    idle_ms: int = 20_000  # an idle is a decision point after so long without an event
    cooldown_ms: int = 7 * 24 * 3_600_000
    coupons_a_visit: int = 1
    live_coupons: int = 2
    standing: Standing = Standing()


@dataclass(frozen=True, slots=True)
class Scores:
    """What models say of a state; None where no model spoke, which is never taken for a guess."""

    risk: float | None = None  # chance (0 to 1) that the visit ends without a purchase, untreated
    propensity: float | None = None  # chance of a purchase in the rest of the visit, untreated
    uplift: float | None = None  # what the standard coupon adds to that chance
    gains: tuple[float, ...] | None = None  # by arm: expected contribution less that of arm 0, minor units
    liabilities: tuple[float, ...] | None = None  # by arm: expected cost of the coupon, minor units


class Chance(Protocol):
    """Where chance comes in: equal draws for equal purposes, whoever asks and how often."""

    def uniform(self, purpose: int) -> float:
        """A number from [0, 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy wants: an arm, the category, the chance with which it chose each arm, and why.

    The category is named wherever an arm that offers something had a chance, also where none was chosen.
    """

    arm: int
    category: str
    propensities: tuple[float, ...]  # by arm, sums to 1
    reason: str


class Policy(Protocol):
    """A policy is a value: the same state, scores and chance give the same choice."""

    @property
    def name(self) -> str: ...

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice: ...


class Models(Protocol):
    """Where scores come from: one live model, or a batch that was scored ahead."""

    def score(self, state: VisitState) -> Scores: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A coupon proposed: percent off one category, until a moment."""

    category: str
    depth: float
    cap_minor: int
    min_basket_minor: int
    valid_until: int  # milliseconds since 1970


@dataclass(frozen=True, slots=True)
class Decision:
    """Offer or none, and all that is needed to say why and to compute it again."""

    offer: Offer | None
    arm: int
    reasons: tuple[str, ...]  # never empty
    propensities: tuple[float, ...]  # by arm; the chance of one that was refused has gone to arm 0
    scores: Scores
    policy: str
