"""What can be worked out of a visit's aggregates row by row. Why these: docs/algorithms/tabular.md."""

from collections.abc import Callable

import numpy as np

from engine.tabular.columns import Floats, Table

PAGES = ("Administrative", "Informational", "ProductRelated")
MANY = 10.0  # kinds of visitors that a month has room for
Column = Callable[[str], Floats]


def _pages(of: Column) -> Floats:
    return of("Administrative") + of("Informational") + of("ProductRelated")


def _seconds(of: Column) -> Floats:
    return of("Administrative_Duration") + of("Informational_Duration") + of("ProductRelated_Duration")


SECONDS = tuple(f"{name}_Duration" for name in PAGES)
SHAPES: dict[str, tuple[tuple[str, ...], Callable[[Column], Floats]]] = {
    "pages": (PAGES, _pages),
    "product_share": (PAGES, lambda of: of("ProductRelated") / np.maximum(_pages(of), 1.0)),
    "administrative_share": (PAGES, lambda of: of("Administrative") / np.maximum(_pages(of), 1.0)),
    "seconds_a_page": ((*PAGES, *SECONDS), lambda of: _seconds(of) / np.maximum(_pages(of), 1.0)),
    "exits": ((*PAGES, "ExitRates"), lambda of: of("ExitRates") * _pages(of)),
    "bounces": ((*PAGES, "BounceRates"), lambda of: of("BounceRates") * _pages(of)),
    "exit_less_bounce": (("ExitRates", "BounceRates"), lambda of: of("ExitRates") - of("BounceRates")),
    "month_by_visitor": (("Month", "VisitorType"), lambda of: of("Month") * MANY + of("VisitorType")),
    "value_of_pages": ((*PAGES, "PageValues"), lambda of: of("PageValues") * _pages(of)),
}
"""By name: the columns it is made of, and how. Where one of them is missing, so is the shape."""


def widen(table: Table) -> Table:
    """The table with every shape whose columns it has. No shape knows another row or the label."""
    wanted = {
        name: make
        for name, (needs, make) in SHAPES.items()
        if name not in table.names and all(need in table.names for need in needs)
    }
    if not wanted:
        return table
    return table.joined(tuple(wanted), [make(table.column) for make in wanted.values()])
