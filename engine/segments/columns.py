"""What is known of shoppers at a moment, by column; docs/algorithms/segments.md."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEATURE_VERSION = "shoppers-1"
"""Names the columns and what they mean. An artefact of another version is refused."""

NEVER_DAYS = 3_650.0
DAY_MS = 86_400_000
SPEND_DAYS, VISIT_DAYS, OUTCOME_DAYS = 180, 60, 30

AXES = {
    "spending": ("spend", "orders", "days since the last order"),
    "behaviour": ("visits", "active seconds", "pages", "days since the last visit", "categories"),
}
"""The columns of each axis; it rises with the first."""


@dataclass(frozen=True, slots=True)
class ShopperColumns:
    """Arrays (n,) of float64, all of one length. Unknown is NaN or below 0. ValueError where lengths differ."""

    spend_180d_minor: Floats
    orders_180d: Floats
    days_since_last_order: Floats
    visits_60d: Floats
    median_active_seconds: Floats
    pages_per_visit: Floats
    days_since_last_visit: Floats
    category_entropy: Floats
    orders_ever: Floats
    visits_ever: Floats
    # What came of it so far: for figures, never for scores.
    orders_30d: Floats
    buying_visits_60d: Floats

    def __post_init__(self) -> None:
        if len({len(getattr(self, field.name)) for field in fields(self)}) > 1:
            raise ValueError("The columns of shoppers differ in length.")

    def __len__(self) -> int:
        return len(self.orders_ever)

    def take(self, rows: Any) -> "ShopperColumns":
        """These rows: indices or flags."""
        return ShopperColumns(*(getattr(self, field.name)[rows] for field in fields(self)))

    def is_newcomer(self) -> Flags:
        """(n,) at most one order and fewer than three visits."""
        few: Flags = (known(self.orders_ever) <= 1) & (known(self.visits_ever) < 3)
        return few

    def axis(self, name: str) -> Floats:
        """(n, m) the columns of AXES[name], each so that more is more loyal."""
        parts: tuple[Floats, ...]
        if name == "spending":
            parts = (
                np.log1p(known(self.spend_180d_minor)),
                np.log1p(known(self.orders_180d)),
                -np.log1p(known(self.days_since_last_order, otherwise=NEVER_DAYS)),
            )
        else:
            parts = (
                np.log1p(known(self.visits_60d)),
                np.log1p(known(self.median_active_seconds)),
                np.log1p(known(self.pages_per_visit)),
                -np.log1p(known(self.days_since_last_visit, otherwise=NEVER_DAYS)),
                known(self.category_entropy),
            )  # fmt: skip
        return np.column_stack(parts)


def known(values: Floats, *, otherwise: float = 0.0) -> Floats:
    """The values, and `otherwise` where they are NaN, infinite or below 0."""
    return np.where(np.isfinite(values) & (values >= 0), values, otherwise)
