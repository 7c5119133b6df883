from django.db import models

from service_provider.models.catalogue import Product
from service_provider.models.shoppers import Shopper


class BasketLine(models.Model):
    """What a shopper, known or not, has put into her basket; prices are the catalogue's when she pays."""

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "basket_line"
        constraints = [
            models.UniqueConstraint(fields=["shopper", "product"], name="basket_has_a_product_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1) & models.Q(quantity__lte=99),
                name="basket_line_has_1_to_99",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} x {self.quantity}"
