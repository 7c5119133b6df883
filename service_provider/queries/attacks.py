"""What the last attack on coupons came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_provider.models import Job

JOB_KIND = "attack_campaign"


@dataclass(frozen=True, slots=True)
class AttackRound:
    """One thing that was tried at once. Money in the smallest unit."""

    name: str
    attempts: int
    succeeded: int
    limit: int  # how many may succeed: no more, and no fewer
    refusals: dict[str, int]  # how often, by reason
    spent_minor: int
    reserved_minor: int
    budget_minor: int
    broken: tuple[str, ...]  # what does not hold, in words


@dataclass(frozen=True, slots=True)
class Attack:
    at: datetime
    by_label: str
    connections: int
    verdict: str
    is_whole: bool
    rounds: tuple[AttackRound, ...]
    campaigns_left: tuple[int, ...]  # to be looked into


def find_last() -> Attack | None:
    """The newest attack that came to its end."""
    done = Job.objects.defer("checkpoint").filter(kind=JOB_KIND, state=Job.State.DONE)
    row = done.order_by("-pk").first()
    return None if row is None else _attack(row)


def _attack(row: Job) -> Attack:
    told: dict[str, Any] = row.result
    return Attack(
        row.finished_at or row.created_at,
        row.by_label,
        told["connections"],
        told["verdict"],
        not told["broken"],
        tuple(_round(one) for one in told["rounds"]),
        tuple(told["campaigns_left"]),
    )


def _round(told: dict[str, Any]) -> AttackRound:
    given = {name: told[name] for name in AttackRound.__dataclass_fields__}
    return AttackRound(**given | {"broken": tuple(given["broken"])})
