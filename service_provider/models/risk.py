"""What models said of visits while they went on, to be held against what came of them."""

from django.db import models

from service_provider.models.learning import ModelVersion
from service_provider.models.visits import Visit


class RiskScore(models.Model):
    """One score of one version at one decision point."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveIntegerField()  # events folded by then
    at_ms = models.BigIntegerField(db_index=True)
    churn_ppm = models.PositiveIntegerField()  # chance of no purchase in the rest of the visit, in millionths
    micros = models.PositiveIntegerField()  # what it took
    is_shadow = models.BooleanField(default=False)  # a candidate's, which nothing hangs on

    class Meta:
        db_table = "risk_score"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "version", "step"], name="one_score_per_version_and_step"
            ),
            models.CheckConstraint(condition=models.Q(churn_ppm__lte=1_000_000), name="risk_is_a_chance"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.step}"
