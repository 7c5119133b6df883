"""What was not done, counted: a coupon that was not offered because something failed is never guessed at."""

from django.db import models

from service_provider.models.fields import CodeField


class Miss(models.Model):
    """How often within an hour, and why."""

    hour_ms = models.BigIntegerField()  # beginning of the hour
    reason = CodeField(max_length=40)
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "miss"
        constraints = [
            models.UniqueConstraint(fields=["hour_ms", "reason"], name="one_count_per_hour_and_reason")
        ]

    def __str__(self) -> str:
        return self.reason
