from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from service_provider.models.shoppers import Shopper


class Feedback(models.Model):
    """What a shopper says of the shop, and what the office answered. New, answered or closed is told by the moments."""

    class Topic(models.TextChoices):
        SHOP = "shop", "The shop"
        PRODUCTS = "products", "Range of products"
        TILL = "till", "Delivery and till"
        COUPONS = "coupons", "Coupons"
        WEBSITE = "website", "Website"

    LONGEST = 2000
    MOST_A_DAY = 5

    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="+")
    # Her how manieth of the mall's own day it is: the table itself holds no sixth.
    on_date = models.DateField()
    number = models.PositiveSmallIntegerField()
    topic = models.CharField(max_length=12, choices=Topic.choices)
    rating = models.PositiveSmallIntegerField(null=True)
    text = models.CharField(max_length=LONGEST)
    created_at = models.DateTimeField()
    answer = models.CharField(max_length=LONGEST, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "feedback"
        indexes = [
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["shopper", "-created_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["shopper", "on_date", "number"], name="feedback_number_of_a_day"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1) & models.Q(number__lte=5), name="feedback_at_most_5_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(topic__in=["shop", "products", "till", "coupons", "website"]),
                name="feedback_topic_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True)
                | (models.Q(rating__gte=1) & models.Q(rating__lte=5)),
                name="feedback_rating_is_1_to_5",
            ),
            models.CheckConstraint(
                condition=~models.Q(text="") & LessThanOrEqual(Length("text"), 2000),  # type: ignore[arg-type]
                name="feedback_has_a_text"
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answer="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(answer="")),
                name="feedback_answer_has_a_moment",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"feedback {self.pk}"
