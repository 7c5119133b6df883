from django.db import models

from service_provider.models.fields import CodeField
from service_provider.models.shoppers import Shopper
from service_provider.models.visits import Visit


class Order(models.Model):
    """A purchase with its lines; `total_minor` is what was paid."""

    key = CodeField(max_length=64, unique=True)
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    placed_ms = models.BigIntegerField(db_index=True)  # milliseconds since 1970 in UTC
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(
        default=0, db_default=0
    )  # taken off by coupons; the total is without it
    payment_method = models.CharField(
        max_length=40, blank=True, default="", db_default=""
    )  # empty for orders that were imported
    cancelled_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "shop_order"
        constraints = [
            models.CheckConstraint(condition=models.Q(total_minor__gte=0), name="order_total_not_negative")
        ]
        indexes = [models.Index(fields=["shopper", "placed_ms"])]

    def __str__(self) -> str:
        return self.key


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    product_id = models.CharField(max_length=64)
    category = models.CharField(max_length=100, blank=True)
    price_minor = models.BigIntegerField()  # of one piece
    quantity = models.PositiveIntegerField()
    discount_minor = models.BigIntegerField(default=0, db_default=0)  # of the whole line

    class Meta:
        db_table = "shop_order_line"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0), name="order_line_price_not_negative"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="order_line_has_pieces"),
            models.CheckConstraint(
                condition=models.Q(discount_minor__gte=0), name="order_line_discount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} x {self.quantity}"
