"""Where coupons are redeemed outside the shop, and who tries codes there."""

from django.db import models

from service_provider.models.fields import CodeField


class Till(models.Model):
    """A phone or screen at a counter, paired once by a link that the provider made. Of secrets only hashes are kept."""

    name = models.CharField(max_length=60)
    mall = models.CharField(max_length=60)
    link_sha256 = models.CharField(max_length=64, unique=True)
    link_until = models.DateTimeField()
    cookie_sha256 = models.CharField(max_length=64, unique=True, null=True)  # null: not paired yet
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    by_label = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "till"

    def __str__(self) -> str:
        return self.name


class WrongCodes(models.Model):
    """How often somebody named a code that is not there, to slow guessers down."""

    source = CodeField(max_length=80, unique=True)  # a till, a key, a shopper
    window_ms = models.BigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "wrong_codes"

    def __str__(self) -> str:
        return self.source
