"""The live model, loaded once by each process and changed at the request after a promotion."""

import threading
from dataclasses import dataclass

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


_lock = threading.Lock()
_held: Loaded | None = None


def get_loaded() -> Loaded:
    """The model that is live at this moment. One query; the artefact is read when the version has changed.

    NoModel where none is live or its file is not what was stored.
    """
    live = serving.find_live()
    if live is None:
        raise NoModel(NOT_PROMOTED)
    held = _held
    return held if held is not None and held.live == live else _load(live)


def _load(live: LiveModel) -> Loaded:
    global _held
    with _lock:  # thirty-two threads ask at once after a promotion; one of them reads
        if _held is not None and _held.live == live:
            return _held
        try:
            model = serve.load(model_store.read(live.stored_name, sha256=live.sha256))
        except (ArtefactCorrupt, OSError) as fault:
            log.error("model_not_readable", version=live.number, file=live.stored_name, fault=str(fault))
            raise NoModel(NOT_READABLE) from fault
        _held = Loaded(live, model, serving.get_quality(live.id))
        log.info("model_loaded", version=live.number)
        return _held


def forget() -> None:
    """Empties this process's memory, as a fresh start would."""
    global _held
    with _lock:
        _held = None
