"""Trainings of the churn ladder, asked for by a person."""

from datetime import datetime
from importlib.util import find_spec

from service_provider.queries.access import Actor
from service_provider.services import jobs

TRAIN = "train_churn"


def has_nets() -> bool:
    """Whether nets can be trained on this machine; PyTorch itself is not imported."""
    return find_spec("torch") is not None


def start_training(
    *, is_quick: bool = False, with_nets: bool = False, seed: int = 0, by: Actor, now: datetime
) -> int:
    """Queues a training. AlreadyRunning where one is under way."""
    args = {"quick": is_quick, "nets": with_nets and not is_quick and has_nets(), "seed": seed}
    return jobs.start(TRAIN, args=args, by=by, now=now, live_key=TRAIN)
