"""Who belonged to which segment, and since when."""

from django.db import models

from service_provider.models.learning import ModelVersion
from service_provider.models.shoppers import Shopper


class Membership(models.Model):
    """A stretch of time in which a shopper belonged to one segment of one version."""

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="+")
    # Equal to `shopper` while this stretch lasts, else null: a shopper belongs to one segment at a time.
    live_shopper = models.OneToOneField(Shopper, on_delete=models.CASCADE, null=True, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    segment = models.CharField(max_length=40)  # stable over refits, see engine/segments.py
    spending_score = models.FloatField(null=True)  # null: a newcomer has none
    behaviour_score = models.FloatField(null=True)
    from_at = models.DateTimeField(db_index=True)
    until_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "membership"
        indexes = [models.Index(fields=["shopper", "from_at"]), models.Index(fields=["segment", "until_at"])]

    def __str__(self) -> str:
        return f"{self.shopper_id} {self.segment}"
