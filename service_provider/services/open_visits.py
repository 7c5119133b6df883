"""The visits that new events go on with, or begin, and their states. Part of the transaction of `intake_store`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, Self

from engine import visit
from engine.contracts import EventIn, VisitState
from service_provider.adapters.event_files.silence import SILENCE_MS
from service_provider.adapters.ledger import bulk, states
from service_provider.models import Visit
from service_provider.services import robots

_COLUMNS = (
    "id", "key", "started_ms", "last_ms", "state", "state_version", "event_count", "is_buying", "is_bot",
)  # fmt: skip
_NEW = ("key", "shopper_id", "started_ms", "last_ms", "event_count", "is_buying", "is_bot")
_KEPT = ("state", "state_version", "event_count", "started_ms", "last_ms", "is_buying", "is_bot")
_AS_READ = ("id", "state_version", "event_count", "is_summed")
_LATER = 2**62  # in place of the number of a visit that has none yet


class Overtaken(Exception):
    """Somebody else wrote between our look and our write; it may go well when tried again."""

    def __init__(self) -> None:
        super().__init__("Others keep writing the same visit. Send these events again.")


class Owner(Protocol):
    shopper_id: int
    key: str


@dataclass(slots=True)
class OpenVisit:
    """A visit as its row is now, and the state that comes of it."""

    owner: Owner
    visit_id: int
    key: str
    started_ms: int
    last_ms: int
    kept: bytes | None = None
    version: int = 0  # of the state that is kept
    count: int = 0  # events, as the row says
    is_buying: bool = False
    is_bot: bool = False
    _state: VisitState | None = field(default=None)
    is_changed: bool = False

    @property
    def state(self) -> VisitState:
        if self._state is None:  # before the log has its new events
            self._state = _read(self)
        return self._state

    def is_near(self, moment: int) -> bool:
        return self.started_ms - SILENCE_MS <= moment <= self.last_ms + SILENCE_MS

    def newness(self) -> tuple[int, int]:
        return self.last_ms, self.visit_id or _LATER

    def take(self, events: Iterable[EventIn], state: VisitState, *, is_robot: bool) -> None:
        """The state after these events, and what else is known by them."""
        self._state, self.is_changed = state, True
        self.is_buying = bool(self.is_buying) or any(event.kind == "purchase" for event in events)
        self.is_bot = bool(self.is_bot or is_robot or robots.is_inhuman(state))


class Shelf:
    """The visits of some shoppers that are open for new events; what is begun or changed is written at the end."""

    def __init__(self, known: dict[int, list[OpenVisit]]) -> None:
        self._known = known

    @classmethod
    def reach_for(cls, wanted: Iterable[tuple[Owner, Sequence[EventIn]]]) -> Self:
        """The visits that were open between the moments of these events."""
        owners, moments = {}, []
        for owner, events in wanted:
            owners[owner.shopper_id] = owner
            moments += [event.occurred_at for event in events]
        known: dict[int, list[OpenVisit]] = {shopper_id: [] for shopper_id in owners}
        if moments:
            rows = bulk.find(
                Visit,
                "shopper_id",
                list(owners),
                fetch=("shopper_id", *_COLUMNS),
                also="last_ms >= %s AND started_ms <= %s AND is_summed = %s",
                with_values=[min(moments) - SILENCE_MS, max(moments) + SILENCE_MS, False],
            )
            for shopper_id, *row in rows:
                known[shopper_id].append(OpenVisit(owners[shopper_id], *row))
        return cls(known)

    def assign(self, events: Sequence[EventIn], owner: Owner) -> dict[str, OpenVisit]:
        """Which visit each of these events belongs to."""
        known = self._known[owner.shopper_id]
        known.sort(key=OpenVisit.newness, reverse=True)
        homes: dict[str, OpenVisit] = {}
        for event in sorted(events, key=lambda event: event.occurred_at):
            moment = event.occurred_at
            home = next((one for one in known if one.is_near(moment)), None)
            if home is None:
                home = _imagine(event, owner)
                known.insert(0, home)
            home.started_ms, home.last_ms = min(home.started_ms, moment), max(home.last_ms, moment)
            homes[event.event_id] = home
        return homes

    def begin(self) -> None:
        """Gives visits that are new a row, and with it their number."""
        new = {home.key: home for homes in self._known.values() for home in homes if not home.visit_id}
        if not new:
            return
        rows = [(h.key, h.owner.shopper_id, h.started_ms, h.last_ms, 0, False, False) for h in new.values()]
        bulk.insert(Visit, _NEW, rows)
        for key, visit_id in bulk.find(Visit, "key", new, fetch=["key", "id"]):
            new[key].visit_id = visit_id

    def write(self) -> None:
        """Keeps the states, if the visits are still as they were read. Overtaken where one is not."""
        rows = [_row(home) for homes in self._known.values() for home in homes if home.is_changed]
        rows.sort(key=lambda row: row[len(_KEPT)])
        if rows and bulk.change(Visit, _KEPT, rows, where=_AS_READ) != len(rows):
            raise Overtaken


def find_newest(owner: Owner) -> OpenVisit | None:
    rows = Visit.objects.filter(shopper_id=owner.shopper_id, is_summed=False).order_by("-last_ms", "-pk")
    row = rows.values_list(*_COLUMNS).first()
    return OpenVisit(owner, *row) if row else None


def _imagine(event: EventIn, owner: Owner) -> OpenVisit:
    # With its moment: the id may have begun another visit whose events were added up and removed since.
    content = f"{owner.shopper_id}\n{event.event_id}\n{event.occurred_at}"
    key = blake2b(content.encode(), digest_size=16).hexdigest()
    return OpenVisit(owner, 0, key, event.occurred_at, event.occurred_at)


def _read(home: OpenVisit) -> VisitState:
    """A state that does not count all events of its visit, or that another release kept, is made anew."""
    if home.kept is not None and home.version == home.count:
        try:
            return visit.from_bytes(bytes(home.kept))
        except visit.OtherVersion:  # the log knows better
            return states.fold(home.visit_id, home.key, shopper_key=home.owner.key)
    if not home.count:
        return visit.empty(home.key, home.owner.key)
    return states.fold(home.visit_id, home.key, shopper_key=home.owner.key)


def _row(home: OpenVisit) -> tuple:
    state = home.state
    return (
        visit.to_bytes(state), state.version, state.version, state.started_at, state.last_at, home.is_buying,
        home.is_bot, home.visit_id, home.version, home.count, False,
    )  # fmt: skip
