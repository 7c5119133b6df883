"""The visits that new events go on with, or begin, and their states. Part of the transaction of `intake`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from engine import visit
from engine.contracts import EventIn, VisitState
from service_provider.adapters.event_files.silence import SILENCE_MS
from service_provider.adapters.ledger import bulk, states
from service_provider.models import Visit
from service_provider.queries import visitors
from service_provider.services import robots

_COLUMNS = (
    "id", "key", "started_ms", "last_ms", "state", "state_version", "event_count", "is_buying", "is_bot",
)  # fmt: skip


class Overtaken(Exception):
    """Somebody else wrote between our look and our write; it may go well when tried again."""

    def __init__(self) -> None:
        super().__init__("Others keep writing the same visit. Send these events again.")


@dataclass(slots=True)
class OpenVisit:
    """A visit as its row is now, and the events that come to it."""

    shopper_id: int
    visit_id: int
    key: str
    started_ms: int
    last_ms: int
    kept: bytes | None = None
    version: int = 0  # of the state that is kept
    count: int = 0  # events, as the row says
    is_buying: bool = False
    is_bot: bool = False
    events: list[EventIn] = field(default_factory=list)

    def is_near(self, moment: int) -> bool:
        return self.started_ms - SILENCE_MS <= moment <= self.last_ms + SILENCE_MS

    def newness(self) -> tuple[int, int]:
        return self.last_ms, self.visit_id


def assign(events: Sequence[EventIn], shopper_id: int) -> list[OpenVisit]:
    """The visits that these events belong to, each with its events in the order of their receipt."""
    moments = [event.occurred_at for event in events]
    known = _near(shopper_id, min(moments), max(moments))
    homes: dict[str, OpenVisit] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        moment = event.occurred_at
        home = next((one for one in known if one.is_near(moment)), None)
        if home is None:
            home = _begin(event, shopper_id)
            known.insert(0, home)
        home.started_ms, home.last_ms = min(home.started_ms, moment), max(home.last_ms, moment)
        homes[event.event_id] = home
    for event in events:
        homes[event.event_id].events.append(event)
    return [home for home in known if home.events]


def find_newest(shopper_id: int) -> OpenVisit | None:
    row = (
        Visit.objects.filter(shopper_id=shopper_id).order_by("-last_ms", "-pk").values_list(*_COLUMNS).first()
    )
    return OpenVisit(shopper_id, *row) if row else None


def _near(shopper_id: int, first: int, last: int) -> list[OpenVisit]:
    """The shopper's visits that were open between these moments, the newest first."""
    rows = bulk.find(
        Visit,
        "shopper_id",
        [shopper_id],
        fetch=_COLUMNS,
        also="last_ms >= %s AND started_ms <= %s",
        with_values=[first - SILENCE_MS, last + SILENCE_MS],
    )
    return sorted((OpenVisit(shopper_id, *row) for row in rows), key=OpenVisit.newness, reverse=True)


def _begin(event: EventIn, shopper_id: int) -> OpenVisit:
    key = blake2b(f"{shopper_id}\n{event.event_id}".encode(), digest_size=16).hexdigest()
    moment = event.occurred_at
    made = Visit.objects.create(key=key, shopper_id=shopper_id, started_ms=moment, last_ms=moment)
    return OpenVisit(shopper_id, made.pk, key, moment, moment)


def state_of(home: OpenVisit) -> VisitState:
    """The state before its new events. A state that does not count all events of its visit is made anew."""
    if home.kept is not None and home.version == home.count:
        try:
            return visit.from_bytes(bytes(home.kept))
        except visit.OtherVersion:  # kept by another release: the log knows better
            return states.fold(home.visit_id, home.key, shopper_key=visitors.get_key(home.shopper_id))
    shopper_key = visitors.get_key(home.shopper_id)
    if not home.count:
        return visit.empty(home.key, shopper_key)
    return states.fold(home.visit_id, home.key, shopper_key=shopper_key)


def write(home: OpenVisit, state: VisitState, *, is_robot: bool) -> None:
    """Keeps the state, if the visit is still as it was read. Overtaken where it is not."""
    is_buying = bool(home.is_buying) or any(event.kind == "purchase" for event in home.events)
    new = {
        "state": visit.to_bytes(state),
        "state_version": state.version,
        "event_count": state.version,
        "started_ms": state.started_at,
        "last_ms": state.last_at,
        "is_buying": is_buying,
        "is_bot": bool(home.is_bot or is_robot or robots.is_inhuman(state)),
    }
    as_read = {"id": home.visit_id, "state_version": home.version, "event_count": home.count}
    if not bulk.change(Visit, new, where=as_read):
        raise Overtaken
