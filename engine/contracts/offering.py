"""What is known when it is decided which campaign offers what to whom, and what came out. All of it is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from engine.contracts.decisions import Decision, Standing

FOR_EVERYONE, FOR_SEGMENTS, FOR_NEWCOMERS, FOR_RISKY = "everyone", "segments", "newcomers", "at_risk"
PUBLISHED_RULE, RANDOM, NO_POLICY = "published_rule", "random", "none"


@dataclass(frozen=True, slots=True)
class CampaignCase:
    """A campaign that runs, as it is for this shopper at this moment. Money in the smallest unit."""

    campaign_id: int
    priority: int
    depths: tuple[float, ...]  # share of the price; of an amount: of the minimum basket
    cap_minor: int
    min_basket_minor: int
    budget_left_minor: int  # what may still be promised, over all and today
    categories: tuple[str, ...]  # none: all
    audience: str
    segments: tuple[str, ...]
    policy: str
    threshold: float | None  # of the published rule; None: the model's own
    arm: int  # of the published rule
    rate: float  # of the random policy
    margin_floor: float
    cooldown_ms: int
    limit_per_shopper: int
    had: int  # coupons of it that she has had
    own_holdout_bp: int
    salt: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything but the state and the models' scores. Moments in milliseconds since 1970 in UTC."""

    now_ms: int
    seed: str
    person: str  # the key of the merged shopper
    holdout_bp: int
    is_stopped: bool  # the emergency stop
    segment: str  # empty: unknown
    is_newcomer: bool
    risk_threshold: float | None  # the model's: what it picks as the top tenth
    standing: Standing
    margins: Mapping[str, float]
    campaigns: tuple[CampaignCase, ...]  # the highest priority first, of equals the smaller id

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["standing"]["just_bought"] = sorted(self.standing.just_bought)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        standing = dict(data["standing"])
        standing["just_bought"] = frozenset(standing["just_bought"])
        campaigns = [_campaign(one) for one in data["campaigns"]]
        plain: dict[str, Any] = dict(data) | {"standing": Standing(**standing), "campaigns": tuple(campaigns)}
        return cls(**plain)


def _campaign(data: Mapping[str, Any]) -> CampaignCase:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
    }
    return CampaignCase(**given)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which campaign decided, for which group she is in, and what; and why every other one did not."""

    campaign_id: int | None  # None: none was for her
    group: str  # one of engine.experiments.assign.GROUPS, empty where no campaign decided
    decision: Decision | None  # as it comes out; None where nothing was asked
    wanted_arm: int = 0  # of a shopper who is held out: what she would have got
    refused: Mapping[int, str] = field(default_factory=dict)  # campaign -> why it did not decide
