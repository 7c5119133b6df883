"""Visits and their events. Moments are milliseconds since 1970 in UTC: what the engine reckons with."""

from django.db import models

from service_provider.models.fields import CodeField
from service_provider.models.shoppers import Shopper


class Visit(models.Model):
    """A run of events of one shopper with gaps of at most 30 minutes."""

    key = CodeField(max_length=64, unique=True)
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="+")
    started_ms = models.BigIntegerField(db_index=True)
    last_ms = models.BigIntegerField()
    event_count = models.PositiveIntegerField(default=0)
    is_buying = models.BooleanField(default=False)  # it has a purchase
    is_bot = models.BooleanField(default=False)  # kept out of every figure
    state = models.BinaryField(
        null=True
    )  # engine.visit.to_bytes of its events, in the order of their receipt
    state_version = models.PositiveIntegerField(default=0, db_default=0)  # events folded into it
    is_summed = models.BooleanField(default=False, db_default=False)  # its events were added up and removed
    # What the live model said at the last decision point: chance of no purchase, in millionths; null: unknown.
    risk_ppm = models.PositiveIntegerField(null=True)
    risk_step = models.PositiveIntegerField(null=True)  # events folded by then
    # A model's memory of this visit, where it carries one from event to event; its first bytes say whose it is.
    carried = models.BinaryField(null=True)

    class Meta:
        db_table = "visit"
        indexes = [models.Index(fields=["shopper", "started_ms"]), models.Index(fields=["last_ms"])]

    def __str__(self) -> str:
        return self.key


class Event(models.Model):
    """One event. The primary key is the number of its receipt: the order in which visits are folded."""

    class Mark(models.IntegerChoices):
        ON_TIME = 0, "On time"
        LATE = 1, "Came after a later one"
        MISDATED = 2, "Its moment could not be, so that of its receipt stands in"

    event_id = CodeField(max_length=64, unique=True)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="+")
    occurred_ms = models.BigIntegerField(db_index=True)
    received_ms = models.BigIntegerField()
    kind = models.PositiveSmallIntegerField()  # index in engine.contracts.KINDS
    product_id = models.CharField(max_length=64, blank=True)
    category = models.CharField(max_length=100, blank=True)
    price_minor = models.BigIntegerField(null=True)  # of one piece
    quantity = models.PositiveIntegerField(null=True)
    mark = models.PositiveSmallIntegerField(
        choices=Mark.choices, default=Mark.ON_TIME, db_default=Mark.ON_TIME
    )

    class Meta:
        db_table = "event"

    def __str__(self) -> str:
        return self.event_id
