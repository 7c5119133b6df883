"""What somebody should look at."""

from django.db import models


class Alarm(models.Model):
    """Something that a watch found wrong, until it is well again or somebody says that it is known."""

    kind = models.CharField(max_length=40)
    # Equal to `kind` while the alarm stands, else null: the same thing is not raised twice.
    live_kind = models.CharField(max_length=40, null=True, unique=True)
    text = models.TextField()  # for people: what is wrong, since when, what it costs, what to do
    detail = models.JSONField(default=dict)  # the figures behind it
    cost_minor = models.BigIntegerField(null=True)  # a week; null where it cannot be said
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "alarm"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.kind
