"""What many shoppers did together: counts that stay when single events are gone."""

from django.db import models

from service_provider.models.fields import CodeField


class SearchDay(models.Model):
    """How often some words were searched for on a day, by nobody in particular."""

    day = models.DateField()  # in UTC
    words = CodeField(max_length=80)  # lower case, one space between them
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "search_day"
        constraints = [models.UniqueConstraint(fields=["day", "words"], name="one_count_per_search_and_day")]

    def __str__(self) -> str:
        return self.words


class EventDay(models.Model):
    """Events that were removed, added up by day, kind and category."""

    day = models.DateField()  # in UTC
    kind = models.PositiveSmallIntegerField()  # index in engine.contracts.KINDS
    category = CodeField(max_length=100, blank=True)
    events = models.PositiveIntegerField()
    pieces = models.PositiveIntegerField()
    value_minor = models.BigIntegerField()  # price times pieces, where both were known

    class Meta:
        db_table = "event_day"
        constraints = [
            models.UniqueConstraint(fields=["day", "kind", "category"], name="one_sum_per_day_kind_category")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.category}"
