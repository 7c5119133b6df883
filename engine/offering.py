"""Which of the running campaigns decides on a visit, and what it offers. Rules: docs/algorithms/offering.md."""

from collections.abc import Mapping
from dataclasses import replace

from engine.contracts import (
    FOR_NEWCOMERS,
    FOR_RISKY,
    FOR_SEGMENTS,
    NO_COUPON,
    NO_POLICY,
    PUBLISHED_RULE,
    RANDOM,
    CampaignCase,
    Case,
    Decision,
    Models,
    Outcome,
    Policy,
    Scores,
    Terms,
    VisitState,
)
from engine.decide import decide
from engine.experiments.assign import TREATED, group_of
from engine.features import most_viewed
from engine.policy import reasons
from engine.policy.baselines import NoCoupon, PublishedRule, RandomPolicy
from engine.policy.luck import Luck

NEVER_RISKY = 2.0  # a threshold that no risk reaches: a model without one picks nobody


def offer(state: VisitState, case: Case, models: Models | None) -> Outcome:
    """The outcome for a visit in `state`. The first campaign that is meant for her decides; the others are named
    with what kept them from it. What models or a policy raise goes to the caller, who offers nothing.
    """
    scores = models.score(state) if models is not None else Scores()
    refused: dict[int, str] = {}
    chosen: CampaignCase | None = None
    for campaign in case.campaigns:
        why = _not_for_her(campaign, case, state, scores) if chosen is None else reasons.ANOTHER_CAMPAIGN
        if why:
            refused[campaign.campaign_id] = why
        else:
            chosen = campaign
    if chosen is None:
        return Outcome(None, "", None, 0, refused)
    return _decided(chosen, case, state, scores, refused)


def terms_of(campaign: CampaignCase, case: Case) -> Terms:
    """What the house allows under this campaign."""
    return Terms(
        depths=campaign.depths,
        cap_minor=campaign.cap_minor,
        min_basket_minor=campaign.min_basket_minor,
        margins=case.margins,
        margin_floor=campaign.margin_floor,
        budget_left_minor=campaign.budget_left_minor,
        cooldown_ms=campaign.cooldown_ms,
        standing=case.standing,
    )


def _not_for_her(campaign: CampaignCase, case: Case, state: VisitState, scores: Scores) -> str:
    """Why this campaign is not meant for this shopper now; empty where it is."""
    if campaign.had >= campaign.limit_per_shopper:
        return reasons.HAD_IT
    if campaign.categories and most_viewed(state) not in campaign.categories:
        return reasons.OTHER_CATEGORY
    if campaign.audience == FOR_SEGMENTS and case.segment not in campaign.segments:
        return reasons.OTHER_AUDIENCE
    if campaign.audience == FOR_NEWCOMERS and not case.is_newcomer:
        return reasons.OTHER_AUDIENCE
    if campaign.audience == FOR_RISKY and not _is_at_risk(campaign, case, scores):
        return reasons.OTHER_AUDIENCE
    return ""


def _is_at_risk(campaign: CampaignCase, case: Case, scores: Scores) -> bool:
    return scores.risk is not None and scores.risk >= _threshold(campaign, case)


def _threshold(campaign: CampaignCase, case: Case) -> float:
    if campaign.threshold is not None:
        return campaign.threshold
    return NEVER_RISKY if case.risk_threshold is None else case.risk_threshold


def _decided(
    campaign: CampaignCase, case: Case, state: VisitState, scores: Scores, refused: Mapping[int, str]
) -> Outcome:
    """What the campaign's policy says; a shopper who is held out gets nothing, and what she would have got is kept."""
    wanted = decide(
        state,
        policy=policy_of(campaign, case),
        models=_Known(scores),
        terms=terms_of(campaign, case),
        now=case.now_ms,
        rng=Luck(case.seed),
    )
    group = group_of(
        case.person, holdout_bp=case.holdout_bp, own_holdout_bp=campaign.own_holdout_bp, salt=campaign.salt
    )
    if case.is_stopped:
        return Outcome(campaign.campaign_id, group, _held(wanted, reasons.STOPPED), wanted.arm, refused)
    if group != TREATED:
        return Outcome(campaign.campaign_id, group, _held(wanted, reasons.HELD_OUT), wanted.arm, refused)
    return Outcome(campaign.campaign_id, group, wanted, wanted.arm, refused)


def policy_of(campaign: CampaignCase, case: Case) -> Policy:
    """The campaign's policy as a value. KeyError for one that nobody has thought of."""
    if campaign.policy == RANDOM:
        return RandomPolicy(campaign.rate, tuple(range(1, len(campaign.depths) + 1)))
    if campaign.policy == PUBLISHED_RULE:
        return PublishedRule(_threshold(campaign, case), campaign.arm)
    if campaign.policy == NO_POLICY:
        return NoCoupon()
    raise KeyError(campaign.policy)


def _held(wanted: Decision, why: str) -> Decision:
    """The decision of somebody who cannot get a coupon, whatever chance had said."""
    certain = (1.0,) + (0.0,) * (len(wanted.propensities) - 1)
    return replace(wanted, offer=None, arm=NO_COUPON, reasons=(why, *wanted.reasons), propensities=certain)


class _Known:
    """Scores that were had already."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores

    def score(self, state: VisitState) -> Scores:
        return self._scores
