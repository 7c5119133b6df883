from django.db import models

from service_provider.models.fields import CodeField


class Shopper(models.Model):
    """Who shops, without a name: everything but `people.py` knows a shopper by this row only."""

    # Random, or as an imported file has it; shown in place of a name.
    key = CodeField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_index=True)
    # A visitor who logged in: whose she turned out to be. Her rows were moved there.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    # How many events her browser sent in the minute (since 1970) in which it last sent some.
    busy_minute = models.BigIntegerField(default=0, db_default=0)
    busy_events = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "shopper"

    def __str__(self) -> str:
        return self.key
