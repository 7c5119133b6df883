"""Campaigns and their money. Sums stand in the row, so that one conditional update decides who gets the last coin."""

from django.db import models
from django.db.models import F, Q


class Campaign(models.Model):
    """An offer to shoppers: what, to whom, until when, for how much. Its state is computed, see engine/campaigns.py."""

    class Discount(models.TextChoices):
        PERCENT = "percent", "Percent"
        AMOUNT = "amount", "Amount"

    class Audience(models.TextChoices):
        EVERYONE = "everyone", "Everyone"
        SEGMENTS = "segments", "Some segments"
        NEWCOMERS = "newcomers", "Newcomers"
        AT_RISK = "at_risk", "Visits at risk"

    class Policy(models.TextChoices):
        PUBLISHED_RULE = "published_rule", "Highest risk first"
        RANDOM = "random", "By chance"
        NONE = "none", "No coupons"

    name = models.CharField(max_length=80)
    starts_on = models.DateField()  # in the mall's zone
    ends_on = models.DateField()  # its last second belongs to it
    starts_ms = models.BigIntegerField()  # the same in milliseconds since 1970; the end is no part of it
    ends_ms = models.BigIntegerField()
    published_at = models.DateTimeField(null=True)  # null: a draft
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # by hand; there is no way back

    categories = models.JSONField(default=list)  # empty: all
    malls = models.JSONField(default=list)  # empty: all
    discount_kind = models.CharField(max_length=8, choices=Discount.choices)
    # By arm from 1: percents in 1/10,000, or amounts in the smallest unit; rising.
    depths = models.JSONField()
    cap_minor = models.BigIntegerField()  # the most that one coupon may cost
    min_basket_minor = models.BigIntegerField(default=0)
    valid_days = models.PositiveSmallIntegerField(
        default=1
    )  # a coupon lives through so many days, today among them
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.EVERYONE)
    segments = models.JSONField(default=list)

    budget_minor = models.BigIntegerField()
    day_budget_minor = models.BigIntegerField(null=True)
    overbooking_pct = models.PositiveSmallIntegerField(default=100)  # 100 to 500
    limit_total = models.PositiveIntegerField(null=True)  # coupons
    limit_per_shopper = models.PositiveSmallIntegerField(default=1)
    cooldown_hours = models.PositiveSmallIntegerField(default=168)
    is_exclusive = models.BooleanField(default=True)
    combines_with = models.ManyToManyField("self", symmetrical=True, db_table="campaign_combination")
    restores_on_cancel = models.BooleanField(default=True)
    holdout_bp = models.PositiveSmallIntegerField(default=0)  # of its own, in 1/10,000
    salt = models.CharField(max_length=32)
    policy = models.CharField(max_length=20, choices=Policy.choices, default=Policy.PUBLISHED_RULE)
    parameters = models.JSONField(default=dict)  # of the policy
    priority = models.SmallIntegerField(default=0)  # the highest offers, of equals the smaller id
    is_rehearsal = models.BooleanField(default=False)  # to be attacked; no shopper meets it

    # The money, to the smallest unit: committed = reserved + spent + released, always.
    committed_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    issued = models.PositiveIntegerField(default=0)
    redeemed = models.PositiveIntegerField(default=0)

    by_label = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # its version: who edits says which one was seen

    class Meta:
        db_table = "campaign"
        ordering = ["-id"]
        indexes = [models.Index(fields=["ended_at", "ends_ms"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(committed_minor=F("reserved_minor") + F("spent_minor") + F("released_minor")),
                name="campaign_money_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(reserved_minor__gte=0, spent_minor__gte=0, released_minor__gte=0),
                name="campaign_money_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(overbooking_pct__gt=100)
                | Q(budget_minor__gte=F("reserved_minor") + F("spent_minor")),
                name="campaign_keeps_its_budget",
            ),
            models.CheckConstraint(
                condition=Q(limit_total=None) | Q(limit_total__gte=F("issued")),
                name="campaign_keeps_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(overbooking_pct__gte=100, overbooking_pct__lte=500),
                name="campaign_overbooks_up_to_five",
            ),
            models.CheckConstraint(
                condition=Q(cap_minor__gt=0, budget_minor__gte=0, min_basket_minor__gte=0),
                name="campaign_amounts_are_sound",
            ),
            models.CheckConstraint(condition=Q(holdout_bp__lte=10_000), name="campaign_holdout_is_a_share"),
            models.CheckConstraint(
                condition=Q(ends_ms__gt=F("starts_ms")), name="campaign_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignDay(models.Model):
    """What was issued on one day of the mall's zone, for the budget of a day."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    reserved_minor = models.BigIntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    issued = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "campaign_day"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "day"], name="one_row_per_campaign_and_day"),
            models.CheckConstraint(
                condition=Q(reserved_minor__gte=0, spent_minor__gte=0), name="campaign_day_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.day}"


class CampaignShopper(models.Model):
    """How many coupons of a campaign one shopper has had: the row that limits per shopper are guarded by."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    shopper = models.ForeignKey("service_provider.Shopper", on_delete=models.PROTECT, related_name="+")
    issued = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "campaign_shopper"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "shopper"], name="one_row_per_campaign_and_shopper")
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.shopper_id}"
