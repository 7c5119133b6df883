"""An attack from its first round to its verdict; for the command, and as the job `attack_campaign`."""

import secrets
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.contracts import Progress
from service_provider.jobs.attack.hands import HandsLost, usual_number
from service_provider.jobs.attack.rounds import MAIN, ROUNDS, Field, Round, Size
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries.jobs import JobRow
from service_provider.services import attack_ground
from service_provider.services.attack_ground import CouponsStopped

FROM_A_BUTTON = Size(coupons=200, hands=0)
"""Smaller than by hand: it shares the machine with a site that is open."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an attack came to. `campaigns` are those that were left, to be looked into."""

    rounds: tuple[Round, ...]
    connections: int
    campaigns: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not any(one.broken for one in self.rounds)

    @property
    def verdict(self) -> str:
        if self.is_whole:
            return "Every limit held, every coin is accounted for, and no loser undid what a winner did."
        broken = [f"{one.name}: {what}" for one in self.rounds for what in one.broken]
        return f"Broken. {'. '.join(broken)}."

    def to_json(self) -> dict[str, Any]:
        """The figures of the round in which all coupons are redeemed, and every round's own."""
        main = next(one for one in self.rounds if one.name == MAIN)
        figures = {name: getattr(main, name) for name in FIGURES} | {
            "over_redemptions": sum(one.over_redemptions for one in self.rounds),
            "ledger_balanced": all(one.ledger_balanced for one in self.rounds),
        }
        rounds = [asdict(one) for one in self.rounds]
        rest = {"connections": self.connections, "verdict": self.verdict, "broken": not self.is_whole}
        return figures | rest | {"rounds": rounds, "campaigns_left": list(self.campaigns)}


FIGURES = ("attempts", "succeeded", "refused", "limit", "spent_minor", "reserved_minor", "budget_minor")


def attack(size: Size, *, keep: bool, now: datetime) -> Generator[Progress, None, Report]:
    """All rounds. CouponsStopped, HandsLost.

    What was made for it is cleared away, unless it is to be kept or something is broken.
    """
    place = Field(size, secrets.token_hex(4), now, round(now.timestamp() * 1000))
    found: list[Round] = []
    try:
        for number, one in enumerate(ROUNDS):
            yield Progress("Attacking", number, len(ROUNDS))
            found.append(one(place))
        keep = keep or any(one.broken for one in found)
    finally:
        if not keep:
            attack_ground.clear(place.grounds)
    left = tuple(ground.campaign_id for ground in place.grounds) if keep else ()
    return Report(tuple(found), size.hands, left)


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job: it needs no arguments, and begins anew where its worker was lost. `keep`: leave the campaigns."""
    size = Size(FROM_A_BUTTON.coupons, FROM_A_BUTTON.at_once, usual_number())
    try:
        report = yield from attack(size, keep=bool(job.args.get("keep")), now=now())
    except (CouponsStopped, HandsLost) as refusal:
        raise JobFailed(str(refusal)) from refusal

    def record() -> dict[str, Any]:
        return report.to_json()

    result: JobResult = record
    return result
