"""Cuts the events that name no visit into visits: a shopper's visit ends with 30 minutes of silence.

Rows may come in any order. Sixteen bytes a row are kept while the file is read.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SILENCE_MS = 30 * 60 * 1000
PARTS = 16  # shoppers are sorted a part at a time, which bounds what sorting takes
CUT = "cut-"
"""How the key of a visit begins that was cut here."""


def cut_key(shopper: str, started_ms: int) -> str:
    """The same visit has the same key whenever its file is read."""
    content = f"{shopper}\n{started_ms}".encode()
    return f"{CUT}{blake2b(content, digest_size=16).hexdigest()}"


@lru_cache(maxsize=100_000)
def _number(shopper: str) -> int:
    """64 bits that stand for a shopper."""
    return int.from_bytes(blake2b(shopper.encode(), digest_size=8).digest(), "little", signed=True)


class Cutter:
    """Takes shoppers and moments row by row, and then tells of each row when its visit began."""

    def __init__(self) -> None:
        self._shoppers = array("q")
        self._moments = array("q")

    def add(self, shoppers: Sequence[str], moments: Sequence[int]) -> None:
        self._shoppers.extend(map(_number, shoppers))
        self._moments.extend(moments)

    def starts(self) -> Iterator[int]:
        """The start of each row's visit, in the order in which rows were added."""
        shoppers = np.frombuffer(self._shoppers, dtype=np.int64)
        moments = np.frombuffer(self._moments, dtype=np.int64)
        found = np.empty_like(moments)
        for part in range(PARTS):
            rows = np.flatnonzero(shoppers % PARTS == part)
            if rows.size:
                found[rows] = _starts(shoppers[rows], moments[rows])
        return map(int, found)


def _starts(shoppers: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.lexsort((moments, shoppers))
    shoppers, ordered = shoppers[order], moments[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (shoppers[1:] != shoppers[:-1]) | (ordered[1:] - ordered[:-1] > SILENCE_MS)
    starts = np.empty_like(ordered)
    starts[order] = ordered[is_first][np.cumsum(is_first) - 1]
    return starts
