"""The rows of a day as lines of the files that the doors read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contracts import KINDS
from engine.simulate.mall import names
from engine.simulate.mall.columns import DecisionColumns, EventColumns
from service_provider.adapters.mall_files.tables import CHUNK, money, share, with_unknown

EVENTS = ("shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id")
EXPERIMENT = ("unit_id", "arm", "propensity", "outcome", "value", "cost")
DECISIONS = (
    "unit_id", "visit_id", "decided_at", "arm", "category", "propensity", "slice", "outcome", "value_minor",
    "cost_minor",
)  # fmt: skip
UNIFORM, LEGACY = "uniform", "legacy"
_KINDS = list(KINDS)


class EventLines:
    """Events as they were received, late ones and duplicates too."""

    def __init__(self, seed: int, product_ids: Sequence[str], categories: Sequence[str]) -> None:
        self._seed = seed
        self._products = with_unknown(product_ids)
        self._categories = with_unknown(categories)

    def of(self, events: EventColumns) -> Iterator[list[str]]:
        """The lines, so many at a time that memory stays flat."""
        for start in range(0, len(events.shopper), CHUNK):
            yield self._lines(events, slice(start, start + CHUNK))

    def _lines(self, events: EventColumns, part: slice) -> list[str]:
        cells = zip(
            _ids(names.shopper_ids, self._seed, events.shopper[part]),
            _whole(events.occurred_ms[part]),
            _looked_up(_KINDS, events.kind[part]),
            _looked_up(self._products, events.product[part]),
            _looked_up(self._categories, events.category[part]),
            _texts(events.price_minor[part], lambda minor: "" if minor < 0 else money(minor)),
            _texts(events.quantity[part], lambda pieces: "" if pieces < 0 else str(pieces)),
            _ids(names.visit_ids, self._seed, events.visit[part]),
            strict=True,
        )
        return _joined(cells)


class DecisionLines:
    """Decisions with what came of them, for the log of all and for the experiment inside it."""

    def __init__(self, seed: int, categories: Sequence[str]) -> None:
        self._seed = seed
        self._categories = with_unknown(categories)

    def of_history(self, decisions: DecisionColumns) -> list[str]:
        """Every decision, the legacy rule's and the uniform slice's."""
        cells = zip(
            _ids(names.shopper_ids, self._seed, decisions.shopper),
            _ids(names.visit_ids, self._seed, decisions.visit),
            _whole(decisions.at_ms),
            _whole(decisions.arm),
            _looked_up(self._categories, decisions.category),
            _texts(decisions.propensity_ppm, _propensity),
            _looked_up([LEGACY, UNIFORM], decisions.is_random.astype(np.int8)),
            _whole(decisions.bought.astype(np.int8)),
            _whole(decisions.value_minor),
            _whole(decisions.cost_minor),
            *_whole_columns(decisions.features),
            strict=True,
        )
        return _joined(cells)

    def of_experiment(self, decisions: DecisionColumns) -> list[str]:
        """The decisions that chance alone made."""
        kept = decisions.is_random
        cells = zip(
            _ids(names.shopper_ids, self._seed, decisions.shopper[kept]),
            _whole(decisions.arm[kept]),
            _texts(decisions.propensity_ppm[kept], _propensity),
            _whole(decisions.bought[kept].astype(np.int8)),
            _whole(decisions.value_minor[kept]),
            _whole(decisions.cost_minor[kept]),
            *_whole_columns(decisions.features[kept]),
            strict=True,
        )
        return _joined(cells)


def _joined(cells: Iterable[tuple[str, ...]]) -> list[str]:
    return list(map(",".join, cells))


def _propensity(parts: int) -> str:
    return share(parts, digits=6)


def _whole(numbers: NDArray[Any]) -> list[str]:
    return list(map(str, numbers.tolist()))


def _whole_columns(matrix: NDArray[Any]) -> list[list[str]]:
    return [_whole(column) for column in matrix.T]


def _looked_up(texts: Sequence[str], index: NDArray[Any]) -> list[str]:
    return [texts[i] for i in index.tolist()]


def _texts(numbers: NDArray[Any], text: Callable[[int], str]) -> list[str]:
    """Each number's text, made once for equal ones."""
    different, where = np.unique(numbers, return_inverse=True)
    return _looked_up([text(number) for number in different.tolist()], where)


def _ids(make: Callable[[int, NDArray[Any]], list[str]], seed: int, numbers: NDArray[Any]) -> list[str]:
    different, where = np.unique(numbers, return_inverse=True)
    return _looked_up(make(seed, different), where)
