from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to which thing, when and why. Rows are only ever added."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_label = models.CharField(
        max_length=150
    )  # a staff user name, "shopper <key>", "command" or "schedule"
    verb = models.CharField(max_length=60, db_index=True)
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.target_kind} {self.target_id}"
