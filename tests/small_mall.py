"""A handful of shoppers with visits, events and orders in the ledger, and the same as an event file."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.shopper_log import LogBuilder
from service_provider.adapters.event_files.spool import Spool
from service_provider.services import event_imports

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
DAY_MS, MINUTE_MS = 86_400_000, 60_000
HEADER = ["shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id"]
CATEGORIES = ("Shoes", "Books", "Toys", "Food")


def visit(who: str, days_ago: float, *, events: int = 4, minutes: int = 3, buys: str = "") -> list[list[Any]]:
    """Rows of one visit that began so many days before NOW; with `buys` its last event is a purchase for that."""
    start = NOW_MS - round(days_ago * DAY_MS)
    gap = minutes * MINUTE_MS // max(1, events - 1)
    key = f"{who}-{start}"
    rows = []
    for step in range(events):
        category = CATEGORIES[(step + len(who)) % len(CATEGORIES)] if step % 2 else "Shoes"
        rows.append([who, start + step * gap, "product_view", f"P{step}", category, "10.00", "", key])
    if buys:
        rows.append([who, start + minutes * MINUTE_MS, "purchase", "P1", "Shoes", buys, 2, key])
    return rows


def crowd(n: int = 48, *, seed: int = 1, days: int = 100) -> list[list[Any]]:
    """Rows of shoppers of four kinds (buys and comes much, buys, comes, neither) over so many days."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        buys, comes = number % 4 < 2, number % 2 == 0
        for begun in np.sort(rng.uniform(0.5, days, 24 if comes else 6)):
            pays = f"{rng.integers(20, 90)}.00" if buys and rng.random() < 0.4 else ""
            rows += visit(
                f"S{number}", float(begun), events=8 if comes else 3, minutes=9 if comes else 2, buys=pays
            )
    return rows


def write(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def read(path: Path) -> LogBuilder:
    builder = LogBuilder()
    with Spool() as spool:
        steps = reading.read_in_steps(path, spool=spool, now=NOW)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                for events in end.value.batches():
                    builder.add(events)
                return builder


def store(path: Path) -> None:
    """Imports the file as the command does."""
    with Spool() as spool:
        steps = reading.read_in_steps(path, spool=spool, now=NOW)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                for events in end.value.batches():
                    event_imports.record(events, now=NOW)
                return
