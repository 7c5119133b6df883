"""From the world's clicks to what a policy may see: events, and the state of each visit that folding makes."""

import numpy as np

from engine.contracts import KINDS, EventIn, VisitState
from engine.simulate.chance.draws import Ints
from engine.simulate.mall import names
from engine.simulate.mall.catalogue import Catalogue
from engine.simulate.mall.visits import Batch, Clicks, Flags
from engine.visit import empty, fold


class Folder:
    """Keeps the state of every visit of a day. `see` takes each click once, in order."""

    def __init__(self, goods: Catalogue, *, seed: int) -> None:
        self._seed = seed
        self._ids = [*(product.product_id for product in goods.products), ""]  # the last place is NONE
        self._prices: list[int | None] = [*goods.price_minor.tolist(), None]
        self._categories = [*goods.categories, ""]
        self._states: list[VisitState] = []

    def see(self, batch: Batch, clicks: Clicks, *, only: Flags | None = None) -> None:
        """Folds one event for each row of the batch, or for the rows flagged in `only`."""
        if clicks.step == 0:
            visits = names.visit_ids(self._seed, batch.visit)
            shoppers = names.shopper_ids(self._seed, batch.shopper)
            self._states = [empty(visit, who) for visit, who in zip(visits, shoppers, strict=True)]
        rows = np.arange(len(batch)) if only is None else np.flatnonzero(only)
        states, ids, prices, categories = self._states, self._ids, self._prices, self._categories
        step = str(clicks.step)
        columns = (batch.row, batch.at_ms, clicks.kind, clicks.product, clicks.category, clicks.quantity)
        for row, at, kind, product, category, pieces in zip(
            *(column[rows].tolist() for column in columns), strict=True
        ):
            state = states[row]
            event = EventIn(
                step, state.shopper_id, state.visit_id, at, KINDS[kind], ids[product], categories[category],
                prices[product], pieces if pieces > 0 else None,
            )  # fmt: skip
            states[row] = fold(state, event)

    def states(self, rows: Ints) -> list[VisitState]:
        """The states of the visits with these `row` numbers."""
        kept = self._states
        return [kept[row] for row in rows.tolist()]


def category_numbers(goods: Catalogue, names_: list[str]) -> Ints:
    """Names of categories as numbers; KeyError for one that the mall does not have."""
    places = {name: place for place, name in enumerate(goods.categories)}
    return np.array([places[name] for name in names_], dtype=np.int64)
