from django.conf import settings
from django.db import models


class Job(models.Model):
    """Long work, claimed by a worker under a lease. `args` and `result` carry ids and plain values only."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=40, db_index=True)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    # Filled while the job is live, so that the database itself refuses a second one of its sort.
    live_key = models.CharField(max_length=80, unique=True, null=True)
    stage = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done_before = models.PositiveIntegerField(
        default=0
    )  # `done` as this attempt began; time left is reckoned from it
    due_at = models.DateTimeField()
    leased_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    checkpoint = models.BinaryField(null=True)
    result = models.JSONField(default=dict)
    failure = models.TextField(blank=True)  # for people: what went wrong and what to do
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "job"
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Worker(models.Model):
    """A worker's sign of life."""

    name = models.CharField(max_length=80, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        db_table = "worker"

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """Work that begins by itself once a day."""

    kind = models.CharField(max_length=40, unique=True)  # of the job
    is_on = models.BooleanField(default=True)
    minute = models.PositiveSmallIntegerField()  # of the day in the mall's zone
    started_day = models.DateField(null=True)  # the last day on which it was started
    may_promote = models.BooleanField(
        default=False
    )  # a training may put its model to use when every gate holds

    class Meta:
        db_table = "schedule"
        constraints = [
            models.CheckConstraint(condition=models.Q(minute__lt=1440), name="schedule_minute_is_of_a_day")
        ]

    def __str__(self) -> str:
        return self.kind
