"""Who belongs to which segment: a stretch ends and a new one begins only when the segment changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from engine.contracts import NEWCOMERS
from engine.segments.columns import Ints
from engine.segments.serve import Assigned
from service_provider.adapters.ledger import bulk
from service_provider.models import Membership, ModelVersion
from service_provider.queries.access import Actor
from service_provider.queries.learning import SEGMENTS
from service_provider.services import audit, jobs

TRAIN, ASSIGN = "train_segments", "assign_segments"
FINE = 0.005  # a score that moved less is left as it is
_COLUMNS = (
    "shopper_id", "live_shopper_id", "version_id", "segment", "spending_score", "behaviour_score", "from_at",
    "until_at",
)  # fmt: skip


class NotLive(Exception):
    """Another version has been put to use meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the shoppers' stretches."""

    began: int  # who had no segment before
    moved: int
    stayed: int
    ended: int  # merged into another shopper, or turned out to be a robot

    def to_json(self) -> dict[str, int]:
        return {"began": self.began, "moved": self.moved, "stayed": self.stayed, "ended": self.ended}


def start_training(*, seed: int = 0, by: Actor, now: datetime) -> int:
    """Queues a training of segments. AlreadyRunning where one is under way."""
    return jobs.start(TRAIN, args={"seed": seed, "asked": True}, by=by, now=now, live_key=TRAIN)


@transaction.atomic
def record(
    ids: Ints, assigned: Assigned, *, version_id: int, at: datetime, by: Actor, now: datetime
) -> Written:
    """Writes where all shoppers belong at `at`; who is not among them belongs nowhere any more. Said twice, it
    changes nothing the second time, and what is known of a later moment stays. NotLive."""
    version = ModelVersion.objects.select_for_update().only("pk").filter(pk=version_id, live_kind=SEGMENTS)
    if not version.exists():
        raise NotLive
    live = {
        row[1]: row
        for row in Membership.objects.exclude(live_shopper=None).values_list(
            "pk", "shopper_id", "segment", "version_id", "spending_score", "behaviour_score", "from_at"
        )
    }
    begun, ended, changed = [], [], []
    began = 0
    for shopper_id, segment, spending, behaviour in _said(ids, assigned):
        held = live.pop(shopper_id, None)
        if held is not None and held[6] > at:
            continue
        if held is not None and held[2] == segment:
            if held[3] != version_id or _differ(held[4], spending) or _differ(held[5], behaviour):
                changed.append((version_id, spending, behaviour, held[0]))
            continue
        if held is not None:
            ended.append(held[0])
        began += held is None
        begun.append((shopper_id, shopper_id, version_id, segment, spending, behaviour, _stored(at), None))
    gone = [row[0] for row in live.values() if row[6] <= at]
    _write(begun, [*ended, *gone], changed, at=at)
    written = Written(began, len(ended), len(ids) - len(begun), len(gone))
    audit.record(by, "assign_segments", "model_version", version_id, now=now, detail=written.to_json())
    return written


def _said(ids: Ints, assigned: Assigned) -> Iterator[tuple[int, str, float | None, float | None]]:
    for shopper_id, code, spending, behaviour in zip(
        ids.tolist(),
        assigned.codes.tolist(),
        assigned.spending.tolist(),
        assigned.behaviour.tolist(),
        strict=True,
    ):
        new = code == NEWCOMERS
        yield shopper_id, code, None if new else spending, None if new else behaviour


def _differ(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return bool(np.abs(old - new) > FINE)


def _stored(moment: datetime) -> Any:
    return Membership._meta.get_field("from_at").get_db_prep_save(moment, connection)


def _write(
    begun: list[tuple[Any, ...]], ended: list[int], changed: list[tuple[Any, ...]], *, at: datetime
) -> None:
    for start in range(0, len(ended), bulk.ASKED):
        rows = Membership.objects.filter(pk__in=ended[start : start + bulk.ASKED])
        rows.update(live_shopper=None, until_at=at)
    bulk.change_each(Membership, ("version_id", "spending_score", "behaviour_score"), changed)
    if begun:
        bulk.insert(Membership, _COLUMNS, begun)
