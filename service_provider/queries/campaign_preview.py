"""Who would have got what yesterday, had a campaign run: yesterday's decisions once more with the campaign put in.

Where nothing was decided yesterday, yesterday's visits are walked through again. Either is bounded and says so;
nothing is written, no model is asked.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from engine import offering
from engine.contracts import CampaignCase, Case, Outcome, Scores, Standing, VisitState
from engine.experiments.assign import TREATED
from engine.policy.reasons import HELD_OUT
from service_provider.models import Campaign
from service_provider.queries import campaign_terms, campaign_values, mall
from service_provider.queries import preview_moments as yesterdays
from service_provider.queries.campaign_values import PERCENT, CampaignValues
from service_provider.queries.decision_words import sentence
from service_provider.queries.mall import MallSettings
from service_provider.queries.preview_moments import Moment

SHOWN = 10
UNSAVED = 2**62  # of equals the smaller number decides, and it would have the largest


@dataclass(frozen=True, slots=True)
class WouldGet:
    """One coupon that would have been offered."""

    at: datetime  # in the mall's zone
    shopper_key: str
    depth: str
    category: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What came out. `looked_at` of `total` decisions or visits; a part of them stands for all."""

    day: date
    source: str  # DECISIONS, VISITS, or empty where there was neither
    looked_at: int
    total: int
    points: int  # moments at which a coupon could have been offered
    offers: int
    held_out: int  # would have got one and belong to a holdout
    most_minor: int  # the most that these coupons could have cost
    depths: tuple[tuple[str, int], ...]
    categories: tuple[tuple[str, int], ...]
    refusals: tuple[tuple[str, int], ...]  # why not, in words
    first: tuple[WouldGet, ...]

    @property
    def is_sampled(self) -> bool:
        return self.looked_at < self.total


@dataclass(slots=True)
class _Walk:
    """What the campaign would have given out so far."""

    campaign: CampaignCase
    day_budget_minor: int | None
    overbooking_pct: int
    limit_total: int | None
    had: Counter[str] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)
    visits: set[int] = field(default_factory=set)
    offers: list[tuple[Moment, int, str]] = field(default_factory=list)
    held_out: int = 0
    points: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def ask(self, moment: Moment) -> None:
        outcome = offering.offer(moment.state, self._case(moment), _Told(moment.risk))
        self.points += 1
        decision = outcome.decision
        mine = outcome.campaign_id == self.campaign.campaign_id
        if mine and decision is not None and decision.offer is not None:
            self._count(moment, decision.arm, decision.offer.category)
        elif mine and outcome.group != TREATED and outcome.wanted_arm:
            self.held_out += 1
            self.refusals[HELD_OUT] += 1
        else:
            self.refusals[_why(outcome, self.campaign.campaign_id)] += 1

    def _count(self, moment: Moment, arm: int, category: str) -> None:
        self.offers.append((moment, arm, category))
        self.had[moment.person] += 1
        self.last[moment.person] = moment.case.now_ms
        self.visits.add(moment.visit_id)

    def _case(self, moment: Moment) -> Case:
        """The case of then, with the campaign in its place among the others, and what it has given out by now."""
        mine = replace(self.campaign, had=self.had[moment.person], budget_left_minor=self._left())
        others = [one for one in moment.case.campaigns if one.campaign_id != mine.campaign_id]
        ranked = sorted([*others, mine], key=lambda one: (-one.priority, one.campaign_id))
        standing = self._standing(moment)
        return replace(moment.case, campaigns=tuple(ranked), is_stopped=False, standing=standing)

    def _standing(self, moment: Moment) -> Standing:
        then, last = moment.case.standing, self.last.get(moment.person)
        if last is None:
            return then
        return replace(
            then,
            coupons_this_visit=max(then.coupons_this_visit, int(moment.visit_id in self.visits)),
            last_coupon_at=max(last, then.last_coupon_at or last),
            live_coupons=max(then.live_coupons, self.had[moment.person]),
        )

    def _left(self) -> int:
        if self.limit_total is not None and len(self.offers) >= self.limit_total:
            return 0
        used = len(self.offers) * self.campaign.cap_minor
        budgets = [self.campaign.budget_left_minor]
        if self.day_budget_minor is not None:
            budgets.append(self.day_budget_minor * self.overbooking_pct // 100)
        return max(0, min(one - used for one in budgets))


class _Told:
    """The score that was had then."""

    def __init__(self, risk: float | None) -> None:
        self._scores = Scores(risk=risk)

    def score(self, state: VisitState) -> Scores:
        return self._scores


def _why(outcome: Outcome, campaign_id: int) -> str:
    if campaign_id in outcome.refused:
        return outcome.refused[campaign_id]
    reasons = outcome.decision.reasons if outcome.decision is not None else ()
    return reasons[-1] if reasons else ""


def preview(values: CampaignValues, *, campaign_id: int | None, now: datetime) -> Preview:
    """What these values would have done yesterday. `campaign_id` is None for one that is not saved yet."""
    settings = mall.get_settings()
    day = settings.local(now).date() - timedelta(days=1)
    since = campaign_terms.end_of(day - timedelta(days=1), settings.zone)
    until = campaign_terms.end_of(day, settings.zone)
    source, total, looked_at, moments = yesterdays.moments(since, until, settings, now=now)
    walk = _walk(values, campaign_id, day, share=looked_at / total if total else 1.0)
    for moment in moments:
        walk.ask(moment)
    return _told(walk, values, settings, day=day, source=source, looked_at=looked_at, total=total)


def _walk(values: CampaignValues, campaign_id: int | None, day: date, *, share: float) -> _Walk:
    """A part of the day has a part of the budgets."""
    zone = mall.get_settings().zone
    number = campaign_id or UNSAVED
    saved = Campaign.objects.filter(pk=number).values_list("salt", flat=True).first()
    row = Campaign(pk=number, salt=saved or "a preview", **campaign_values.columns_of(values, zone=zone))
    row.budget_minor = int(values.budget_minor * share)
    day_budget, row.day_budget_minor, row.limit_total = row.day_budget_minor, None, None
    (campaign,) = campaign_terms.cases_of([row], {}, {})
    limit = None if values.limit_total is None else int(values.limit_total * share)
    return _Walk(
        campaign, None if day_budget is None else int(day_budget * share), values.overbooking_pct, limit
    )


# ---- in words -----------------------------------------------------------------------------------------


def _told(
    walk: _Walk,
    values: CampaignValues,
    settings: MallSettings,
    *,
    day: date,
    source: str,
    looked_at: int,
    total: int,
) -> Preview:
    written = [_depth(values, arm, settings) for arm in range(1, len(values.depths) + 1)]
    arms = Counter(arm for _, arm, _ in walk.offers)
    categories = Counter(category for _, _, category in walk.offers)
    first = tuple(
        WouldGet(_local(moment.case.now_ms, settings), moment.person, written[arm - 1], category)
        for moment, arm, category in walk.offers[:SHOWN]
    )
    return Preview(
        day=day,
        source=source,
        looked_at=looked_at,
        total=total,
        points=walk.points,
        offers=len(walk.offers),
        held_out=walk.held_out,
        most_minor=len(walk.offers) * values.cap_minor,
        depths=tuple((written[arm - 1], arms[arm]) for arm in sorted(arms)),
        categories=tuple(categories.most_common(SHOWN)),
        refusals=tuple((sentence(why), count) for why, count in walk.refusals.most_common()),
        first=first,
    )


def _depth(values: CampaignValues, arm: int, settings: MallSettings) -> str:
    depth = values.depths[arm - 1]
    return campaign_values.percent(depth) if values.discount_kind == PERCENT else settings.money(depth)


def _local(moment_ms: int, settings: MallSettings) -> datetime:
    return settings.local(datetime.fromtimestamp(moment_ms / 1000, UTC))
