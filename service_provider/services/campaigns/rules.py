"""What a campaign must be, one exception a rule. Each names the field it is about, and its text is for people."""

from collections.abc import Iterator

from engine.contracts import FOR_SEGMENTS, PUBLISHED_RULE, RANDOM
from service_provider.models import Campaign
from service_provider.queries import mall
from service_provider.queries.campaign_values import (
    AMOUNT,
    AUDIENCES,
    BP,
    MOST_DEPTHS,
    PERCENT,
    POLICIES,
    CampaignValues,
)
from service_provider.queries.mall import MallSettings

FULL_PCT, MOST_PCT = 100, 500
MOST_DAYS = 366


class CampaignRefused(Exception):
    """A rule of campaigns is not kept; `field` is the one to change."""

    field = "name"


class NameMissing(CampaignRefused):
    field = "name"


class EndsBeforeItStarts(CampaignRefused):
    field = "ends_on"


class DatesFixed(CampaignRefused):
    field = "ends_on"


class AlreadyOver(CampaignRefused):
    field = "ends_on"


class DepthsUnsound(CampaignRefused):
    field = "depths"


class CapMissing(CampaignRefused):
    field = "cap_minor"


class CapBelowAmount(CampaignRefused):
    field = "cap_minor"


class BasketTooSmall(CampaignRefused):
    field = "min_basket_minor"


class ValidDaysUnsound(CampaignRefused):
    field = "valid_days"


class AudienceUnsound(CampaignRefused):
    field = "audience"


class SegmentsMissing(CampaignRefused):
    field = "segments"


class BudgetBelowOneCoupon(CampaignRefused):
    field = "budget_minor"


class BudgetBelowPromised(CampaignRefused):
    field = "budget_minor"


class DayBudgetBelowOneCoupon(CampaignRefused):
    field = "day_budget_minor"


class OverbookingUnsound(CampaignRefused):
    field = "overbooking_pct"


class LimitBelowIssued(CampaignRefused):
    field = "limit_total"


class LimitUnsound(CampaignRefused):
    field = "limit_per_shopper"


class HoldoutUnsound(CampaignRefused):
    field = "holdout_bp"


class HoldoutFixed(CampaignRefused):
    field = "holdout_bp"


class CombinationUnsound(CampaignRefused):
    field = "combines_with"


class PolicyUnsound(CampaignRefused):
    field = "policy"


class RateUnsound(CampaignRefused):
    field = "rate"


class ThresholdUnsound(CampaignRefused):
    field = "threshold"


class ArmUnsound(CampaignRefused):
    field = "arm"


class MarginFloorUnsound(CampaignRefused):
    field = "margin_floor"


def broken(values: CampaignValues) -> Iterator[CampaignRefused]:
    """Every rule that these values break, whoever holds them; nothing is asked of the campaign's past."""
    yield from _about_time(values)
    yield from _about_depths(values)
    yield from _about_money(values)
    yield from _about_people(values)
    yield from _about_policy(values)


def _about_time(values: CampaignValues) -> Iterator[CampaignRefused]:
    if not values.name.strip():
        yield NameMissing("Give the campaign a name.")
    if values.ends_on < values.starts_on:
        yield EndsBeforeItStarts("The last day comes before the first.")
    if not 1 <= values.valid_days <= MOST_DAYS:
        yield ValidDaysUnsound(f"A coupon lives through 1 to {MOST_DAYS} days.")


def _about_depths(values: CampaignValues) -> Iterator[CampaignRefused]:
    depths = values.depths
    if not 1 <= len(depths) <= MOST_DEPTHS:
        yield DepthsUnsound(f"Give 1 to {MOST_DEPTHS} depths.")
    elif depths[0] <= 0 or list(depths) != sorted(set(depths)):
        yield DepthsUnsound("Depths are above zero and rise: each one is larger than the one before.")
    deepest = max(depths, default=0)
    if values.discount_kind == PERCENT:
        yield from _about_percents(values, deepest)
    elif values.discount_kind == AMOUNT:
        yield from _about_amounts(values, deepest)
    else:
        yield DepthsUnsound("A discount is a percentage or an amount.")


def _about_percents(values: CampaignValues, deepest: int) -> Iterator[CampaignRefused]:
    if deepest > BP:
        yield DepthsUnsound("No more than 100 % can be taken off.")
    if values.cap_minor <= 0:
        yield CapMissing("A percentage needs a cap: the most that one coupon may cost.")


def _about_amounts(values: CampaignValues, deepest: int) -> Iterator[CampaignRefused]:
    if values.cap_minor < deepest:
        yield CapBelowAmount("The cap of a coupon is at least its largest amount.")
    if values.min_basket_minor < max(1, deepest):
        yield BasketTooSmall("An amount needs a minimum basket that is at least as large.")


def _about_money(values: CampaignValues) -> Iterator[CampaignRefused]:
    if values.min_basket_minor < 0:
        yield BasketTooSmall("A basket is not below zero.")
    if values.budget_minor < max(1, values.cap_minor):
        yield BudgetBelowOneCoupon("The budget does not cover the cap of one coupon.")
    if values.day_budget_minor is not None and values.day_budget_minor < max(1, values.cap_minor):
        yield DayBudgetBelowOneCoupon("The budget of a day does not cover the cap of one coupon.")
    if not FULL_PCT <= values.overbooking_pct <= MOST_PCT:
        yield OverbookingUnsound("Overbooking is a factor from 1 to 5.")
    if values.limit_per_shopper < 1:
        yield LimitUnsound("A shopper may have at least one coupon.")
    if values.limit_total is not None and values.limit_total < 1:
        yield LimitBelowIssued("A campaign gives out at least one coupon.")


def _about_people(values: CampaignValues) -> Iterator[CampaignRefused]:
    if values.audience not in AUDIENCES:
        yield AudienceUnsound("There is no such audience.")
    if values.audience == FOR_SEGMENTS and not values.segments:
        yield SegmentsMissing("Choose the segments that it is for.")
    if not 0 <= values.holdout_bp <= BP:
        yield HoldoutUnsound("A holdout is a share from 0 to 100 %.")


def _about_policy(values: CampaignValues) -> Iterator[CampaignRefused]:
    given = values.parameters
    if values.policy not in POLICIES:
        yield PolicyUnsound("There is no such policy.")
    if values.policy == RANDOM and not 0 < given.get("rate", 0) <= 1:
        yield RateUnsound("Give the share of chances at which it offers a coupon: above 0, at most 100 %.")
    threshold = given.get("threshold")
    if threshold is not None and not 0 <= threshold <= 1:
        yield ThresholdUnsound("A risk is a share from 0 to 100 %.")
    if values.policy == PUBLISHED_RULE and not 1 <= given.get("arm", 1) <= max(1, len(values.depths)):
        yield ArmUnsound("There is no depth of that number: the first is 1.")
    if not 0 <= given.get("margin_floor", 0) <= 1:
        yield MarginFloorUnsound("What must be left of the margin is a share from 0 to 100 %.")


# ---- what a campaign has done binds it ----------------------------------------------------------------


def refuse_broken(values: CampaignValues) -> None:
    for refusal in broken(values):
        raise refusal


def refuse_against_past(row: Campaign, wanted: CampaignValues, *, is_ended: bool) -> None:
    """Asked under the row's lock: what was promised, given out or measured by now stays possible."""
    settings = mall.get_settings()
    if is_ended and (wanted.starts_on, wanted.ends_on) != (row.starts_on, row.ends_on):
        raise DatesFixed("It has ended: its days stay as they were. Duplicate it to run it again.")
    if row.issued and wanted.holdout_bp != row.holdout_bp:
        raise HoldoutFixed(
            "Coupons were given out already. Another share would move shoppers between those who get coupons and "
            "those who do not, and the comparison would be worth nothing. Duplicate it for another share."
        )
    if wanted.limit_total is not None and wanted.limit_total < row.issued:
        raise LimitBelowIssued(f"{row.issued:,} coupons were given out already.")
    _refuse_less_than_promised(row, wanted, settings)


def _refuse_less_than_promised(row: Campaign, wanted: CampaignValues, settings: MallSettings) -> None:
    promised = least_budget_minor(row, overbooking_pct=wanted.overbooking_pct)
    if wanted.budget_minor >= promised:
        return
    if wanted.overbooking_pct < row.overbooking_pct and wanted.budget_minor >= least_budget_minor(
        row, overbooking_pct=row.overbooking_pct
    ):
        raise OverbookingUnsound(
            f"With this factor the budget would have to be at least {settings.money(promised)}: so much is spent and "
            "promised."
        )
    raise BudgetBelowPromised(f"At least {settings.money(promised)} is spent and promised already.")


def least_budget_minor(row: Campaign, *, overbooking_pct: int) -> int:
    """What is spent, and what is reserved over the overbooking factor, rounded up."""
    return row.spent_minor + -(-row.reserved_minor * FULL_PCT // overbooking_pct)


def refuse_strangers(values: CampaignValues, *, campaign_id: int | None) -> None:
    """Combinations are with other campaigns that there are."""
    wanted = set(values.combines_with)
    if campaign_id in wanted:
        raise CombinationUnsound("A campaign's coupons are not combined with each other.")
    if Campaign.objects.filter(pk__in=wanted).count() < len(wanted):
        raise CombinationUnsound("One of the chosen campaigns is not there.")
