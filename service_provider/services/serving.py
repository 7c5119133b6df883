"""The live models, each loaded once by each process and changed at the request after a promotion."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from engine.artefacts import ArtefactCorrupt
from engine.contracts import ColumnCard, RevenueAnswer, Transaction
from engine.revenue import serve
from engine.revenue.serve import RevenueModel
from service_provider.adapters import model_store
from service_provider.queries import serving
from service_provider.queries.serving import LiveModel, Quality

log = structlog.get_logger(__name__)


class NoModel(Exception):
    """No prediction can be given now; the text says why, for people."""


NOT_PROMOTED = (
    "There is no model in use yet, so no prediction can be given. "
    "The mall's office has to train one and promote it first."
)
NOT_READABLE = (
    "The model in use cannot be read just now, so no prediction can be given. "
    "Please try again later; the mall's log says what is wrong."
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory, with what the pages say about it."""

    live: LiveModel
    model: RevenueModel
    quality: Quality

    @property
    def card(self) -> ColumnCard:
        return self.model.card

    def answer(self, row: Transaction) -> RevenueAnswer:
        return self.model.answer(row)

    def unseen(self, row: Transaction) -> tuple[str, ...]:
        """The columns whose value the model never met in training, so that its answer leans on the others."""
        return tuple(name for name, known in self.card.choices.items() if getattr(row, name) not in known)


T = TypeVar("T")
_lock = threading.Lock()
_held: dict[str, tuple[LiveModel, Any]] = {}


def hold(kind: str, load: Callable[[LiveModel, bytes], T], *, missing: str = NOT_PROMOTED) -> T:
    """What `load` makes of the artefact that is live at this moment: made when the version has changed, and else
    found in memory. One query. NoModel where none is live (`missing` says so) or its file is not what was stored.
    """
    live = serving.find_live(kind)
    if live is None:
        raise NoModel(missing)
    return hold_version(kind, live, load)


def hold_version(place: str, live: LiveModel, load: Callable[[LiveModel, bytes], T]) -> T:
    """The same of a version that is known already; each `place` holds one. No query."""
    held = _held.get(place)
    found: T = held[1] if held is not None and held[0] == live else _load(place, live, load)
    return found


def _load(kind: str, live: LiveModel, load: Callable[[LiveModel, bytes], T]) -> T:
    with _lock:  # thirty-two threads ask at once after a promotion; one of them reads
        held = _held.get(kind)
        if held is not None and held[0] == live:
            found: T = held[1]
            return found
        try:
            made = load(live, model_store.read(live.stored_name, sha256=live.sha256))
        except (ArtefactCorrupt, OSError) as fault:
            log.error("model_not_readable", version=live.number, file=live.stored_name, fault=str(fault))
            raise NoModel(NOT_READABLE) from fault
        _held[kind] = (live, made)
        log.info("model_loaded", kind=kind, version=live.number)
        return made


def get_loaded() -> Loaded:
    """The model of the revenue type that is live at this moment. NoModel as in `hold`."""
    return hold(serving.KIND, _revenue)


def _revenue(live: LiveModel, artefact: bytes) -> Loaded:
    return Loaded(live, serve.load(artefact), serving.get_quality(live.id))


def forget() -> None:
    """Empties this process's memory, as a fresh start would."""
    with _lock:
        _held.clear()
