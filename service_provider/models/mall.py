from django.db import models


class Mall(models.Model):
    """The one row of settings that the provider may change."""

    # Not counted up: MariaDB takes no check constraint on an AUTO_INCREMENT column.
    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=80, default="Our Mall")
    currency = models.CharField(max_length=3, default="EUR")  # ISO 4217
    zone = models.CharField(max_length=60, default="Europe/Berlin")  # IANA
    low_ratio_threshold = models.FloatField(default=0.3)  # groups whose High share lies below are marked
    min_group_size = models.PositiveIntegerField(default=30)  # below it: "not enough data yet"
    model_stale_days = models.PositiveIntegerField(default=30)  # an older live model is called stale
    keep_events_days = models.PositiveIntegerField(
        default=400, db_default=400
    )  # older ones are added up and removed
    # The permanent holdout: so many of 10,000 shoppers never get a coupon.
    holdout_bp = models.PositiveSmallIntegerField(default=500, db_default=500)
    coupons_stopped_at = models.DateTimeField(
        null=True
    )  # the emergency stop: no coupon is issued while it is set
    coupons_stopped_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mall"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="mall_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(low_ratio_threshold__gte=0, low_ratio_threshold__lte=1),
                name="mall_ratio_is_a_rate",
            ),
            models.CheckConstraint(
                condition=models.Q(holdout_bp__lte=10_000), name="mall_holdout_is_a_share"
            ),
            models.CheckConstraint(
                condition=models.Q(keep_events_days__gte=30), name="mall_keeps_events_a_month"
            ),
        ]

    def __str__(self) -> str:
        return self.name
