from django.conf import settings
from django.db import models

from service_provider.models.transactions import TransactionFields


class DataSet(models.Model):
    """A transaction file one may train on: one of `datasets/` or an upload. The file itself lies in MALL_VAR."""

    class Origin(models.TextChoices):
        BUILT_IN = "built_in", "Comes with the application"
        UPLOAD = "upload", "Uploaded"

    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    stored_name = models.CharField(
        max_length=200
    )  # built-in: path below datasets/; upload: name below uploads/
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField(
        null=True
    )  # lines below the header; null where they could not be counted
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "data_set"

    def __str__(self) -> str:
        return self.name


class LabelledTransaction(TransactionFields):
    """A labelled transaction typed in by hand; it is trained on together with its data set's file."""

    data_set = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="entries")
    label = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "labelled_transaction"
        constraints = [
            models.UniqueConstraint(fields=["data_set", "tid"], name="one_entry_per_tid"),
            models.CheckConstraint(condition=models.Q(label__in=[0, 1]), name="entry_label_is_0_or_1"),
        ]

    def __str__(self) -> str:
        return self.tid


class ModelVersion(models.Model):
    """One trained artefact with everything needed to judge it and to make it again."""

    kind = models.CharField(max_length=20)  # "revenue", "segments" or "churn"
    number = models.PositiveIntegerField()
    # Equal to `kind` while this version serves, else null: the database allows one live version a kind.
    live_kind = models.CharField(max_length=20, null=True, unique=True)
    # Equal to `kind` while this version is asked beside the live one, and nothing hangs on what it says.
    shadow_kind = models.CharField(max_length=20, null=True, unique=True)
    sha256 = models.CharField(max_length=64)
    stored_name = models.CharField(max_length=120)  # below MALL_VAR/models/
    data_fingerprint = models.CharField(max_length=64)
    data_set = models.ForeignKey(DataSet, on_delete=models.SET_NULL, null=True, related_name="+")
    data_name = models.CharField(max_length=120)
    labelled_name = models.CharField(
        max_length=120, blank=True
    )  # the run's labelled rows, below MALL_VAR/labelled/
    rows = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    report = models.JSONField()  # of the kind's own report
    gates = models.JSONField(default=list)  # what must hold before it may serve, each with its figure
    reference = models.JSONField(
        default=dict
    )  # what its data and scores looked like, for the watch over drift
    job = models.ForeignKey("service_provider.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "model_version"
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="model_numbers_are_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Promotion(models.Model):
    """A change of the live version; the history that `roll_back` walks."""

    class Verb(models.TextChoices):
        PROMOTE = "promote", "Promoted"
        ROLL_BACK = "roll_back", "Rolled back"

    kind = models.CharField(max_length=20)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=12, choices=Verb.choices)
    by_label = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "promotion"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.version_id}"
