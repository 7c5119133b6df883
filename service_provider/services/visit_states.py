"""States of visits made again from the log, some visits a transaction; and whether what is kept is the same."""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction

from engine import visit
from engine.contracts import Progress
from service_provider.adapters.ledger import states
from service_provider.adapters.ledger.states import Logged
from service_provider.models import Visit

AT_ONCE = 500  # visits


@dataclass(slots=True)
class Rebuilt:
    """What became of the visits that had begun; `sha256` is over the bytes of all their states, in their order."""

    visits: int = 0
    events: int = 0
    same: int = 0
    differ: int = 0
    missing: int = 0  # no state was kept
    newer: int = 0  # events came in afterwards: the state that is kept is of a later moment and stays
    written: int = 0
    sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def rebuild(*, until_ms: int, is_check: bool = False) -> Generator[Progress, None, Rebuilt]:
    """Folds what was received up to that moment; writes what differs or is missing, or only counts it."""
    rebuilt, digest, after, total = Rebuilt(), sha256(), 0, Visit.objects.count()
    seen = 0
    while some := _some(after, until_ms=until_ms, rebuilt=rebuilt, digest=digest, is_check=is_check):
        after = some[-1].visit_id
        seen += len(some)
        yield Progress("Folding visits", seen, total)
    rebuilt.sha256 = digest.hexdigest()
    return rebuilt


@transaction.atomic
def _some(after: int, *, until_ms: int, rebuilt: Rebuilt, digest: Any, is_check: bool) -> list[Logged]:
    found = states.fold_many(after, until_ms=until_ms, limit=AT_ONCE)
    for one in found:
        if not one.state.version:
            continue  # it began later
        raw = visit.to_bytes(one.state)
        digest.update(raw)
        rebuilt.visits += 1
        rebuilt.events += one.state.version
        outcome = _compare(one, raw)
        setattr(rebuilt, outcome, getattr(rebuilt, outcome) + 1)
        if outcome in {"differ", "missing"} and not is_check:
            rebuilt.written += _write(one, raw)
    return found


def _compare(one: Logged, raw: bytes) -> str:
    if one.is_cut:
        return "newer"
    if one.kept is None:
        return "missing"
    return "same" if one.kept == raw else "differ"


def _write(one: Logged, raw: bytes) -> int:
    """Under the same check as an event that comes in; who was quicker has folded it anew."""
    unchanged = Visit.objects.filter(pk=one.visit_id, state_version=one.version, event_count=one.events)
    return unchanged.update(state=raw, state_version=one.state.version, event_count=one.state.version)
