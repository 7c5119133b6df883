"""Coupons, what became of them, and every movement of their money."""

from django.db import models
from django.db.models import F, Q

from service_provider.models.campaigns import Campaign
from service_provider.models.fields import CodeField
from service_provider.models.keys import ApiKey
from service_provider.models.orders import Order
from service_provider.models.shoppers import Shopper
from service_provider.models.tills import Till
from service_provider.models.visits import Visit


class Decision(models.Model):
    """A moment at which a coupon could have been offered, and why it was or was not; enough to decide it again."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="+")
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField(db_index=True)
    step = models.PositiveIntegerField()  # events of the visit by then
    state = models.BinaryField()  # engine.visit.to_bytes, as it was seen
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="+")
    policy = models.CharField(max_length=40, blank=True)
    arm = models.PositiveSmallIntegerField()  # 0: no coupon
    group = models.CharField(max_length=12)  # "holdout", "own_holdout", "treated" or "none"
    category = models.CharField(max_length=100, blank=True)
    reasons = models.JSONField()
    propensities = models.JSONField()
    seed = models.CharField(max_length=32)  # of its draws
    # As they were seen: terms, standing, budget, candidates with what refused them, scores, model versions.
    seen = models.JSONField()
    micros = models.PositiveIntegerField()

    class Meta:
        db_table = "decision"
        constraints = [models.UniqueConstraint(fields=["visit", "step"], name="one_decision_per_step")]
        indexes = [models.Index(fields=["campaign", "at_ms"]), models.Index(fields=["shopper", "at_ms"])]

    def __str__(self) -> str:
        return f"{self.pk}"


class Coupon(models.Model):
    """One coupon of one shopper."""

    class State(models.TextChoices):
        ISSUED = "issued", "Issued"
        SEEN = "seen", "Seen"
        REDEEMED = "redeemed", "Redeemed"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        REVERSED = "reversed", "Taken back"

    LIVE = (State.ISSUED, State.SEEN)  # it can be used while its time lasts

    code = CodeField(max_length=20, unique=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    category = models.CharField(max_length=100)
    rate_bp = models.PositiveSmallIntegerField(default=0)  # percent off in 1/10,000, or
    amount_minor = models.BigIntegerField(default=0)  # so much off
    cap_minor = models.BigIntegerField()
    min_basket_minor = models.BigIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True)  # for the shopper
    issued_ms = models.BigIntegerField()
    issued_day = models.DateField()  # in the mall's zone
    expires_ms = models.BigIntegerField()  # this moment is no part of its life
    seen_ms = models.BigIntegerField(null=True)
    dismissed_ms = models.BigIntegerField(null=True)
    redeemed_ms = models.BigIntegerField(null=True)
    mailed_ms = models.BigIntegerField(null=True)  # she was told of it by mail
    # What its campaign still holds for it, and what it cost.
    reserved_minor = models.BigIntegerField()
    spent_minor = models.BigIntegerField(default=0)
    # A till that has validated it holds it for some minutes.
    held_until_ms = models.BigIntegerField(default=0)
    held_by = models.CharField(max_length=64, blank=True)
    rating = models.PositiveSmallIntegerField(null=True)  # 1 to 5, what she thought of it
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "coupon"
        indexes = [
            models.Index(fields=["shopper", "state"]),
            models.Index(fields=["campaign", "state"]),
            models.Index(fields=["state", "expires_ms"], name="coupon_ends_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate_bp__gt=0, amount_minor=0) | Q(rate_bp=0, amount_minor__gt=0),
                name="coupon_is_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(
                    reserved_minor__gte=0,
                    spent_minor__gte=0,
                    cap_minor__gte=F("reserved_minor") + F("spent_minor"),
                ),
                name="coupon_costs_at_most_its_cap",
            ),
        ]

    def __str__(self) -> str:
        return f"coupon {self.pk}"


class Redemption(models.Model):
    """A coupon put to use."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="+")
    # Equal to `coupon` until it is taken back, else null: the database allows one at a time.
    live_coupon = models.OneToOneField(Coupon, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+")
    at_ms = models.BigIntegerField(db_index=True)
    basket_minor = models.BigIntegerField()  # before any discount
    discount_minor = models.BigIntegerField()
    lines = models.JSONField(default=list)  # product, category, price, quantity, discount of each
    reversed_ms = models.BigIntegerField(null=True)
    reversed_why = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "redemption"
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_minor__gte=0, basket_minor__gte=F("discount_minor")),
                name="redemption_leaves_no_negative_total",
            )
        ]

    def __str__(self) -> str:
        return f"redemption {self.pk}"


class LedgerRow(models.Model):
    """One movement of a campaign's money. Rows are added, never changed."""

    class Kind(models.TextChoices):
        COMMIT = "commit", "Committed"
        SPEND = "spend", "Spent"
        RELEASE = "release", "Released"
        REVERSE = "reverse", "Reversed"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    at_ms = models.BigIntegerField()
    by_label = models.CharField(max_length=150)

    class Meta:
        db_table = "ledger_row"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="ledger_amount_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"
