from django.db import models

from service_provider.models.fields import CodeField


class Product(models.Model):
    """What the mall sells. Events name products that may not be here: they come from elsewhere, or earlier."""

    product_id = CodeField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=100, db_index=True)
    mall = models.CharField(max_length=60, blank=True)
    price_minor = models.BigIntegerField()  # of one piece, in the smallest unit of the mall's currency
    margin_bp = models.PositiveIntegerField()  # share of the price that is left after its cost, in 1/10,000
    stock = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "product"
        constraints = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=models.Q(margin_bp__lte=10_000), name="product_margin_is_a_share"
            ),
        ]
        indexes = [
            models.Index(fields=["is_active", "category"]),
            # What is new: read from the end. With is_active before it SQLite would not take it, for Django asks
            # "WHERE is_active" there and not "is_active = 1".
            models.Index(fields=["changed_at"]),
        ]

    def __str__(self) -> str:
        return self.product_id
