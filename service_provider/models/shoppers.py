from django.db import models


class Shopper(models.Model):
    """Who shops, without a name: everything but `people.py` knows a shopper by this row only."""

    key = models.CharField(max_length=32, unique=True)  # random, shown in place of a name
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "shopper"

    def __str__(self) -> str:
        return self.key
