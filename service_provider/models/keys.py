from django.conf import settings
from django.db import models


class ApiKey(models.Model):
    """A machine's key: 256 random bits, of which only the hash is kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)  # the first characters, to tell keys apart
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    mall = models.CharField(max_length=60, blank=True, default="", db_default="")  # of a till; empty: any
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    # Requests counted since `window_at`, for the rate limit; in the row, so that all workers agree.
    window_at = models.DateTimeField(null=True)
    window_count = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_key"

    def __str__(self) -> str:
        return self.name


class IdempotencyRecord(models.Model):
    """What a write under an Idempotency-Key answered; unique per key, so that it happens once."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=255)  # its SHA-256: exact in every collation
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)  # null: still in flight
    response = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "idempotency_record"
        constraints = [
            models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="one_answer_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.idempotency_key}"
