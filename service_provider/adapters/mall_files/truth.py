"""The truth about shoppers as lines of a file of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.simulate.mall import names
from engine.simulate.mall.columns import EventColumns
from service_provider.adapters.mall_files.tables import CHUNK


class TruthLines:
    """Latent traits of shoppers 0 to n - 1; whoever has a higher number is a bot and has none."""

    def __init__(self, seed: int, traits: Mapping[str, NDArray[Any]]) -> None:
        self._seed, self._traits = seed, list(traits.values())
        self._shoppers = len(self._traits[0])
        self._bots: set[int] = set()

    def of_shoppers(self) -> Iterator[list[str]]:
        """The lines of all shoppers, so many at a time that memory stays flat."""
        for start in range(0, self._shoppers, CHUNK):
            numbers = np.arange(start, min(start + CHUNK, self._shoppers))
            ids = names.shopper_ids(self._seed, numbers)
            cells = zip(ids, *(trait[numbers].tolist() for trait in self._traits), strict=True)
            yield [f"{who},0,{','.join(map(str, traits))}" for who, *traits in cells]

    def of_new_bots(self, events: EventColumns) -> list[str]:
        """The lines of the bots among these events that were not met before, in the order of their numbers."""
        met = set(events.shopper[events.shopper >= self._shoppers].tolist()) - self._bots
        self._bots |= met
        ids = names.shopper_ids(self._seed, np.array(sorted(met), dtype=np.int64))
        return [f"{who},1{',' * len(self._traits)}" for who in ids]
