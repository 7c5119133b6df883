"""How far a job is, in words: the same on the page and in what its script asks for."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from service_provider.dashboard import wording
from service_provider.queries.jobs import JobRow


@dataclass(frozen=True, slots=True)
class Shown:
    state: str
    label: str
    stage: str
    percent: int
    left: str
    live: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def shown(job: JobRow, *, now: datetime) -> Shown:
    label = "Stopping" if job.is_live and job.cancel_asked else job.state_label
    seconds = job.seconds_left(now)
    left = _left(seconds) if seconds is not None else ""
    return Shown(job.state, label, _stage(job), job.percent, left, job.is_live)


def etag(job: JobRow) -> str:
    """Another one whenever something moved; the time left alone is no news."""
    told = (job.state, job.stage, job.done, job.total, job.done_before, job.cancel_asked)
    return f'"{sha256(repr(told).encode()).hexdigest()[:32]}"'


def _stage(job: JobRow) -> str:
    """What is done now, in words; of a job that did not come to its end, where it stopped."""
    if job.state == "done":
        return ""
    before, colon, name = job.stage.rpartition(": ")
    if job.stage:
        return f"{before}{colon}{wording.MODEL_TITLES.get(name, name)}"
    if not job.is_live:
        return ""
    return "Starting" if job.started_at else "Waiting for the worker"


def _left(seconds: int) -> str:
    return f"{about(seconds)} left"


def about(seconds: float) -> str:
    """A time that nobody knows better than roughly."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"
