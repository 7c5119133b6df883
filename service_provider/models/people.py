"""Everything personal. `services/people.py` alone writes it, `queries/people.py` alone reads it."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    class Role(models.TextChoices):
        SHOPPER = "shopper", "Shopper"
        ANALYST = "analyst", "Analyst"
        PROVIDER = "provider", "Provider"

    email = models.EmailField("e-mail", unique=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.SHOPPER, db_index=True)
    shopper = models.OneToOneField(
        "service_provider.Shopper", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "user"

    def __str__(self) -> str:
        return self.username


class Account(models.Model):
    """What a shopper told us of herself at registration, and her preferences."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="account")
    phone = models.CharField(max_length=24)
    country = models.CharField(max_length=60)
    state = models.CharField(max_length=60)
    city = models.CharField(max_length=60)
    gender = models.CharField(max_length=16, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    favourite_categories = models.JSONField(default=list, blank=True)
    favourite_malls = models.JSONField(default=list, blank=True)
    channels = models.JSONField(default=list, blank=True)  # of: shop, email, sms
    coupon_mail = models.BooleanField(default=False)  # tell her of each new coupon by mail

    class Meta:
        db_table = "account"

    def __str__(self) -> str:
        return f"account of user {self.user_id}"


class Consent(models.Model):
    """One answer to one question; the newest row of a purpose is in force."""

    class Purpose(models.TextChoices):
        NECESSARY = "necessary", "Necessary"
        ANALYTICS = "analytics", "Analytics"
        OFFERS = "offers", "Personal offers"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    granted = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        db_table = "consent"
        indexes = [models.Index(fields=["user", "purpose", "-at"])]

    def __str__(self) -> str:
        return f"{self.purpose}: {'yes' if self.granted else 'no'}"


class Invitation(models.Model):
    """A staff account that waits to be taken up; only the hash of its token is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=User.Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "invitation"

    def __str__(self) -> str:
        return f"{self.role} {self.email}"
