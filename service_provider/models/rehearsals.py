"""What rehearsals found: reports of policies compared in the simulated mall."""

from django.conf import settings as site
from django.db import models


class Rehearsal(models.Model):
    """One rehearsal, kept whole: equal settings give an equal report, so nothing in it is ever changed."""

    settings = models.JSONField()  # engine.contracts.RehearsalSettings as a plain object
    report = models.JSONField()  # engine.contracts.RehearsalReport.to_json()
    job = models.ForeignKey("service_provider.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(site.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "rehearsal"

    def __str__(self) -> str:
        return f"rehearsal {self.pk}"
