"""Small tables in the layouts of public data: visits as aggregates, and plain purchases. Made up here."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
from public_files import put

HEADER = (
    "Administrative,Administrative_Duration,Informational,Informational_Duration,ProductRelated,ProductRelated_Duration,"
    "BounceRates,ExitRates,PageValues,SpecialDay,Month,OperatingSystems,Browser,Region,TrafficType,VisitorType,Weekend,"
    "Revenue"
)
MONTHS = ("Feb", "Mar", "June", "Nov", "Dec")


def visits(rows: int = 400, *, seed: int = 0) -> list[dict[str, str]]:
    """Visits that buy where the page's value is high and the exit rate low, more or less."""
    rng = np.random.default_rng(seed)
    made = []
    for row in range(rows):
        value, exits = float(rng.gamma(0.5, 10)), float(rng.uniform(0, 0.2))
        buys = rng.random() < 1 / (1 + np.exp(2.0 - 0.25 * value + 12 * exits))
        pages = int(rng.integers(1, 40))
        cells = (
            rng.integers(0, 5), 12.5, 0, 0, pages, pages * 30.0, exits / 2, exits, value, 0, MONTHS[row % 5],
            rng.integers(1, 4), 2, 1, rng.integers(1, 6), ("New_Visitor", "Returning_Visitor")[row % 2],
            ("TRUE", "FALSE")[row % 3 > 0], str(bool(buys)).upper(),
        )  # fmt: skip
        made.append(dict(zip(HEADER.split(","), map(str, cells), strict=True)))
    return made


def put_visits(path: Path, rows: list[dict[str, str]] | None = None) -> Path:
    """The rows as a file, packed where the name says so; columns are those of the first row."""
    rows = visits() if rows is None else rows
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return put(path, "\n".join(lines) + "\n")


def purchases(customers: int = 400, *, days: int = 300, seed: int = 0) -> list[tuple[int, date, int, float]]:
    """Customers who buy at rates of their own, from a first purchase in the first sixty days on."""
    rng = np.random.default_rng(seed)
    made = []
    for customer in range(customers):
        day, wait = int(rng.integers(0, 60)), float(rng.gamma(1.0, 120)) + 5
        while day < days:
            made.append((customer, date(1997, 1, 1) + timedelta(days=day), int(rng.integers(1, 4)), 11.77))
            day += 1 + int(rng.exponential(wait))
    return made


def put_purchases(path: Path, rows: list[tuple[int, date, int, float]] | None = None) -> Path:
    """In the layout of CDNOW: blanks between, days as 19970101."""
    rows = purchases() if rows is None else rows
    lines = [f" {who:05d} {day:%Y%m%d}  {pieces}  {value:.2f}" for who, day, pieces, value in rows]
    return put(path, "\n".join([" customer_id  date number_of_cds  dollar_value", *lines]) + "\n")
