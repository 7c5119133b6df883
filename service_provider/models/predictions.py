from django.db import models

from service_provider.models.fields import CodeField
from service_provider.models.transactions import TransactionFields


class RevenuePrediction(TransactionFields):
    """What was asked, what was answered by which version, and, once known, what came true."""

    class Source(models.TextChoices):
        FORM = "form", "Shopper's form"
        API = "api", "API"
        DEMO = "demo", "Demo history"

    tid = CodeField(max_length=80, blank=True, db_index=True)
    shopper = models.ForeignKey(
        "service_provider.Shopper", on_delete=models.SET_NULL, null=True, related_name="predictions"
    )
    model_version = models.ForeignKey(
        "service_provider.ModelVersion", on_delete=models.PROTECT, related_name="+"
    )
    api_key = models.ForeignKey(
        "service_provider.ApiKey", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    source = models.CharField(max_length=8, choices=Source.choices)
    result = models.PositiveSmallIntegerField()  # 0 Low, 1 High
    votes = models.JSONField()  # {"mlp": 1, "linear_svm": 0, ...}
    created_at = models.DateTimeField()
    actual = models.PositiveSmallIntegerField(null=True)
    actual_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "revenue_prediction"
        indexes = [
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["shopper", "-created_at"]),
            models.Index(fields=["result"]),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(result__in=[0, 1]), name="prediction_result_is_0_or_1"),
            models.CheckConstraint(
                condition=models.Q(actual__isnull=True) | models.Q(actual__in=[0, 1]),
                name="prediction_actual_is_0_or_1",
            ),
        ]

    def __str__(self) -> str:
        return f"prediction {self.pk}"
