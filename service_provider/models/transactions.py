from django.db import models

from service_provider.models.fields import CodeField


class TransactionFields(models.Model):
    """The eleven columns of a mall transaction; money in the smallest unit of the mall's currency."""

    tid = CodeField(max_length=80, db_index=True)
    coupon_no = models.CharField(max_length=40, blank=True)
    customer_id = models.CharField(max_length=40, blank=True)
    gender = models.CharField(max_length=16)
    age = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()  # the line's total
    payment_method = models.CharField(max_length=40)
    invoice_date = models.DateField()
    shopping_mall = models.CharField(max_length=60)

    class Meta:
        abstract = True


class Transaction(TransactionFields):
    """A transaction that really happened, imported; `label` is what came true (0 Low, 1 High)."""

    tid = CodeField(max_length=80, unique=True)
    label = models.PositiveSmallIntegerField(null=True)
    imported_at = models.DateTimeField()

    class Meta:
        db_table = "mall_transaction"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(label__isnull=True) | models.Q(label__in=[0, 1]),
                name="transaction_label_is_0_or_1",
            ),
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0), name="transaction_price_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["invoice_date"])]

    def __str__(self) -> str:
        return self.tid
