"""Events of a mall by column: what windows are made of. docs/algorithms/churn.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn.columns import NO_STANDING
from engine.contracts import KINDS, ShopperStanding
from engine.visit import MOST_MINOR

NEVER = 2**62


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events by column, sorted by visit and within it by their receipt. N events, V visits, S shoppers.

    Moments in milliseconds since 1970 UTC; -1 stands for unknown in all numbers. `make_log` makes one of columns
    in any order.
    """

    visit: NDArray[np.int64]  # (N,) 0 to V - 1, not falling
    at_ms: NDArray[np.int64]
    kind: NDArray[np.int8]  # index in KINDS
    product: NDArray[np.int64]  # codes, equal or different
    category: NDArray[np.int32]  # index in `categories`
    price_minor: NDArray[np.int64]
    quantity: NDArray[np.int64]
    categories: tuple[str, ...]
    shopper: NDArray[np.int64]  # (V,) codes 0 to S - 1
    treated_at: NDArray[np.int64]  # (V,) when a coupon was first shown, NEVER where none was
    untreated_chance: NDArray[np.float64]  # (V,) that none would be, as it was beforehand
    standings: Sequence[ShopperStanding] | None = (
        None  # by visit, as it began; None: nothing is known of anybody
    )

    @property
    def visits(self) -> int:
        return len(self.shopper)

    def bounds(self) -> NDArray[np.int64]:
        """(V + 1,) where each visit begins, and the end."""
        return np.searchsorted(self.visit, np.arange(self.visits + 1))


def make_log(
    visit: NDArray[Any],
    shopper: NDArray[Any],
    at_ms: NDArray[Any],
    kind: NDArray[Any],
    *,
    product: NDArray[Any] | None = None,
    category: NDArray[Any] | None = None,
    price_minor: NDArray[Any] | None = None,
    **more: Any,
) -> EventLog:
    """A log of columns (N,) in the order of receipt, visits mixed.

    `visit`, `shopper`, `product`: numbers or texts, equal or different; -1 or "" is no product. `category`: index
    in `categories`, -1 none. Prices and quantities that are no number, negative or beyond 10^12 are unknown.
    More: `quantity` (N,), `categories`, `treated_at` and `untreated_chance` as mappings by visit, `standings` as
    a mapping by visit: what was known of the shopper when it began, never later. ValueError where moments or kinds
    cannot be.
    """
    number = len(visit)
    _refuse_unsound(at_ms, kind)
    names, code = np.unique(visit, return_inverse=True)
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], np.arange(len(names)))
    whose = np.unique(np.asarray(shopper)[order][first], return_inverse=True)[1]
    standings: Mapping[Any, ShopperStanding] | None = more.get("standings")
    none = np.full(number, -1, dtype=np.int64)
    treated, chance = more.get("treated_at") or {}, more.get("untreated_chance") or {}
    return EventLog(
        visit=code[order].astype(np.int64),
        at_ms=np.asarray(at_ms)[order].astype(np.int64),
        kind=np.asarray(kind)[order].astype(np.int8),
        product=_codes(none if product is None else product)[order],
        category=np.asarray(none if category is None else category)[order].astype(np.int32),
        price_minor=_whole(none if price_minor is None else price_minor, 0, MOST_MINOR)[order],
        quantity=_whole(more.get("quantity", none), 1, 2**31)[order],
        categories=tuple(more.get("categories", ())),
        shopper=whose.astype(np.int64),
        treated_at=np.array([treated.get(name, NEVER) for name in names.tolist()], dtype=np.int64),
        untreated_chance=np.array([chance.get(name, 1.0) for name in names.tolist()], dtype=np.float64),
        standings=None
        if standings is None
        else [standings.get(name, NO_STANDING) for name in names.tolist()],
    )


def _refuse_unsound(at_ms: NDArray[Any], kind: NDArray[Any]) -> None:
    if not len(at_ms):
        return
    if np.asarray(at_ms).min() <= 0:
        raise ValueError("A moment of this log is not after the beginning of 1970.")
    if np.asarray(kind).min() < 0 or np.asarray(kind).max() >= len(KINDS):
        raise ValueError(f"A kind of this log has no name: 0 to {len(KINDS) - 1} were expected.")


def _codes(values: NDArray[Any]) -> NDArray[np.int64]:
    names, code = np.unique(np.asarray(values), return_inverse=True)
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    nothing = np.isin(names, ("",)) if names.dtype.kind in "US" else names == -1
    return np.where(nothing[code], -1, code).astype(np.int64)


def _whole(values: NDArray[Any], least: int, most: int) -> NDArray[np.int64]:
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        sound = (numbers >= least) & (numbers <= most)
    return np.where(sound, np.nan_to_num(numbers, nan=-1.0, posinf=-1.0, neginf=-1.0), -1).astype(np.int64)
